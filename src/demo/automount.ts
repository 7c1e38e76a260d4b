import { unitName } from '../model/unit-name.ts';
import { mounted, whyNotMount } from './mounting.ts';
import type { NodeState } from './node-state.ts';
import { isUnder } from './transitions.ts';
import { findUnit } from './units.ts';
import type { World } from './world.ts';

/** The node after somebody has looked at a path: an automount above it that waits mounts what it waits for. */
export function touched(world: World, node: NodeState, path: string): NodeState {
  const waiting = node.mounts.findLast(({ target, fsType }) => fsType === 'autofs' && isUnder(path, target));
  if (
    waiting === undefined ||
    node.mounts.some(({ target, fsType }) => target === waiting.target && fsType !== 'autofs')
  )
    return node;
  const unit = findUnit(node, unitName(waiting.target, 'mount'));
  if (unit === undefined || unit.from === 'mountinfo') return node;
  const order = {
    source: unit.what,
    target: unit.where,
    fsType: unit.fsType,
    options: unit.options.split(',').filter(Boolean),
  };
  if (whyNotMount(world, node, order) !== undefined) return node;
  world.change(node.name, (state) => mounted(world, state, order));
  return world.node(node.name) ?? node;
}
