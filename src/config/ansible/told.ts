import type { Notice } from '../../model/inventory.ts';
import { foldNodes } from '../../model/node-set.ts';

/** Gathers what is worth telling of many hosts, so that equal words become one notice with a folded node set. */
export interface Told {
  readonly tell: (host: string, text: string) => void;
  /** Notices as `gpu[01-04]: …`, in order of first appearance. */
  readonly notices: (file: string) => readonly Notice[];
}

/** An empty gathering. */
export function told(): Told {
  const hosts = new Map<string, string[]>();
  return {
    tell: (host, text) => {
      const known = hosts.get(text);
      if (known === undefined) hosts.set(text, [host]);
      else known.push(host);
    },
    notices: (file) => [...hosts].map(([text, names]) => ({ file, text: `${foldNodes(names)}: ${text}` })),
  };
}
