import { isMap, isScalar, type Pair, type YAMLMap } from 'yaml';
import { GPU_CHARTS } from '../model/chart-values.ts';
import { type ConfigMapPlace, type ValuesPlace, whereOf } from './places.ts';
import { editConfig, fill, newConfig, replaceScalar } from './plugin-config.ts';
import {
  columnOf,
  endOf,
  insertInto,
  lineStart,
  newlineOf,
  nodeAt,
  pairOf,
  removePair,
  type SharingText,
  splice,
  startOf,
  textAt,
} from './splice.ts';
import { readText } from './text.ts';
import { CONFIG_NAME, inMap, put, type Refused, refused, type SharingWish, type Work } from './work.ts';

/** The name of a configuration where nobody has given one. */
const NEW_CONFIG = 'time-slicing';

/** The name of a ConfigMap the operator's chart makes where none was given. */
const NEW_MAP = 'time-slicing-config';

/** Declares sharing in a chart's values, and in the ConfigMap they point to. */
export function inValues(work: Work, place: ValuesPlace, maps: readonly ConfigMapPlace[]): Refused | undefined {
  const { at, chart, config } = place;
  const key = GPU_CHARTS[chart].configs;
  const data = nodeAt(config, key);
  const name = textAt(config, 'name') ?? '';
  const map = maps.find((one) => one.name === name);
  const misplaced = misplacedIn(place);
  const flags = misplaced === undefined ? {} : flagsOf(misplaced.pair.value);
  const wish = { ...flags, ...defined(work.wish) };
  const inner: Work = { ...work, wish };
  const isInline = isMap(data) && data.items.length > 0;
  if (isInline && map !== undefined && chart === 'gpu-operator') {
    const because = `both ${whereOf(at, data)} and ${map.where} say what ConfigMap ${name} holds`;
    return refused(
      `${because}: the chart makes it of the values only with create: true`,
      'leave one of the two, then plan again',
    );
  }
  if (!isInline && map === undefined) return create(work, place, misplaced, name);
  const fallback = textAt(config, 'default');
  const problem = isInline
    ? inMap(inner, at, data, fallback)
    : map === undefined
      ? undefined
      : inMap(inner, map.at, map.data, fallback);
  work.config = inner.config;
  if (problem !== undefined || config === undefined) return problem;
  const lines = pointTo(work, place, config, isInline, keysOf(isInline ? data : map?.data));
  if (misplaced !== undefined)
    work.changes.push(`${whereOf(at, misplaced.pair.key)}: takes away a sharing block that no chart reads`);
  return putLines(work, place, config, misplaced, lines);
}

/** A sharing block that no template reads, and the map it stands in. */
interface Misplaced {
  readonly owner: YAMLMap;
  readonly pair: Pair;
}

/** The first such block: below the configuration, or outside of it where it cannot be anything else than one of the device plugin's. */
export function misplacedIn({ config, values }: ValuesPlace): Misplaced | undefined {
  const within = pairOf(config, 'sharing');
  if (config !== undefined && within !== undefined) return { owner: config, pair: within };
  for (const owner of [nodeAt(values, 'devicePlugin'), values]) {
    const pair = isMap(owner) ? pairOf(owner, 'sharing') : undefined;
    if (isMap(owner) && pair !== undefined && pairOf(pair.value, 'timeSlicing') !== undefined) return { owner, pair };
  }
  return undefined;
}

/** Lines into the configuration, in place of the block where it stands there; a block elsewhere is taken away. */
function putLines(
  work: Work,
  place: ValuesPlace,
  config: YAMLMap,
  misplaced: Misplaced | undefined,
  lines: readonly string[],
): Refused | undefined {
  const { at } = place;
  if (misplaced?.owner === config) return replacePair(work, place, config, misplaced.pair, lines);
  if (lines.length > 0) put(work, at, insertInto(at.text, config, lines));
  return misplaced === undefined ? undefined : replacePair(work, place, misplaced.owner, misplaced.pair, []);
}

const keysOf = (data: unknown): readonly string[] =>
  isMap(data) ? data.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : [])) : [];

/** Makes the values name the configuration: `default` must be a key of the data, of which `keys` are there. Returns the lines to add for it. */
function pointTo(
  work: Work,
  { at, chart }: ValuesPlace,
  config: YAMLMap,
  isInline: boolean,
  keys: readonly string[],
): string[] {
  const lines: string[] = [];
  const create = nodeAt(config, 'create');
  if (isInline && chart === 'gpu-operator' && textAt(config, 'create') !== 'true') {
    work.changes.push(`${whereOf(at, config)}: create: true, so that the chart makes the ConfigMap`);
    if (isScalar(create)) put(work, at, replaceScalar(at.text, create, 'true'));
    else lines.push('create: true');
  }
  const fallback = nodeAt(config, 'default');
  const named = textAt(config, 'default') ?? '';
  // Another default that works is somebody's choice; one that names no key keeps the device plugin from starting.
  if (named === work.config || (work.wish.config !== undefined && (named === '' || keys.includes(named)))) return lines;
  work.changes.push(`${whereOf(at, config)}: default: ${work.config}, a key that is there`);
  if (isScalar(fallback)) put(work, at, replaceScalar(at.text, fallback, work.config));
  else lines.push(`default: ${work.config}`);
  return lines;
}

