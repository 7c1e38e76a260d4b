import { type Document, isMap, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
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
  /** Whose keys they are: NVIDIA's gpu-operator or its nvidia-device-plugin. */
  readonly chart: 'gpu-operator' | 'nvidia-device-plugin';
  readonly values: YAMLMap;
  /** `devicePlugin.config` of the operator, `config` of the plugin's own chart. */
  readonly config: YAMLMap | undefined;
}

/** A ConfigMap with configurations of the device plugin. */
export interface ConfigMapPlace extends Placed {
  readonly kind: 'config-map';
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

/** `FILE:LINE` of a node, as seen in the file itself. */
export function whereOf(at: SharingText, node: unknown): string {
  const [moved] = at.lift([{ start: startOf(node), end: startOf(node), text: '' }]);
  return `${at.file}:${lineOf(rootText(at), moved?.start ?? 0)}`;
}

/** The text of the whole file. */
const roots = new WeakMap<SharingText, SharingText>();
const rootText = (at: SharingText): string => (roots.get(at) ?? at).text;

type Chart = ValuesPlace['chart'];

function inDocument(at: SharingText, document: Document.Parsed): readonly SharingPlace[] | string {
  const root = document.contents;
  if (!isMap(root)) return [];
  switch (textAt(root, 'kind')) {
    case 'ConfigMap':
      return configMap(at, root);
    case 'Kustomization':
      return chartsOf(root).flatMap(({ chart, values }) => valuesPlace(at, values, chart));
    case 'HelmRelease': {
      const values = nodeAt(root, 'spec', 'values');
      const chart = chartNamed(textAt(root, 'spec', 'chart', 'spec', 'chart'));
      return isMap(values) && chart !== undefined ? valuesPlace(at, values, chart) : [];
    }
    case 'Application':
      return inApplication(at, root);
    case undefined:
      return textAt(root, 'version') === 'v1' && (pairOf(root, 'sharing') ?? pairOf(root, 'flags')) !== undefined
        ? [{ kind: 'plugin-config', at, root, where: whereOf(at, root) }]
        : valuesPlace(at, root, guessChart(root));
    default:
      return [];
  }
}

function configMap(at: SharingText, root: YAMLMap): readonly SharingPlace[] {
  const data = nodeAt(root, 'data');
  if (!isMap(data)) return [];
  const holds = data.items.some((pair) => isText(pair.value) && /^version:\s*["']?v1\b/m.test(pair.value.value));
  if (!holds) return [];
  return [{ kind: 'config-map', at, name: textAt(root, 'metadata', 'name') ?? '', data, where: whereOf(at, root) }];
}

const chartNamed = (name: string | undefined): Chart | undefined =>
  name === 'gpu-operator' || name === 'nvidia-device-plugin' ? name : undefined;

function chartsOf(root: YAMLMap): readonly { readonly chart: Chart; readonly values: YAMLMap }[] {
  const charts = nodeAt(root, 'helmCharts');
  if (!isSeq(charts)) return [];
  return charts.items.flatMap((item) => {
    const chart = chartNamed(textAt(item, 'name'));
    const values = nodeAt(item, 'valuesInline');
    return chart !== undefined && isMap(values) ? [{ chart, values }] : [];
  });
}

function inApplication(at: SharingText, root: YAMLMap): readonly SharingPlace[] | string {
  const spec = nodeAt(root, 'spec');
  const sources = nodeAt(spec, 'sources');
  const all: unknown[] = [nodeAt(spec, 'source'), ...(isSeq(sources) ? sources.items : [])];
  const places: SharingPlace[] = [];
  for (const source of all) {
    const chart = chartNamed(textAt(source, 'chart'));
    if (chart === undefined) continue;
    const object = nodeAt(source, 'helm', 'valuesObject');
    if (isMap(object)) places.push(...valuesPlace(at, object, chart));
    const values = nodeAt(source, 'helm', 'values');
    if (!isText(values)) continue;
    const inner = embed(at, values);
    if (typeof inner === 'string') return inner;
    const contents = inner.documents[0]?.contents;
    if (isMap(contents)) places.push(...valuesPlace(inner, contents, chart));
  }
  return places;
}

/** The text within a block of another. */
export function embed(outer: SharingText, scalar: Scalar): SharingText | string {
  const read = readBlock(outer, scalar);
  if (read.kind === 'broken') return read.because;
  roots.set(read.text, roots.get(outer) ?? outer);
  return read.text;
}

/** Whose values a plain file holds, by the keys that only one of the charts has. */
function guessChart(root: YAMLMap): Chart | undefined {
  if (isMap(nodeAt(root, 'devicePlugin', 'config'))) return 'gpu-operator';
  const config = nodeAt(root, 'config');
  if (isMap(config) && (pairOf(config, 'map') ?? pairOf(config, 'fallbackStrategies')) !== undefined)
    return 'nvidia-device-plugin';
  const ofOperator = ['driver', 'toolkit', 'operator', 'dcgmExporter', 'migManager', 'devicePlugin'];
  return ofOperator.some((key) => isMap(nodeAt(root, key))) ? 'gpu-operator' : undefined;
}

function valuesPlace(at: SharingText, values: YAMLMap, chart: Chart | undefined): readonly ValuesPlace[] {
  if (chart === undefined) return [];
  const config: Node | undefined =
    chart === 'gpu-operator' ? nodeAt(values, 'devicePlugin', 'config') : nodeAt(values, 'config');
  return [
    {
      kind: 'values',
      at,
      chart,
      values,
      config: isMap(config) ? config : undefined,
      where: whereOf(at, config ?? values),
    },
  ];
}
