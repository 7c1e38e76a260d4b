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

/** Whose values they are by a key that only one of the charts has; both have `devicePlugin` (its own chart `devicePlugin.enabled` alone). */
export function chartByKeys<V>(values: V, { at }: Tree<V>): GpuChart | undefined {
  if (at(values, ...GPU_CHARTS['gpu-operator'].config) !== undefined) return 'gpu-operator';
  const { config, configs } = GPU_CHARTS['nvidia-device-plugin'];
  const isPlugin = [configs, 'fallbackStrategies'].some((key) => at(values, ...config, key) !== undefined);
  return isPlugin ? 'nvidia-device-plugin' : undefined;
}

/** Where a document holds values of a chart, or could. */
export interface ChartValues<V> {
  /** The document it stands in: values alone are a file of values. */
  readonly holder: 'values' | 'Kustomization' | 'HelmRelease' | 'Application';
  /** As the document names the chart; undefined where it names none. */
  readonly chart: string | undefined;
  /** The version of it that the document names, or a range of them. */
  readonly version: string | undefined;
  readonly path: readonly string[];
  /** The values, or the text they are written in where `isText`. */
  readonly values: V;
  readonly isText: boolean;
}

/** Where a part of a document says which chart its values are for, and which version of it. */
interface Naming {
  readonly chart?: readonly string[];
  readonly version?: readonly string[];
}

/** Source: fluxcd.io, HelmRelease, `spec.chart.spec`. */
const RELEASE: Naming = { chart: ['chart', 'spec', 'chart'], version: ['chart', 'spec', 'version'] };

/** Everywhere a document of a Git repository holds values of a chart; `kind` is the document's own, and other kinds hold none. */
export function chartValuesIn<V>(kind: string | undefined, root: V, tree: Tree<V>): readonly ChartValues<V>[] {
  /** Values under each of these ways below a part of the document that names its chart. */
  const below = (
    holder: ChartValues<V>['holder'],
    base: readonly string[],
    name: Naming,
    ways: readonly (readonly string[])[],
  ): readonly ChartValues<V>[] => {
    const part = tree.at(root, ...base);
    const said = (path: readonly string[] | undefined): string | undefined =>
      path === undefined ? undefined : tree.text(tree.at(part, ...path));
    const [chart, version] = [said(name.chart), said(name.version)];
    return ways.flatMap((way) => {
      const values = tree.at(part, ...way);
      const isText = holder === 'Application' && way.at(-1) === 'values';
      return values === undefined ? [] : [{ holder, chart, version, path: [...base, ...way], values, isText }];
    });
  };
  const each = (...path: readonly string[]): readonly (readonly string[])[] =>
    tree.items(tree.at(root, ...path)).map((_, index) => [...path, String(index)]);
  switch (kind) {
    case undefined:
      return below('values', [], {}, [[]]);
    case 'Kustomization':
      return each('helmCharts').flatMap((base) =>
        below(kind, base, { chart: ['name'], version: ['version'] }, [['valuesInline']]),
      );
    case 'HelmRelease':
      return below(kind, ['spec'], RELEASE, [['values']]);
    case 'Application':
      return [['spec', 'source'], ...each('spec', 'sources')].flatMap((base) =>
        below(kind, base, { chart: ['chart'], version: ['targetRevision'] }, APPLICATION_VALUES),
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
