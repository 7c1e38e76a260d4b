// What the screen shows before anything was heard.
import { describe, expect, test } from 'vitest';
import { initialState } from '../../src/store/store.ts';
import { disksView } from '../../views/disks.ts';
import { eventsView } from '../../views/events.ts';
import { exportsView } from '../../views/exports.ts';
import { findingsView } from '../../views/findings.ts';
import { gpusView } from '../../views/gpus.ts';
import { mountsView } from '../../views/mounts.ts';
import { nodesView } from '../../views/nodes.ts';
import { overviewView } from '../../views/overview.ts';
import { probesView } from '../../views/probes.ts';
import { processesView } from '../../views/processes.ts';
import { inventoryOf, nodeOf } from './fleet.ts';
import { paintCanvas, paintList } from './paint.ts';

/** Width of a list in a terminal of 80 and 120 columns: two belong to the cursor and the mark. */
const NARROW = 78;

describe('nothing to show', () => {
  const silent = initialState(inventoryOf([nodeOf('gpu01', { gpus: { count: 2 } })]));
  const nobody = initialState(inventoryOf([]));

  test('before the first answer a node has marks of never asked, and no zero', () => {
    expect(paintList(nodesView, silent, NARROW)).toMatchInlineSnapshot(`
      "NODE        STATE              LOAD  MEM     GPUS  MOUNTS  FINDINGS        AGE
      gpu01       · not asked           ·  ·        ·/2                            ·"
    `);
    expect(paintList(gpusView, silent, NARROW)).toMatchInlineSnapshot(`
      "NODE         GPU  STATE          UTIL       MEM    TEMP     POWER  LAST 10 MIN
      gpu01          0  · not asked    ·          ·         ·         ·
      gpu01          1  · not asked    ·          ·         ·         ·"
    `);
    expect(paintCanvas(overviewView, silent, 80, 20)).toMatchInlineSnapshot(`
      "NODES       1  · 1 not asked
      GPUS        2  2 unknown

      nodes  gpu01  1 node, 2 GPUs
      · gpu01 ··

      ● up  ◔ late  ✗ lost  ⊘ refused  H hung  ◆ critical  ▽ shared  ▲ warning
      GPU ▁▃▅▇█ busy  ✗ failed  □ missing  ◆ failing  ▼ throttled  · never asked"
    `);
  });

  test('an empty list says why and what to do', () => {
    const said = [
      nodesView,
      mountsView,
      exportsView,
      disksView,
      gpusView,
      processesView,
      findingsView,
      eventsView,
      probesView,
    ].map((view) => `${view.name}: ${view.empty(nobody)}`);
    expect(said.join('\n')).toMatchInlineSnapshot(`
      "nodes: The inventory is being read.
      mounts: The inventory names no node, so there is nothing to mount.
      exports: No node exports anything, and the inventory wishes no export.
      disks: No node has told its disks yet.
      gpus: No node has told its GPUs yet, and the inventory expects none.
      processes: No node has told its GPU processes yet.
      findings: No findings yet: no node has answered.
      events: Nothing has happened yet.
      probes: No node was asked anything yet."
    `);
  });
});
