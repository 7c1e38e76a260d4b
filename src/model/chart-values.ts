/** NVIDIA's charts that bring the device plugin. */
export type GpuChart = 'gpu-operator' | 'nvidia-device-plugin';

/**
 * Where the values of each chart say what the device plugin is to take: the way to that map, and the key of the configurations in it. Source:
 * NVIDIA/gpu-operator `values.yaml`, NVIDIA/k8s-device-plugin `values.yaml`.
 */
export const GPU_CHARTS = {
  'gpu-operator': { config: ['devicePlugin', 'config'], configs: 'data' },
  'nvidia-device-plugin': { config: ['config'], configs: 'map' },
} as const satisfies {
  readonly [chart in GpuChart]: { readonly config: readonly string[]; readonly configs: string };
};

/** The chart of that name, if it is one of NVIDIA's. */
export const gpuChartNamed = (name: string | undefined): GpuChart | undefined =>
  name === 'gpu-operator' || name === 'nvidia-device-plugin' ? name : undefined;

/** A way to look into a document, whatever it was made into: plain values, or nodes that know their place. */
export interface Tree<V> {
  /** A member below, an element of a list by its number. */
  readonly at: (value: V | undefined, ...path: readonly string[]) => V | undefined;
  readonly items: (value: V | undefined) => readonly V[];
  readonly text: (value: V | undefined) => string | undefined;
}

/** Where a document holds values of a chart, or could. */
export interface ChartValues<V> {
  /** The document it stands in: values alone are a file of values. */
  readonly holder: 'values' | 'Kustomization' | 'HelmRelease' | 'Application';
  /** As the document names the chart; undefined where it names none. */
  readonly chart: string | undefined;
  readonly path: readonly string[];
  /** The values, or the text they are written in where `isText`. */
  readonly values: V;
  readonly isText: boolean;
}

/** Everywhere a document of a Git repository holds values of a chart; `kind` is the document's own, and other kinds hold none. */
export function chartValuesIn<V>(kind: string | undefined, root: V, tree: Tree<V>): readonly ChartValues<V>[] {
  /** Values under each of these ways below a part of the document that names its chart. */
  const below = (
    holder: ChartValues<V>['holder'],
    base: readonly string[],
    name: readonly string[],
    ways: readonly (readonly string[])[],
  ): readonly ChartValues<V>[] => {
    const part = tree.at(root, ...base);
    const chart = name.length === 0 ? undefined : tree.text(tree.at(part, ...name));
    return ways.flatMap((way) => {
      const values = tree.at(part, ...way);
      const isText = holder === 'Application' && way.at(-1) === 'values';
      return values === undefined ? [] : [{ holder, chart, path: [...base, ...way], values, isText }];
    });
  };
  const each = (...path: readonly string[]): readonly (readonly string[])[] =>
    tree.items(tree.at(root, ...path)).map((_, index) => [...path, String(index)]);
  switch (kind) {
    case undefined:
      return below('values', [], [], [[]]);
    case 'Kustomization':
      return each('helmCharts').flatMap((base) => below(kind, base, ['name'], [['valuesInline']]));
    case 'HelmRelease':
      return below(kind, ['spec'], ['chart', 'spec', 'chart'], [['values']]);
    case 'Application':
      return [['spec', 'source'], ...each('spec', 'sources')].flatMap((base) =>
        below(kind, base, ['chart'], APPLICATION_VALUES),
      );
    default:
      return [];
  }
}

/** Source: argo-cd.readthedocs.io, user-guide/helm. */
const APPLICATION_VALUES = [
  ['helm', 'valuesObject'],
  ['helm', 'values'],
] as const;
