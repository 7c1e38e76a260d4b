import { isMap } from 'yaml';
import { GPU_CHARTS } from '../model/chart-values.ts';
import { embed, findPlaces, type RepositoryFile } from './places.ts';
import { editConfig, newConfig, replicasOf, type TimeSlicingWish } from './plugin-config.ts';
import { nodeAt, splice, textAt } from './splice.ts';
import { isText, readText } from './text.ts';
import { type Refused, refused } from './work.ts';

/** A configuration of the device plugin as it should be, or why it cannot be told. */
export type PluginText = { readonly kind: 'text'; readonly text: string } | Refused;

/** Makes the text of one configuration share as wished; `where` is what it is called in a refusal. Undefined: there is none yet. */
export function editPluginText(where: string, text: string | undefined, wish: TimeSlicingWish): PluginText {
  if (text === undefined || text.trim() === '') {
    const lines = wish.replicas === 1 ? ['version: v1'] : newConfig(wish);
    return { kind: 'text', text: `${lines.join('\n')}\n` };
  }
  const read = readText(where, text);
  if (read.kind === 'broken') return refused(read.because, 'mend it, then plan again');
  const root = read.text.documents[0]?.contents;
  if (!isMap(root)) return refused(`${where} is no configuration of the device plugin`, 'name another configuration');
  const edit = editConfig(read.text, root, wish);
  if (edit.kind === 'refused') return refused(`${where} ${edit.because}`, 'then plan again');
  return { kind: 'text', text: splice(text, edit.splices) };
}

/** What one configuration offers of a resource: slices per card, and the name they are advertised under. */
export interface Meaning {
  readonly replicas: number;
  readonly resource: string;
}

/** Reads what a configuration means for a resource; a text nobody can read shares nothing. */
export function meaningOf(text: string, resource: string): Meaning {
  const whole = { replicas: 1, resource };
  const read = readText('', text);
  const root = read.kind === 'ok' ? read.text.documents[0]?.contents : undefined;
  const replicas = replicasOf(root, resource);
  if (replicas === undefined || replicas < 2) return whole;
  const isRenamed = textAt(nodeAt(root, 'sharing', 'timeSlicing'), 'renameByDefault') === 'true';
  return { replicas, resource: isRenamed ? `${resource}.shared` : resource };
}

/** What the files of a repository make of a configuration, where they say it. */
export interface InCluster {
  /** The ConfigMap, where its name does not depend on the release. */
  readonly map?: string;
  readonly text?: string;
  /** The key nodes without a label take. */
  readonly defaultKey?: string;
}

/** Where a configuration of these files ends up in the cluster. */
export function inCluster(files: readonly RepositoryFile[], key: string): InCluster {
  const found = findPlaces(files);
  if (found.kind === 'broken') return {};
  let made: InCluster = {};
  for (const place of found.places) {
    if (place.kind === 'plugin-config') continue;
    const isOperator = place.kind === 'values' && place.chart === 'gpu-operator';
    const data = place.kind === 'config-map' ? place.data : nodeAt(place.config, GPU_CHARTS[place.chart].configs);
    const scalar = nodeAt(data, key);
    const inner = isText(scalar) ? embed(place.at, scalar) : undefined;
    const text = inner === undefined || typeof inner === 'string' ? undefined : inner.text;
    const map = place.kind === 'config-map' ? place.name : isOperator ? textAt(place.config, 'name') : undefined;
    const defaultKey = place.kind === 'values' ? textAt(place.config, 'default') : undefined;
    made = {
      ...made,
      ...(map === undefined || map === '' ? {} : { map }),
      ...(text === undefined ? {} : { text }),
      ...(defaultKey === undefined ? {} : { defaultKey }),
    };
  }
  return made;
}
