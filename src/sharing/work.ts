import { isMap, isScalar, type YAMLMap } from 'yaml';
import { embed, whereOf } from './places.ts';
import { type ConfigEdit, editConfig, newConfig, type TimeSlicingWish } from './plugin-config.ts';
import { insertInto, nodeAt, type SharingText, type Splice } from './splice.ts';
import { isText } from './text.ts';

/** What to declare, and under which name of a configuration. */
export interface SharingWish extends TimeSlicingWish {
  /** The configuration's key in the ConfigMap; undefined takes the default one, or the only one. */
  readonly config?: string | undefined;
}

/** An edit under way: what is wished, what changes where, and the configuration it turned out to be about. */
export interface Work {
  readonly wish: SharingWish;
  readonly splices: Map<string, Splice[]>;
  readonly changes: string[];
  config: string;
}

/** Why nothing is changed, and what to do. */
export type Refused = { readonly kind: 'refused'; readonly because: string; readonly tryThis: string };

/** Says no. */
export const refused = (because: string, tryThis: string): Refused => ({ kind: 'refused', because, tryThis });

/** A key of a ConfigMap that may also stand in a node's label. */
export const CONFIG_NAME = /^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;

/** Changes one configuration of a map of them, or adds it. */
export function inMap(work: Work, at: SharingText, data: YAMLMap, fallback: string | undefined): Refused | undefined {
  const keys = data.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
  const known = fallback !== undefined && keys.includes(fallback) ? fallback : keys.length === 1 ? keys[0] : undefined;
  const key = work.wish.config ?? known;
  if (key === undefined) {
    return refused(
      `${whereOf(at, data)} holds the configurations ${keys.join(', ')}`,
      'say which one is meant (config)',
    );
  }
  work.config = key;
  const scalar = nodeAt(data, key);
  if (scalar === undefined) {
    if (work.wish.replicas === 1) return undefined;
    work.changes.push(`${whereOf(at, data)}: adds the configuration ${key}`);
    put(work, at, insertInto(at.text, data, [`${key}: |-`, ...newConfig(work.wish).map((line) => `  ${line}`)]));
    return undefined;
  }
  const where = whereOf(at, scalar);
  if (!isText(scalar)) return refused(`${where} is no text`, 'mend the file, then plan again');
  const inner = embed(at, scalar);
  if (typeof inner === 'string') return refused(inner, 'then plan again');
  const root = inner.documents[0]?.contents;
  if (!isMap(root))
    return refused(`${where} is no configuration of the device plugin`, 'say which one is meant (config)');
  return take(work, inner, editConfig(inner, root, work.wish), where);
}

/** Takes over the changes of one configuration. */
export function take(work: Work, at: SharingText, edit: ConfigEdit, where: string): Refused | undefined {
  if (edit.kind === 'refused') return refused(`${where} ${edit.because}`, 'then plan again');
  work.changes.push(...edit.changes.map((change) => `${where}: ${change}`));
  for (const one of edit.splices) put(work, at, one);
  return undefined;
}

/** Puts a change to the others of its file. */
export function put(work: Work, at: SharingText, one: Splice): void {
  const all = work.splices.get(at.file) ?? [];
  work.splices.set(at.file, [...all, ...at.lift([one])]);
}
