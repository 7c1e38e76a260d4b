import { describeDifferences } from '../model/comparison.ts';
import type { ConditionRules } from '../model/condition.ts';
import { exportOptionDifferences, isSameClient } from '../model/export-drift.ts';
import type { ExportEntry } from '../model/facts.ts';
import { emptyInventory } from '../model/inventory.ts';
import { trimmed } from '../model/storage-source.ts';
import { ask, fails, HOLDS, onFact, unless } from './verdicts.ts';

/** A condition knows no inventory: clients are compared as they are written. */
const NO_INVENTORY = emptyInventory('');

/** What is asked of a node as an NFS server: the kernel's table, never the files. */
export const exportRules = {
  exported: {
    needs: () => [ask('exports')],
    judge: ({ path, client, options }, seen) =>
      onFact(
        seen,
        'exports',
        ({ kernel }) => {
          if (kernel === undefined) return { kind: 'unknown', because: "the kernel's export table needs root" };
          const entry = kernel.find((candidate) => isOf(candidate, path, client));
          if (entry === undefined) return fails(`the kernel does not export ${path} to ${client}`);
          const differences = exportOptionDifferences(options, entry.options);
          return unless(differences.length === 0 ? undefined : `${path}: ${describeDifferences(differences)}`);
        },
        fails,
      ),
    words: ({ path, client }) => `${path} is exported to ${client}`,
  },
  'not-exported': {
    needs: () => [ask('exports')],
    judge: ({ path, client }, seen) =>
      onFact(
        seen,
        'exports',
        ({ kernel }) => {
          if (kernel === undefined) return { kind: 'unknown', because: "the kernel's export table needs root" };
          const entry = kernel.find((candidate) => isOf(candidate, path, client ?? candidate.client));
          return unless(entry === undefined ? undefined : `${path} is exported to ${entry.client}`);
        },
        () => HOLDS,
      ),
    words: ({ path, client }) => `${path} is not exported${client === undefined ? '' : ` to ${client}`}`,
  },
  'nfsd-threads': {
    needs: () => [ask('nfsServer')],
    judge: ({ least }, seen) =>
      onFact(
        seen,
        'nfsServer',
        ({ threads }) => (threads >= least ? HOLDS : fails(`the kernel's NFS server has ${threads} threads`)),
        fails,
      ),
    words: ({ least }) => `the kernel's NFS server has at least ${least} threads`,
  },
} satisfies Pick<ConditionRules, 'exported' | 'not-exported' | 'nfsd-threads'>;

function isOf(entry: ExportEntry, path: string, client: string): boolean {
  if (trimmed(entry.path) !== trimmed(path)) return false;
  return isSameClient(NO_INVENTORY, entry.client, client) || isFullNameOf(entry.client, client);
}

/** exportfs(8) looks names up and keeps the full one: `gpu01.example.org` for `gpu01`. */
const isFullNameOf = (seen: string, wished: string): boolean =>
  /^[A-Za-z][A-Za-z0-9-]*$/.test(wished) && seen.toLowerCase().startsWith(`${wished.toLowerCase()}.`);
