import type { ChartValues, GpuChart, Tree } from './chart-values.ts';
import type { Severity } from './finding.ts';

/** A key of a chart's values that some versions of the chart read and others do not. */
export interface ChangedKey {
  readonly chart: GpuChart;
  readonly path: readonly string[];
  /** The first version that no longer reads it. */
  readonly goneSince?: string;
  /** The first version that reads it. */
  readonly readSince?: string;
  readonly severity: Severity;
  /** What to do, as an imperative clause. */
  readonly instead: string;
}

/**
 * Keys that NVIDIA renamed, took away or brought, as far as a release note, a changelog or the chart itself says so. No template fails over them:
 * Helm hands every key to the templates, and one that none of them reads is dropped without a word. Sources, in the order of the entries:
 * docs.nvidia.com gpu-operator "Common Chart Customization Options" (deprecated as of v25.3.0, ignored) and the comment in the chart's
 * `values.yaml`; NVIDIA/gpu-operator pull requests 1462 and 1470 (the node-feature-discovery chart 0.17 has no such key);
 * NVIDIA/k8s-device-plugin pull request 1504 (without effect since v0.18.0); its `CHANGELOG.md` at v0.15.0-rc.1 and at v0.12.0-rc.4.
 */
export const CHANGED_KEYS: readonly ChangedKey[] = [
  {
    chart: 'gpu-operator',
    path: ['driver', 'useOpenKernelModules'],
    goneSince: 'v25.3.0',
    severity: 'warning',
    instead: 'write driver.kernelModuleType (open, proprietary or auto)',
  },
  {
    chart: 'gpu-operator',
    path: ['node-feature-discovery', 'enableNodeFeatureApi'],
    goneSince: 'v25.3.1',
    severity: 'notice',
    instead: 'take it out, the NodeFeature API is always on',
  },
  {
    chart: 'nvidia-device-plugin',
    path: ['nfd', 'enableNodeFeatureApi'],
    goneSince: 'v0.18.0',
    severity: 'notice',
    instead: 'take it out, the NodeFeature API is always on',
  },
  {
    chart: 'nvidia-device-plugin',
    path: ['legacyDaemonsetAPI'],
    goneSince: 'v0.15.0',
    severity: 'notice',
    instead: 'take it out, only Kubernetes before 1.16 needed it',
  },
  {
    chart: 'nvidia-device-plugin',
    path: ['config'],
    readSince: 'v0.12.0',
    severity: 'critical',
    instead: 'take version v0.12.0 or a newer one of the chart, the first that shares GPUs',
  },
];

/** A changed key that a file sets, with its line. */
export interface SeenKey {
  readonly key: ChangedKey;
  readonly line: number;
  /** The version of the chart the file itself names. */
  readonly version?: string;
}

/** The changed keys that values set; whether the version of the chart reads them is another question. */
export const changedKeysIn = <V>(chart: GpuChart, values: V, tree: Tree<V>): readonly ChangedKey[] =>
  CHANGED_KEYS.filter((key) => key.chart === chart && tree.at(values, ...key.path) !== undefined);

/** The version a document names, where it is one version; a range of several says nothing. */
export const exactVersion = ({ version }: Pick<ChartValues<unknown>, 'version'>): string | undefined =>
  version === undefined || numbersOf(version) === undefined ? undefined : version;

/** Whether a version of the chart drops the key without a word; a version nobody can read drops none. */
export function isDropped({ goneSince, readSince }: ChangedKey, version: string): boolean {
  const isBefore = (other: string): boolean | undefined => {
    const [left, right] = [numbersOf(version), numbersOf(other)];
    if (left === undefined || right === undefined) return undefined;
    const index = left.findIndex((number, at) => number !== right[at]);
    return index >= 0 && (left[index] ?? 0) < (right[index] ?? 0);
  };
  return (
    (goneSince !== undefined && isBefore(goneSince) === false) ||
    (readSince !== undefined && isBefore(readSince) === true)
  );
}

/** Major, minor and patch of `v25.3.0`, `0.18.0` or `0.18.x`, without what follows; undefined for a range. */
function numbersOf(version: string): readonly number[] | undefined {
  const [, major, minor, patch] =
    /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}|x|\*))?(?:[-+][\w.+-]*)?$/.exec(version.trim()) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return [Number(major), Number(minor), Number(patch ?? 0) || 0];
}

/** The version in the label `helm.sh/chart` of an object that this chart made: `gpu-operator-v25.3.0`. */
export function versionInLabel(chart: GpuChart, label: string | undefined): string | undefined {
  if (label?.startsWith(`${chart}-`) !== true) return undefined;
  const version = label.slice(chart.length + 1);
  return numbersOf(version) === undefined ? undefined : version;
}
