import { isMap, isScalar, LineCounter, type Node, parse, parseAllDocuments } from 'yaml';
import { changedKeysIn, exactVersion, type SeenKey } from '../model/chart-keys.ts';
import {
  chartByKeys,
  chartValuesIn,
  GPU_CHARTS,
  type GpuChart,
  gpuChartNamed,
  type Tree,
} from '../model/chart-values.ts';
import { at, elements, fields, type Json, text, words } from '../model/json.ts';
import type { DeclaredSharing, SharingConfig } from '../model/sharing-config.ts';
import { type Holding, TWO_MAPS, whoWins } from '../model/who-wins.ts';
import { isPluginConfig, readPluginConfig, sharingOf } from './plugin-config.ts';

/** Larger files are no values of a chart. */
const MOST_CHARACTERS = 1024 * 1024;

interface Found {
  kind: DeclaredSharing['kind'];
  name?: string;
  defaultKey?: string;
  isCreated?: boolean;
  readonly configs: Record<string, SharingConfig>;
  dropped?: NonNullable<DeclaredSharing['dropped']>;
  contradiction?: string;
  changedKeys?: readonly SeenKey[];
  readonly seen: Seen;
}

/** What was met so far, to tell what is said twice. */
interface Seen {
  readonly file: string;
  /** Line of each configuration by key. */
  readonly lines: Map<string, number>;
  /** Line of each ConfigMap by name. */
  readonly maps: Map<string, number>;
  /** The first values that configure the device plugin. */
  values?: Holding & { readonly line: number };
  /** Set after a document that is nothing but values. */
  hasValues?: boolean;
}

/** One document with the way from a path in it to a line. */
interface Source {
  readonly value: Json;
  readonly lineOf: (path: readonly string[]) => number;
}

/**
 * What a file of Git says about sharing: values of the gpu-operator or device-plugin chart, a kustomization with `valuesInline`, a Flux
 * HelmRelease, an Application of Argo CD, or ConfigMap manifests; several documents count together. Nothing is thrown.
 */
