import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { changedKeysIn, exactVersion, isDropped } from '../model/chart-keys.ts';
import {
  type ChartValues,
  chartByKeys,
  chartValuesIn,
  GPU_CHARTS,
  type GpuChart,
  gpuChartNamed,
  type Tree,
} from '../model/chart-values.ts';
import { lineOf, nodeAt, pairOf, type SharingText, startOf, textAt } from './splice.ts';
import { isText, readBlock, readText } from './text.ts';

/** Where a node stands: its text and, for people, the file and line. */
interface Placed {
  readonly at: SharingText;
  /** `infrastructure/values.yaml:12`. */
  readonly where: string;
}

/** Values of a chart; both charts point to configurations of the device plugin, under other names. */
export interface ValuesPlace extends Placed {
  readonly kind: 'values';
  /** The document the values are in. */
  readonly holder: ChartValues<unknown>['holder'];
  /** Whose keys they are: NVIDIA's gpu-operator or its nvidia-device-plugin. */
  readonly chart: GpuChart;
  /** The one version of it that the document names. */
  readonly version?: string;
  readonly values: YAMLMap;
  /** Where the chart has it (`GPU_CHARTS`). */
  readonly config: YAMLMap | undefined;
}

/** A ConfigMap with configurations of the device plugin. */
export interface ConfigMapPlace extends Placed {
  readonly kind: 'config-map';
  readonly namespace: string;
  readonly name: string;
  readonly data: YAMLMap;
}

/** A configuration of the device plugin as a file of its own, as kustomize's generators take it. */
export interface PluginPlace extends Placed {
  readonly kind: 'plugin-config';
  readonly root: YAMLMap;
}

/** A place in which GPU sharing is declared, or could be. */
export type SharingPlace = ValuesPlace | ConfigMapPlace | PluginPlace;

/** What the files hold, or the sentence about the first that cannot be read. */
export type FoundPlaces =
  | { readonly kind: 'found'; readonly places: readonly SharingPlace[] }
  | { readonly kind: 'broken'; readonly because: string };

/** A file of a clone. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

/** Everything in these files in which sharing is declared or could be. */
export function findPlaces(files: readonly RepositoryFile[]): FoundPlaces {
  const places: SharingPlace[] = [];
  for (const { path, text } of files) {
    const read = readText(path, text);
    if (read.kind === 'broken') return read;
    for (const document of read.text.documents) {
      const found = inDocument(read.text, document);
      if (typeof found === 'string') return { kind: 'broken', because: found };
      places.push(...found);
    }
  }
  return { kind: 'found', places };
}

/**
 * Keys of the values in these files that the chart's version does not read: of the one their document names, else of the one that is installed.
 * Helm drops them without a word, so what is written under them has no effect. One line each, with what to do.
 */
export function unreadKeys(
  files: readonly RepositoryFile[],
  installed: (chart: GpuChart) => string | undefined,
): readonly string[] {
  const found = findPlaces(files);
  if (found.kind === 'broken') return [];
  return found.places.flatMap((place) => {
    if (place.kind !== 'values') return [];
    const { at, chart, values, version = installed(chart) } = place;
    if (version === undefined) return [];
    return changedKeysIn<Node>(chart, values, nodes)
      .filter((key) => isDropped(key, version))
      .map(({ path, instead }) => {
        const pair = pairOf(nodeAt(values, ...path.slice(0, -1)) ?? values, path.at(-1) ?? '');
        return `${whereOf(at, pair?.key)}: ${chart} ${version} does not read ${path.join('.')}; ${instead}`;
      });
  });
}

/** `FILE:LINE` of a node, as seen in the file itself. */
export function whereOf(at: SharingText, node: unknown): string {
  const [moved] = at.lift([{ start: startOf(node), end: startOf(node), text: '' }]);
  return `${at.file}:${lineOf(rootText(at), moved?.start ?? 0)}`;
}