/** Lets the chart make the ConfigMap, in place of a block it does not read or of nothing. */
function create(work: Work, place: ValuesPlace, misplaced: Misplaced | undefined, name: string): Refused | undefined {
  const { at, chart, config } = place;
  if (work.wish.replicas === 1 && misplaced === undefined) return undefined;
  if (name !== '' && (misplaced === undefined || chart === 'nvidia-device-plugin')) {
    return refused(`${place.where} points to ConfigMap ${name}, which none of the files holds`, 'name its file, too');
  }
  const fallback = textAt(config, 'default') ?? '';
  // A number is a GPU's index in the mind of whoever wrote it; as a name it says nothing.
  const isName = CONFIG_NAME.test(fallback) && !/^\d+$/.test(fallback);
  work.config = work.wish.config ?? (isName ? fallback : NEW_CONFIG);
  const body = bodyOf(work, at, misplaced?.pair);
  if (typeof body !== 'string') return body;
  work.changes.push(`${place.where}: the chart makes a ConfigMap with the configuration ${work.config}`);
  const entry = [`${work.config}: |-`, ...indented(body.split('\n'))];
  if (config === undefined) return createConfig(work, place, misplaced, entry);
  const [lines, key] = [pointTo(work, place, config, true, []), GPU_CHARTS[chart].configs];
  const [named, data] = [nodeAt(config, 'name'), pairOf(config, key)];
  // The plugin's own chart takes `name` for a ConfigMap of somebody else's.
  if (name === '' && chart === 'gpu-operator') {
    if (isScalar(named)) put(work, at, replaceScalar(at.text, named, NEW_MAP));
    else lines.push(`name: ${NEW_MAP}`);
  }
  if (data === undefined) lines.push(`${key}:`, ...indented(entry));
  else put(work, at, fill(at.text, config, data, entry));
  return putLines(work, place, config, misplaced, lines);
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `  ${line}`));

/** Values that say nothing of a configuration yet: it takes the place of the block where both belong to the same map. */
function createConfig(
  work: Work,
  place: ValuesPlace,
  misplaced: Misplaced | undefined,
  entry: readonly string[],
): Refused | undefined {
  const { at, chart, values } = place;
  const isOperator = chart === 'gpu-operator';
  const owner = isOperator ? pairOf(values, 'devicePlugin') : undefined;
  const settings = isOperator
    ? ['create: true', `name: ${NEW_MAP}`, `default: ${work.config}`, 'data:', ...indented(entry)]
    : [`default: ${work.config}`, 'map:', ...indented(entry)];
  const config = ['config:', ...indented(settings)];
  const lines = isOperator && owner === undefined ? ['devicePlugin:', ...indented(config)] : config;
  if (misplaced !== undefined && misplaced.owner === (owner === undefined ? values : owner.value))
    return replacePair(work, place, misplaced.owner, misplaced.pair, lines);
  put(work, at, owner === undefined ? insertInto(at.text, values, lines) : fill(at.text, values, owner, lines));
  return misplaced === undefined ? undefined : replacePair(work, place, misplaced.owner, misplaced.pair, []);
}

/** Lines in place of a pair, or the pair taken away where there are none. */
function replacePair(
  work: Work,
  { at, where }: ValuesPlace,
  config: YAMLMap,
  pair: Pair,
  lines: readonly string[],
): Refused | undefined {
  const gone = removePair(at.text, config, pair);
  if (gone === undefined) return refused(`${where} is written within braces`, 'write it out in lines, then plan again');
  const indent = ' '.repeat(columnOf(at.text, config));
  const text = lines.map((line, index) => (index === 0 || line === '' ? line : indent + line)).join(newlineOf(at.text));
  put(
    work,
    at,
    lines.length === 0
      ? gone
      : { start: startOf(pair.key), end: endOf(at.text, (pair.value ?? pair.key) as YAMLMap), text },
  );
  return undefined;
}

/** The text of the new configuration: the misplaced block with all its comments, or a new one. */
function bodyOf(work: Work, at: SharingText, misplaced: Pair | undefined): string | Refused {
  if (misplaced === undefined || !isMap(misplaced.value)) return newConfig(work.wish).join('\n');
  const start = startOf(misplaced.key);
  const column = start - lineStart(at.text, start);
  const lines = at.text.slice(start, endOf(at.text, misplaced.value)).split(/\r?\n/);
  const text = ['version: v1', ...lines.map((line, index) => (index === 0 ? line : line.slice(column)))].join('\n');
  const read = readText(at.file, text);
  const root = read.kind === 'ok' ? read.text.documents[0]?.contents : undefined;
  if (read.kind === 'broken' || !isMap(root))
    return refused(`${whereOf(at, misplaced.key)} cannot be moved`, 'move it by hand');
  const edit = editConfig(read.text, root, work.wish);
  if (edit.kind === 'refused') return refused(`${whereOf(at, misplaced.key)} ${edit.because}`, 'then plan again');
  work.changes.push(
    `${whereOf(at, misplaced.key)}: moves a sharing block from where no chart reads it`,
    ...edit.changes,
  );
  return splice(text, edit.splices);
}

function flagsOf(sharing: unknown): Partial<SharingWish> {
  const flag = (name: string): boolean | undefined => {
    const said = textAt(sharing, 'timeSlicing', name);
    return said === undefined ? undefined : said === 'true';
  };
  const renameByDefault = flag('renameByDefault');
  const failRequestsGreaterThanOne = flag('failRequestsGreaterThanOne');
  return {
    ...(renameByDefault === undefined ? {} : { renameByDefault }),
    ...(failRequestsGreaterThanOne === undefined ? {} : { failRequestsGreaterThanOne }),
  };
}

/** Without the keys that say nothing. */
function defined(wish: SharingWish): SharingWish {
  const { renameByDefault, failRequestsGreaterThanOne, ...rest } = wish;
  return {
    ...rest,
    ...(renameByDefault === undefined ? {} : { renameByDefault }),
    ...(failRequestsGreaterThanOne === undefined ? {} : { failRequestsGreaterThanOne }),
  };
}
