// Selectors do no work twice: what did not change keeps its object, up to the whole list.
import { describe, expect, test } from 'vitest';
import { nodeName } from '../../../src/model/ids.ts';
import { selectCapacity } from '../../../src/store/selectors/capacity.ts';
import { selectExportRows } from '../../../src/store/selectors/export-rows.ts';
import { selectGpuRows } from '../../../src/store/selectors/gpu-rows.ts';
import { selectMountRows } from '../../../src/store/selectors/mount-rows.ts';
import { selectNodeRows } from '../../../src/store/selectors/node-rows.ts';
import { selectOverviewRows } from '../../../src/store/selectors/overview-rows.ts';
import type { State } from '../../../src/store/state.ts';
import { initialState } from '../../../src/store/store.ts';
import type { AnyRow, AnyView } from '../../../src/ui/view.ts';
import { views as registered } from '../../../views/registry.ts';
import { finding, gpu, ok } from '../../views/fleet.ts';
import { demoLike, withLoad } from '../../views/large-fleet.ts';
import { fleet } from '../../views/small-fleet.ts';

const views: readonly AnyView[] = registered;
const thousand = demoLike(1000);
const gpu5 = nodeName('gpu0005');

const changed = (before: readonly AnyRow[], after: readonly AnyRow[]): readonly string[] => {
  const known = new Set(before);
  return after.filter((row) => !known.has(row)).map(({ id }) => id);
};

describe('a thousand nodes', () => {
  test('an update that moves only ages hands back the same array in every view', () => {
    for (const view of views) {
      const before = view.rows(thousand);
      const later: State = { ...thousand, seen: new Map(thousand.seen) };
      expect(view.rows(later), view.name).toBe(before);
    }
  });

  test('the load of one node changes the row of that node alone', () => {
    const before = selectNodeRows(thousand);
    const after = selectNodeRows(withLoad(thousand, gpu5, 99));
    expect(changed(before, after)).toEqual(['gpu0005']);
  });

  test('the load of one node changes no mount, no GPU, and no line of the overview', () => {
    const quiet = views.filter(({ name }) =>
      ['mounts', 'gpus', 'matrix', 'overview', 'exports', 'disks'].includes(name),
    );
    const before = quiet.map((view) => view.rows(thousand));
    const later = withLoad(thousand, gpu5, 98);
    expect(quiet.map((view) => view.rows(later))).toEqual(before);
    quiet.forEach((view, index) => {
      expect(view.rows(later), view.name).toBe(before[index]);
    });
  });

  test('a GPU that gets busy changes its own row alone', () => {
    const before = selectGpuRows(thousand);
    const facts = thousand.nodes.get(gpu5);
    if (facts?.slots.gpus?.kind !== 'ok') throw new Error('no GPUs');
    const cards = facts.slots.gpus.value.map((card) => (card.index === 3 ? gpu(3, { utilisationRatio: 0.123 }) : card));
    const busy = { ...facts, slots: { ...facts.slots, gpus: ok(cards) } };
    const after = selectGpuRows({ ...thousand, nodes: new Map([...thousand.nodes, [gpu5, busy]]) });
    expect(changed(before, after)).toEqual(['gpu0005:gpu3']);
  });

  test('a finding changes the rows of its node alone', () => {
    const before = selectMountRows(thousand);
    const found = finding('mount-hung:x', ['gpu0005'], { evidence: [{ node: gpu5, about: '/home', text: 'hangs' }] });
    const after = selectMountRows({ ...thousand, findings: [found] });
    expect(changed(before, after)).toEqual(['gpu0005:/home']);
  });
});

describe('what rows say', () => {
  test('every mount has the worst state there is to tell of it', () => {
    const states = selectMountRows(fleet).map(({ id, state }) => `${id} ${state.kind}`);
    expect(states).toEqual([
      'gpu01:/ mounted',
      'gpu01:/data as-declared',
      'gpu01:/scratch waiting',
      'gpu02:/data hung',
      'gpu02:/home mounted',
      'gpu02:/scratch missing',
      'gpu03:/data as-declared',
      'gpu03:/scratch missing',
      'gpu04:/data unknown',
      'gpu04:/scratch unknown',
      'nfs-a:/ mounted',
      'nfs-a:/export/data as-declared',
    ]);
  });

  test('capacity counts cards of a hung driver as unknown, and shares by server and path', () => {
    const { gpus, links, shares, slowest } = selectCapacity(fleet);
    expect(gpus).toEqual({ total: 16, busy: 4, idle: 2, failed: 2, unknown: 8, elsewhere: 0 });
    expect(links).toEqual({ idle: 1, connecting: 0, up: 3, late: 0, lost: 1, refused: 0, none: 1 });
    expect(shares.map(({ id, mountedOn, hung }) => ({ id, mountedOn, hung }))).toEqual([
      { id: 'nfs-a:/export/data', mountedOn: 3, hung: 1 },
      { id: 'nfs-a:/export/home', mountedOn: 1, hung: 0 },
    ]);
    expect(slowest).toEqual({ node: 'gpu01', roundTripMs: 1.4 });
  });

  test('before a node has said anything, what is wished of it is there as unknown', () => {
    const silent = initialState(fleet.inventory);
    expect(selectExportRows(silent).map(({ id, state }) => `${id} ${state}`)).toEqual([
      'nfs-a:/export/data:10.0.0.0/8 unknown',
      'nfs-a:/export/scratch:10.0.0.0/8 unknown',
    ]);
    const ofServer = selectMountRows(silent).filter(({ node }) => node === 'nfs-a');
    expect(ofServer.map(({ id, state }) => `${id} ${state.kind}`)).toEqual(['nfs-a:/export/data unknown']);
  });

  test('a node is in trouble by findings of its own, and only affected by those it shares', () => {
    const shared = finding('disk-filling:nfs-a', ['gpu01', 'gpu02']);
    const own = finding('ecc:gpu01', ['gpu01'], { severity: 'warning' });
    const rows = selectOverviewRows({ ...fleet, findings: [shared, own] });
    const told = rows.flatMap((row) =>
      row.kind === 'node' ? [`${row.id} ${row.worst ?? 'well'} ${row.isAffected}`] : [],
    );
    expect(told.slice(0, 3)).toEqual(['gpu01 warning true', 'gpu02 well true', 'gpu03 well false']);
  });
});
