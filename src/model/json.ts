/** A value of an object of the API server, of which nothing is certain. */
export type Json = unknown;

type Fields = { readonly [key: string]: Json };

const NONE: Fields = {};

/** The members of an object; none of anything else. */
export const fields = (value: Json): Fields => (isRecord(value) ? value : NONE);

/** The elements of a list; none of anything else. */
export const elements = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

/** A member below: `at(pod, 'status', 'phase')`. */
export const at = (value: Json, ...path: readonly string[]): Json =>
  path.reduce<Json>((inner, key) => (isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value);

/** Text, cut at a length no name or sentence of a cluster needs; empty where there is none. */
export const text = (value: Json, most = 400): string => (typeof value === 'string' ? value.slice(0, most) : '');

/** Text, or undefined where there is none. */
export const words = (value: Json, most?: number): string | undefined => text(value, most) || undefined;

/** A whole number as JSON or as text (quantities of extended resources are whole); 0 for anything else. */
export function whole(value: Json): number {
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : 0;
}

/** A map of texts, as labels and selectors are; at most so many. */
export function texts(value: Json, most = 512): { readonly [key: string]: string } {
  const entries = Object.entries(fields(value)).slice(0, most);
  return Object.fromEntries(entries.map(([key, item]) => [key.slice(0, 400), text(item)]));
}

/** Who declares an object, where it says so: Argo CD's tracking, Flux or the Helm release. */
export function ownerOf(metadata: Json): string | undefined {
  const annotations = at(metadata, 'annotations');
  const labels = at(metadata, 'labels');
  const tracking = text(at(annotations, 'argocd.argoproj.io/tracking-id')).split(':')[0];
  const argo = tracking || text(at(labels, 'argocd.argoproj.io/instance'));
  if (argo) return `Argo CD application ${argo}`;
  const flux = ['helm', 'kustomize'].flatMap((kind) => words(at(labels, `${kind}.toolkit.fluxcd.io/name`)) ?? []);
  if (flux[0] !== undefined) return `Flux ${flux[0]}`;
  const release = text(at(annotations, 'meta.helm.sh/release-name'));
  return release ? `Helm release ${release}` : undefined;
}

const isRecord = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
