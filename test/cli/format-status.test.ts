import { expect, test } from 'vitest';
import { linkLines } from '../../src/cli/format-status.ts';
import { initialState } from '../../src/store/store.ts';
import { inventory, inventoryNode, lost, stateOf, up } from '../store/builders.ts';

test('nodes without SSH are said with their reason, apart from those that are lost', () => {
  const of = inventory([
    inventoryNode('talos1', { via: 'kubernetes' }),
    inventoryNode('talos2', { via: 'kubernetes' }),
    inventoryNode('gpu01'),
    inventoryNode('gpu02'),
  ]);
  expect(linkLines(stateOf(initialState(of), [up('gpu01'), lost('gpu02')]))).toEqual([
    'talos[1-2]: has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing (2 nodes)',
    'gpu02: lost: connection refused',
  ]);
});