export function readDeclared(file: string, source: string): DeclaredSharing {
  if (source.length > MOST_CHARACTERS) return unreadable(file, 'it is larger than 1 MiB: no values file');
  const counter = new LineCounter();
  const found: Found = { kind: 'none', configs: {}, seen: { file, lines: new Map(), maps: new Map() } };
  try {
    for (const document of parseAllDocuments(source, { lineCounter: counter, logLevel: 'error', uniqueKeys: false })) {
      const [error] = 'errors' in document ? document.errors : [];
      if (error !== undefined) {
        const [message = ''] = error.message.split('\n');
        return unreadable(file, `line ${counter.linePos(error.pos[0]).line}: ${message.replace(/ at line .*$/, '')}`);
      }
      const value: Json = document.toJS({ maxAliasCount: 100 });
      const lineOf = (path: readonly string[]) => lineAt(document.contents, path, counter);
      readDocument({ value, lineOf }, found);
    }
  } catch (error) {
    return unreadable(file, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
  const because = found.kind === 'none' ? 'it holds neither chart values with devicePlugin nor a ConfigMap' : undefined;
  const { seen: _, ...rest } = found;
  return { file, ...rest, ...(because === undefined ? {} : { because }) };
}

/** A file that says nothing, and why. */
export function unreadable(file: string, because: string): DeclaredSharing {
  return { file, kind: 'unreadable', because, configs: {} };
}

/** Plain values, aliases filled in. */
const plain: Tree<Json> = {
  at: (value, ...path) =>
    path.reduce<Json>((inner, key) => (Array.isArray(inner) ? inner[Number(key)] : at(inner, key)), value),
  items: elements,
  text: (value) => words(value),
};

function readDocument(source: Source, found: Found): void {
  const { value, lineOf } = source;
  const kind = words(at(value, 'kind'));
  if (kind === 'ConfigMap') readManifest(source, found);
  for (const place of chartValuesIn(kind, value, plain)) {
    const { holder, chart, path, values, isText } = place;
    const read = isText ? parse(text(values, MOST_CHARACTERS), { maxAliasCount: 100, logLevel: 'error' }) : values;
    const below = isText ? () => lineOf(path) : (more: readonly string[]) => lineOf([...path, ...more]);
    // A chart under another name may be one of NVIDIA's, mirrored.
    const named = gpuChartNamed(chart) ?? chartOf(read, holder === 'values');
    const isAgain = named !== undefined && isTwice(named, { value: read, lineOf: below }, holder, found);
    if (holder === 'values' && value !== null) found.seen.hasValues = true;
    if (named === undefined || isAgain) continue;
    readValues({ value: read, lineOf: below }, named, found, holder === 'Kustomization' ? 'kustomization' : 'values');
    const version = exactVersion(place);
    const keys = changedKeysIn(named, read, plain).map(
      (key): SeenKey => ({ key, line: below(key.path), ...(version === undefined ? {} : { version }) }),
    );
    if (keys.length > 0) found.changedKeys = [...(found.changedKeys ?? []), ...keys];
  }
}

/** Whether values before these configure the device plugin as well: then those stay, and it is told which of the two wins. */
function isTwice(chart: GpuChart, { value, lineOf }: Source, holder: Holding['holder'], found: Found): boolean {
  const path = [GPU_CHARTS[chart].config, ...SHARING_PATHS].find((one) => at(value, ...one) !== undefined);
  if (path === undefined) return false;
  const { file, values: before, hasValues } = found.seen;
  const here = { file, holder, line: lineOf(path) };
  const wins = whoWins(before ?? here, here);
  const because = wins === undefined ? '' : `: ${wins}`;
  if (before !== undefined)
    found.contradiction ??= `lines ${before.line} and ${here.line} both configure the device plugin${because}`;
  else if (holder === 'values' && hasValues === true)
    found.contradiction ??= `line ${here.line} configures the device plugin in a later document${because}`;
  found.seen.values ??= here;
  return before !== undefined;
}

/** Where people write `sharing`, and no template reads it. */
const SHARING_PATHS = [['devicePlugin', 'sharing'], ['sharing']] as const;

/** Whose values they may be; undefined where they say nothing of a device plugin. */
function chartOf(values: Json, isFile: boolean): GpuChart | undefined {
  const byKeys = chartByKeys(values, plain);
  if (byKeys !== undefined) return byKeys;
  if (at(values, 'devicePlugin') !== undefined) return 'gpu-operator';
  // Many a chart has a config of its own: only a file of values, which somebody named, is taken at its word.
  const hasConfig = isFile && at(values, ...GPU_CHARTS['nvidia-device-plugin'].config) !== undefined;
  return hasConfig ? 'nvidia-device-plugin' : undefined;
}

function readValues({ value, lineOf }: Source, chart: GpuChart, found: Found, kind: 'values' | 'kustomization'): void {
  const base = GPU_CHARTS[chart].config;
  const config = at(value, ...base);
  if (chartOf(value, true) === undefined) return;
  found.kind = kind;
  const name = words(at(config, 'name'));
  const defaultKey = words(at(config, 'default'));
  if (name !== undefined) found.name = name;
  if (defaultKey !== undefined) found.defaultKey = defaultKey;
  if (at(config, 'create') === true) found.isCreated = true;
  const { configs } = GPU_CHARTS[chart];
  addConfigs(at(config, configs), [...base, configs], lineOf, found);
  for (const path of [[...base, 'sharing'], ...SHARING_PATHS]) {
    const sharing = at(value, ...path);
    if (sharing === undefined || found.dropped !== undefined) continue;
    const line = lineOf(path);
    found.dropped = { line, path: path.join('.'), sharing: sharingOf(sharing) };
    const [other] = found.seen.lines.values();
    if (other !== undefined) found.contradiction ??= `lines ${other} and ${line} both set sharing`;
  }
}

function readManifest({ value, lineOf }: Source, found: Found): void {
  if (found.kind === 'none') found.kind = 'config-map';
  const name = text(at(value, 'metadata', 'name'));
  const line = lineOf(['metadata', 'name']);
  const before = name === '' ? undefined : found.seen.maps.get(name);
  if (before !== undefined)
    found.contradiction ??= `lines ${before} and ${line} both name the ConfigMap ${name}: ${TWO_MAPS}`;
  found.seen.maps.set(name, line);
  // Another ConfigMap than the one that counts may have keys of the same name.
  if (found.name !== undefined && name !== '' && name !== found.name) return;
  const count = Object.keys(found.configs).length;
  addConfigs(at(value, 'data'), ['data'], lineOf, found);
  if (Object.keys(found.configs).length > count && name !== '') found.name ??= name;
}

function addConfigs(data: Json, path: readonly string[], lineOf: Source['lineOf'], found: Found): void {
  for (const [key, value] of Object.entries(fields(data))) {
    if (typeof value !== 'string' || !isPluginConfig(value)) continue;
    const line = lineOf([...path, key]);
    const other = found.seen.lines.get(key);
    if (other !== undefined) found.contradiction ??= `lines ${other} and ${line} both set the key ${key}`;
    found.seen.lines.set(key, line);
    found.configs[key] = readPluginConfig(value);
  }
}

/** The line of a key, from 1; that of its nearest known parent where it stands in no place of its own (anchors, aliases). */
function lineAt(contents: Node | null, path: readonly string[], counter: LineCounter): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) break;
      if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = pair.value;
    } else if (typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)) {
      node = node.items[Number(step)];
    } else break;
  }
  return counter.linePos(offset).line;
}
