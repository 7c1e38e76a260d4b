// How many cards of a node are well is counted without rows of them; it must be what their rows say.
import { expect, test } from 'vitest';
import type { Gpu } from '../../../src/model/facts.ts';
import { nodeName } from '../../../src/model/ids.ts';
import type { Outcome } from '../../../src/model/observation.ts';
import { gpuRowsOf, isGpuFault } from '../../../src/store/selectors/gpu-rows.ts';
import { nodeRowOf } from '../../../src/store/selectors/node-rows.ts';
import { gpu, gpus, inventory, inventoryNode, observed, stateOf, up } from '../builders.ts';

const node = nodeName('gpu01');
const wished = inventory([inventoryNode('gpu01', { gpus: { count: 4 } })]);

const cases: readonly (readonly [string, readonly Outcome<readonly Gpu[]>[]])[] = [
  ['every card is there and well', [{ kind: 'ok', value: gpus(4) }]],
  ['one card failed', [{ kind: 'ok', value: [gpu(0), gpu(1, { error: 'GPU is lost' }), gpu(2), gpu(3)] }]],
  ['more cards than wished', [{ kind: 'ok', value: gpus(6) }]],
  ['two cards are missing', [{ kind: 'ok', value: gpus(2) }]],
  ['cards out of order', [{ kind: 'ok', value: [gpu(3), gpu(1), gpu(0), gpu(2)] }]],
  ['a card told twice', [{ kind: 'ok', value: [gpu(0), gpu(1), gpu(1), gpu(2)] }]],
  [
    'the driver hangs after it told its cards',
    [
      { kind: 'ok', value: gpus(4) },
      { kind: 'hung', sinceMs: 1 },
    ],
  ],
  ['the driver hangs from the start', [{ kind: 'hung', sinceMs: 1 }]],
  ['there is no driver', [{ kind: 'absent', because: 'no nvidia-smi on this node' }]],
  ['nothing was told', []],
];

test.each(cases)('the tally of a node is that of its rows where %s', (_, outcomes) => {
  const events = outcomes.map((outcome, index) => observed('gpu01', 'gpus', outcome, { seq: index + 1 }));
  const state = stateOf(wished, [up('gpu01'), ...events]);
  const rows = gpuRowsOf(state, node);
  const isHeard = rows.some((row) => row.gpu !== undefined || row.state.kind === 'missing');
  const good = rows.filter((row) => row.gpu !== undefined && !isGpuFault(row.state)).length;
  expect(nodeRowOf(state, node)?.gpus).toEqual({ good: isHeard ? good : undefined, wished: Math.max(rows.length, 4) });
});
