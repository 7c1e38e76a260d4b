import { expect, test } from 'vitest';
import { cmd } from '../../src/model/command.ts';
import { nodeName } from '../../src/model/ids.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { views } from '../../views/registry.ts';
import { answered, inventory, stateOf } from '../store/builders.ts';
import { typedConsole } from '../ui/console.ts';
import { emptyState } from '../ui/fake-fleet.ts';
import { ID, planned, planWith, rolloutOf, underWay } from './a-rollout.ts';

const stateWith = (rollout: ReturnType<typeof rolloutOf>) => ({
  ...emptyState,
  rollouts: new Map([[rollout.id, rollout]]),
});

test('a plan shows stages, equal steps once, commands, files, what cannot be undone, what is so already and what is left out', async () => {
  for (const columns of [80, 120]) {
    const { text } = await typedConsole(views, {
      state: stateWith(rolloutOf(planned())),
      columns,
      rows: 40,
      open: { view: 'plan', filter: `rollout=${ID}` },
    });
    expect(text()).toMatchSnapshot(`${columns} columns`);
  }
});

test('the board shows nodes by steps, what is counted, and equal failures once', async () => {
  for (const columns of [80, 120]) {
    const { text } = await typedConsole(views, {
      state: stateWith(rolloutOf(underWay)),
      columns,
      rows: 30,
      open: { view: 'rollout', filter: `rollout=${ID}` },
    });
    expect(text()).toMatchSnapshot(`${columns} columns`);
  }
});

test('the list of rollouts tells state, nodes and outcomes, and Enter opens the board', async () => {
  const { text, type } = await typedConsole(views, {
    state: stateWith(rolloutOf(underWay)),
    columns: 120,
    rows: 16,
    open: { view: 'rollouts' },
  });
  expect(text()).toMatchSnapshot();
  await type('\r');
  expect(text()).toContain('gpu[03-04]: exited 32');
});

test('the header of every view tells what is rolled out, what is paused, and what nobody drives', async () => {
  const running = rolloutOf(underWay);
  const paused = {
    ...rolloutOf([...underWay, { kind: 'paused', because: 'two failed' }]),
    id: rolloutId('20261122-103016-k3f9'),
  };
  const state = { ...stateWith(running), rollouts: new Map([running, paused].map((one) => [one.id, one])) };
  const console = await typedConsole(views, { state, columns: 120, rows: 16, open: { view: 'nodes' } });
  expect(console.text()).toContain('▸ 1 rolling out  ‖ 1 paused');
  console.setState({ ...state, orphans: new Set([running.id]) });
  await console.idle();
  expect(console.text()).toContain('‖ 1 paused  ⚠ 1 left alone');
});

test('a plan says on which nodes a step runs, however long its title is', async () => {
  const plan = planWith('changes');
  const step = plan.kind === 'change' ? plan.stages[0]?.jobs[0]?.steps[0] : undefined;
  if (step === undefined || plan.kind !== 'change') throw new Error('the plan has no step');
  const title = `run ${'something long '.repeat(10)}`;
  const jobs = [{ node: nodeName('nfs-a'), steps: [{ ...step, title }] }] as const;
  const told = [
    ...planned().slice(0, 1),
    { kind: 'planned', plan: { ...plan, stages: [{ title: 'a disk', jobs }] } },
  ] as const;
  const { text } = await typedConsole(views, {
    state: stateWith(rolloutOf(told)),
    columns: 80,
    rows: 24,
    open: { view: 'plan', filter: `rollout=${ID}` },
  });
  expect(text()).toMatch(/run something long .*… {2}nfs-a$/m);
});

test('a script of several lines leaves the line of its command to what it is about; the pane shows it to the letter', async () => {
  const plan = planWith('changes');
  const step = plan.kind === 'change' ? plan.stages[0]?.jobs[0]?.steps[0] : undefined;
  if (step === undefined || plan.kind !== 'change') throw new Error('the plan has no step');
  const run = cmd('sh', '-c', 'disk=$1\nshift\n"$@"', 'only-on', '/dev/sdb', 'mkfs.ext4', '/dev/sdb');
  const stages = [{ title: 'a disk', jobs: [{ node: nodeName('nfs-a'), steps: [{ ...step, run }] }] }] as const;
  const told = [...planned().slice(0, 1), { kind: 'planned', plan: { ...plan, stages } } as const];
  const { text, type } = await typedConsole(views, {
    state: stateWith(rolloutOf(told)),
    columns: 160,
    rows: 40,
    open: { view: 'plan', filter: `rollout=${ID}` },
  });
  expect(text()).toContain("# sh -c '…' only-on /dev/sdb mkfs.ext4 /dev/sdb");
  await type('d');
  expect(text()).toContain('disk=$1␊shift');
});

test('a plan warns of two names that are one machine by what was last seen, and not of those that may be two', async () => {
  const identity = { kernel: 'Linux', osName: '', architecture: '', cpuCount: 1, bootId: 'b1', hostname: 'alpha' };
  const seen = stateOf(inventory(['gpu01', 'gpu02', 'gpu03', 'gpu04']), [
    answered('gpu01', 'identity', identity),
    answered('gpu02', 'identity', identity),
    answered('gpu03', 'identity', { ...identity, hostname: 'beta' }),
    answered('gpu04', 'identity', { ...identity, bootId: '' }),
  ]);
  const { text } = await typedConsole(views, {
    state: { ...seen, rollouts: stateWith(rolloutOf(planned())).rollouts },
    columns: 120,
    rows: 40,
    open: { view: 'plan', filter: `rollout=${ID}` },
  });
  expect(text()).toContain('gpu01 and gpu02 are one machine, by its boot: leave all but one of these names out.');
  expect(text().match(/are one machine/g)).toHaveLength(1);
});
