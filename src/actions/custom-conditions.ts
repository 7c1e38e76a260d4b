import { checked, type Need, type Observed } from '../model/check.ts';
import type { Condition } from '../model/condition.ts';
import type { CustomCondition } from '../model/custom-action.ts';
import { absolutePath, devicePath } from '../model/ids.ts';
import { unreachable } from '../model/unreachable.ts';
import { sha256 } from '../storage/managed.ts';
import { filled, ValueError, type Values } from './custom-values.ts';
import { GIVE_A_SERIAL, identityOf, whyNameless } from './disk-node.ts';

/** What must be looked at before a condition can be written down: what it compares with is the node as it is now. */
export function needsBefore({ kind, asks }: CustomCondition, values: Values): readonly Need[] {
  switch (kind) {
    case 'same-disk':
      return [{ kind: 'probe', probe: 'blockDevices' }];
    case 'file-unchanged':
      return [{ kind: 'check', check: 'file', target: filled(String(asks['path']), values) }];
    case 'started-since':
      return [{ kind: 'check', check: 'service', target: filled(String(asks['unit']), values) }];
    case 'booted-since':
      return [{ kind: 'probe', probe: 'identity' }];
    default:
      return [];
  }
}

/** The condition on this node; throws `ValueError` where a value does not fit, or what it compares with could not be seen. */
export function conditionOf({ kind, asks }: CustomCondition, values: Values, seen: Observed): Condition {
  const { text, path, device, optional, options } = readerOf(asks, values);
  switch (kind) {
    case 'same-disk':
      return sameDisk(device(), seen);
    case 'disk-unused':
    case 'disk-blank':
      return { kind, device: device() };
    case 'filesystem':
      return { kind, device: device(), fsType: text('fsType'), ...optional('label', 'uuid') };
    case 'mounted':
      return {
        kind,
        target: path('target'),
        ...optional('fsType', 'source', 'uuid'),
        ...(options === undefined ? {} : { options }),
      };
    case 'not-mounted':
    case 'answers':
    case 'no-users':
      return { kind, target: path('target') };
    case 'file':
      return {
        kind,
        path: path('path'),
        sha256: asks['text'] === undefined ? text('sha256') : sha256(text('text')),
        ...optional('mode'),
      };
    case 'file-unchanged':
      return fileUnchanged(path('path'), seen);
    case 'no-file':
      return { kind, path: path('path') };
    case 'directory':
      return { kind, path: path('path'), ...optional('owner', 'group', 'mode') };
    case 'exported':
      return { kind, path: path('path'), client: text('client'), options: options ?? [] };
    case 'not-exported':
      return { kind, path: path('path'), ...optional('client') };
    case 'unit':
      return unitCondition(text('unit'), asks);
    case 'started-since': {
      const state = checked(seen, 'service', text('unit'));
      if (state === undefined)
        throw new ValueError(`${text('unit')} could not be looked at`, 'plan again when it answers');
      return { kind, unit: text('unit'), invocationId: state.invocationId };
    }
    case 'nfsd-threads':
      return { kind, least: Number(asks['least']) };
    case 'booted-since': {
      const bootId = seen.facts.identity?.bootId ?? '';
      if (bootId === '') throw new ValueError('its boot id is not known', 'plan again when it answers');
      return { kind, bootId };
    }
    case 'gpus':
      return { kind, count: Number(asks['count']) };
    default:
      return unreachable(kind);
  }
}

/** What a condition asks, its texts filled in. */
function readerOf(asks: CustomCondition['asks'], values: Values) {
  const text = (key: string): string => filled(String(asks[key]), values);
  const path = (key: string) => checkedPath(text(key), absolutePath);
  const device = () => checkedPath(text('device'), devicePath);
  const optional = <K extends string>(...keys: readonly K[]): { readonly [key in K]?: string } =>
    Object.fromEntries(keys.flatMap((key) => (asks[key] === undefined ? [] : [[key, text(key)]]))) as {
      [key in K]?: string;
    };
  const options = Array.isArray(asks['options'])
    ? asks['options'].map((option) => filled(String(option), values))
    : undefined;
  return { text, path, device, optional, options };
}

function checkedPath<T>(text: string, check: (text: string) => T): T {
  try {
    return check(text);
  } catch (error) {
    throw new ValueError(error instanceof Error ? error.message : String(error), 'give another value');
  }
}

function sameDisk(device: string, { facts }: Observed): Condition {
  const block = facts.blockDevices?.find(({ path }) => path === device);
  if (block === undefined)
    throw new ValueError(`there is no disk ${device}`, 'name a disk of this node, e.g. /dev/sdb');
  const disk = identityOf(block);
  const nameless = whyNameless(disk);
  if (nameless !== undefined) throw new ValueError(nameless, GIVE_A_SERIAL);
  return { kind: 'same-disk', disk };
}

function fileUnchanged(path: ReturnType<typeof absolutePath>, seen: Observed): Condition {
  const file = checked(seen, 'file', path);
  if (file === undefined) throw new ValueError(`${path} could not be read`, 'plan again when it answers');
  if (file.kind === 'none') return { kind: 'file-unchanged', path };
  if (file.kind !== 'file' || file.sha256 === undefined)
    throw new ValueError(`${path} is no file that can be compared`, 'guard another file');
  return { kind: 'file-unchanged', path, sha256: file.sha256 };
}

function unitCondition(unit: string, { load, active, enabled }: CustomCondition['asks']): Condition {
  return {
    kind: 'unit',
    unit,
    ...(load === 'loaded' || load === 'not-found' ? { load } : {}),
    ...(active === 'active' || active === 'inactive' ? { active } : {}),
    ...(typeof enabled === 'boolean' ? { isEnabled: enabled } : {}),
  };
}