/** The text of the whole file. */
const roots = new WeakMap<SharingText, SharingText>();
const rootText = (at: SharingText): string => (roots.get(at) ?? at).text;

/** YAML nodes, which know where they stand. */
const nodes: Tree<Node> = {
  at: (value, ...path) =>
    path.reduce<Node | undefined>((node, key) => (isSeq(node) ? itemOf(node, Number(key)) : nodeAt(node, key)), value),
  items: (value) => (isSeq(value) ? value.items.flatMap((_, index) => itemOf(value, index) ?? []) : []),
  text: (value) => (isScalar(value) && value.value !== null ? String(value.value) : undefined),
};

const itemOf = (list: YAMLSeq, index: number): Node | undefined => {
  const item = list.items[index];
  return isNode(item) ? item : undefined;
};

function inDocument(at: SharingText, document: Document.Parsed): readonly SharingPlace[] | string {
  const root = document.contents;
  if (!isMap(root)) return [];
  const kind = textAt(root, 'kind');
  if (kind === 'ConfigMap') return configMap(at, root);
  if (kind === undefined && textAt(root, 'version') === 'v1' && (pairOf(root, 'sharing') ?? pairOf(root, 'flags')))
    return [{ kind: 'plugin-config', at, root, where: whereOf(at, root) }];
  const places: SharingPlace[] = [];
  for (const found of chartValuesIn<Node>(kind, root, nodes)) {
    const { holder, chart: name, values, isText: isWritten } = found;
    const chart = holder === 'values' ? guessChart(root) : gpuChartNamed(name);
    if (chart === undefined) continue;
    const version = exactVersion(found);
    const named = { chart, holder, ...(version === undefined ? {} : { version }) };
    if (!isWritten) {
      if (isMap(values)) places.push(valuesPlace(at, values, named));
      continue;
    }
    const inner = isText(values) ? embed(at, values) : undefined;
    if (typeof inner === 'string') return inner;
    const contents = inner?.documents[0]?.contents;
    if (inner !== undefined && isMap(contents)) places.push(valuesPlace(inner, contents, named));
  }
  return places;
}

function configMap(at: SharingText, root: YAMLMap): readonly SharingPlace[] {
  const data = nodeAt(root, 'data');
  if (!isMap(data)) return [];
  const holds = data.items.some((pair) => isText(pair.value) && /^version:\s*["']?v1\b/m.test(pair.value.value));
  if (!holds) return [];
  const [name = '', namespace = ''] = ['name', 'namespace'].map((key) => textAt(root, 'metadata', key));
  return [{ kind: 'config-map', at, namespace, name, data, where: whereOf(at, root) }];
}

/** The text within a block of another. */
export function embed(outer: SharingText, scalar: Scalar): SharingText | string {
  const read = readBlock(outer, scalar);
  if (read.kind === 'broken') return read.because;
  roots.set(read.text, roots.get(outer) ?? outer);
  return read.text;
}

/** Whose values a plain file holds, by the keys that only one of the charts has. */
function guessChart(root: YAMLMap): GpuChart | undefined {
  const byKeys = chartByKeys<Node>(root, nodes);
  if (byKeys !== undefined) return byKeys;
  const ofOperator = ['driver', 'toolkit', 'operator', 'dcgmExporter', 'migManager', 'devicePlugin'];
  return ofOperator.some((key) => isMap(nodeAt(root, key))) ? 'gpu-operator' : undefined;
}

function valuesPlace(
  at: SharingText,
  values: YAMLMap,
  named: Pick<ValuesPlace, 'chart' | 'holder' | 'version'>,
): ValuesPlace {
  const { chart } = named;
  const config = nodeAt(values, ...GPU_CHARTS[chart].config);
  return {
    kind: 'values',
    at,
    ...named,
    values,
    config: isMap(config) ? config : undefined,
    where: whereOf(at, config ?? values),
  };
}
