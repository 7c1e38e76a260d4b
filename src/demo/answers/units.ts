import { unitName } from '../../model/unit-name.ts';
import type { DemoMount, DemoUnit, NodeState } from '../node-state.ts';
import { fileState, knownUnits } from '../units.ts';
import { type Answerer, text } from './reply.ts';

const DEFAULT_COLUMNS = ['Id', 'LoadState', 'ActiveState', 'SubState', 'Result', 'Where', 'What', 'Type', 'Options'];

/** `systemctl show` of mount and automount units and the list of failed ones. */
export const units = {
  isInline: false,
  isStill: true,
  answer: ({ node, columns }) => {
    const shown = columns.units.length > 0 ? columns.units : DEFAULT_COLUMNS;
    const blocks = knownUnits(node).map((unit) => shown.flatMap((name) => property(node, unit, name)).join('\n'));
    return text(['== units 0', blocks.join('\n\n'), '== failed', ...node.failedUnits.map(failedLine)]);
  },
} satisfies Answerer;

function property(node: NodeState, unit: DemoUnit, name: string): readonly string[] {
  const value = PROPERTIES[name]?.(node, unit);
  return value === undefined ? [] : [`${name}=${value}`];
}

/** Values by property; undefined where a unit of this kind has no such property. systemctl(1) prints none for them either. */
const PROPERTIES: { readonly [name: string]: (node: NodeState, unit: DemoUnit) => string | undefined } = {
  Id: (_, unit) => unitName(unit.where, unit.kind),
  LoadState: () => 'loaded',
  ActiveState: (node, unit) => (isActive(node, unit) ? 'active' : hasFailed(node, unit) ? 'failed' : 'inactive'),
  SubState: subState,
  Result: (node, unit) => (hasFailed(node, unit) ? 'exit-code' : 'success'),
  Where: (_, unit) => unit.where,
  What: (node, unit) => (unit.kind === 'mount' ? (mountedAt(node, unit)?.source ?? unit.what) : undefined),
  Type: (_, unit) => (unit.kind === 'mount' ? unit.fsType : undefined),
  Options: (node, unit) => (unit.kind === 'mount' ? shownOptions(node, unit) : undefined),
  FragmentPath: (_, unit) => (unit.where === '/' ? '/run/systemd/generator/-.mount' : (unit.path ?? '')),
  UnitFileState: (node, unit) => (unit.where === '/' ? 'generated' : fileState(node, unitName(unit.where, unit.kind))),
};

/** `mounted`, `waiting`, `running`, `dead` or `failed`. */
export function subState(node: NodeState, unit: DemoUnit): string {
  if (hasFailed(node, unit)) return 'failed';
  if (!isActive(node, unit)) return 'dead';
  if (unit.kind === 'mount') return 'mounted';
  return node.mounts.some((mount) => mount.target === unit.where && mount.fsType !== 'autofs') ? 'running' : 'waiting';
}

/** A mounted unit shows what the kernel really uses, another one what the file says. */
function shownOptions(node: NodeState, unit: DemoUnit): string {
  const mounted = mountedAt(node, unit);
  return mounted === undefined ? unit.options : [...mounted.options, ...mounted.superOptions.slice(1)].join(',');
}

/** Whether a mount or automount unit is up. */
export function isActive(node: NodeState, unit: DemoUnit): boolean {
  return mountedAt(node, unit) !== undefined;
}

/** What stands behind an active unit: an automount has the kernel's autofs, a mount the filesystem itself. */
function mountedAt(node: NodeState, unit: DemoUnit): DemoMount | undefined {
  const isAutofs = unit.kind === 'automount';
  return node.mounts.find((mount) => mount.target === unit.where && (mount.fsType === 'autofs') === isAutofs);
}

function hasFailed(node: NodeState, unit: DemoUnit): boolean {
  return node.failedUnits.includes(unitName(unit.where, unit.kind));
}

function failedLine(name: string): string {
  return `${name} loaded failed failed ${name}`;
}
