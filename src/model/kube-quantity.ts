import { formatBytes } from './units.ts';

/** Suffixes of a quantity: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const FACTORS: { readonly [suffix: string]: number } = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity as Kubernetes writes it, e.g. `131900Mi`, `95500m`, `1e3`; undefined for anything else. */
export function parseQuantity(text: string): number | undefined {
  const [, figure, suffix = ''] = /^(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(FACTORS, suffix) ? FACTORS[suffix] : undefined;
  return figure === undefined || factor === undefined ? undefined : Number(figure) * factor;
}

const ARE_BYTES = /^(?:memory|ephemeral-storage|hugepages-.*)$/;

/** A quantity of a resource for people: bytes as everywhere, shares of processors as processors; what cannot be read as it came. */
export function quantityText(resource: string, text: string): string {
  const figure = parseQuantity(text);
  if (figure === undefined) return text;
  return ARE_BYTES.test(resource) ? formatBytes(figure) : String(Math.round(figure * 100) / 100);
}
