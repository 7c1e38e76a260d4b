import type { ChartValues } from './chart-values.ts';

/** A place that holds values of a chart: the document it is in, and the file of that. */
export interface Holding {
  readonly file: string;
  readonly holder: ChartValues<unknown>['holder'];
}

/** Of two documents of one values file. */
const DOCUMENTS = 'Helm 3 reads the first document of a file alone, Helm 4 lets the later one win';

/**
 * Which of two places with values wins where both say the same, as a clause; undefined where nobody can say. Sources: helm/helm issue 13097
 * and Helm 4's merge of documents; helm.sh, "Values Files" (the last one named wins); argo-cd.readthedocs.io, user-guide/helm
 * (parameters > valuesObject > values > valueFiles); kustomize `helmCharts` (`valuesMerge` is `override` by itself); fluxcd.io, HelmRelease
 * (`valuesFrom` is merged first, `values` over it).
 */
export function whoWins(one: Holding, other: Holding): string | undefined {
  const holders = [one.holder, other.holder];
  const isOneFile = one.file === other.file;
  if (holders.every((holder) => holder === 'values'))
    return isOneFile ? DOCUMENTS : 'of several value files Helm lets the one named last win';
  if (holders.every((holder) => holder === 'Application'))
    return isOneFile ? 'Argo CD takes valuesObject and leaves values' : undefined;
  if (!holders.includes('values')) return undefined;
  if (holders.includes('Application')) return 'Argo CD lets values and valuesObject win over valueFiles';
  if (holders.includes('Kustomization')) return 'kustomize lets valuesInline win over valuesFile';
  return 'Flux lets values win over valuesFrom';
}

/** Two ConfigMaps of one name: kustomize ends with "may not add resource with an already registered id". */
export const TWO_MAPS = 'kustomize builds no two of one name, kubectl leaves the one applied last';
