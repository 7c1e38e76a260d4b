import { type Answerer, text } from '../answers/reply.ts';
import { subState } from '../answers/units.ts';
import { activeState } from '../commands/systemctl.ts';
import type { NodeState } from '../node-state.ts';
import { fileState, findService, findUnit, invocationId, isStale } from '../units.ts';

/** One unit of any kind, as systemctl(1) shows it, with who needs it and the end of its log. */
export const service = {
  isInline: false,
  isStill: false,
  answer: ({ node, target }) => {
    const values = valuesOf(node, target);
    const lines = Object.entries(values).map(([key, value]) => `${key}=${value}`);
    return text(['== show 0', ...lines, '== needed', ...neededBy(node, target), '== journal', ...logOf(node, target)]);
  },
} satisfies Answerer;

interface Values {
  readonly [key: string]: string | number;
}

function valuesOf(node: NodeState, name: string): Values {
  const found = findService(node, name);
  const unit = findUnit(node, name);
  const active = activeState(node, name);
  const isFailed = active === 'failed';
  const startedAtMs = found?.startedAtMs ?? mountedAtMs(node, name);
  return {
    LoadState: found === undefined && unit === undefined ? 'not-found' : 'loaded',
    ActiveState: active,
    SubState:
      unit === undefined ? (active === 'active' ? 'running' : isFailed ? 'failed' : 'dead') : subState(node, unit),
    Result: isFailed ? 'exit-code' : 'success',
    UnitFileState: fileState(node, found?.name ?? name),
    KillMode: 'control-group',
    MainPID: found?.isActive ? 600 + (startedAtMs % 30_000) : 0,
    InvocationID: active === 'active' ? invocationId(node, name, startedAtMs) : '',
    NeedDaemonReload: unit !== undefined && isStale(node, unit) ? 'yes' : 'no',
    Description: found?.description ?? unit?.where ?? name,
    FragmentPath: found === undefined ? (unit?.path ?? '') : `/usr/lib/systemd/system/${found.name}`,
  };
}

function mountedAtMs(node: NodeState, name: string): number {
  const unit = findUnit(node, name);
  const isAutofs = unit?.kind === 'automount';
  const mount = node.mounts.find((each) => each.target === unit?.where && (each.fsType === 'autofs') === isAutofs);
  return mount?.mountedAtMs ?? node.bootedAtMs;
}

/** What of the node would miss it. */
const NEEDED_BY: { readonly [name: string]: readonly string[] } = {
  'nfs-server.service': ['multi-user.target'],
  'docker.service': ['multi-user.target'],
  'slurmd.service': ['multi-user.target'],
};

const neededBy = (node: NodeState, name: string): readonly string[] =>
  NEEDED_BY[findService(node, name)?.name ?? name] ??
  (/\.mount$/.test(name) && findUnit(node, name) !== undefined ? ['remote-fs.target'] : []);

function logOf(node: NodeState, name: string): readonly string[] {
  const found = findService(node, name);
  if (found !== undefined) return found.log.slice(-10);
  return node.failedUnits.includes(name) ? [`${name}: Mount process exited, code=exited, status=32/n/a`] : [];
}
