import { goodValueOf } from '../model/observation.ts';
import type { NodeRule } from './rule.ts';
import { planOf } from './words.ts';

/** A node that exports something while no thread of its NFS server runs: every client will hang. */
export const nfsdDown = {
  kind: 'node',
  name: 'nfsd-down',
  title: 'NFS server stopped',
  severities: ['critical'],
  reads: ['nfsServer', 'exports'],
  isLive: true,
  find: ({ name, facts }) => {
    const server = goodValueOf(facts.slots.nfsServer);
    const exported = goodValueOf(facts.slots.exports)?.kernel ?? [];
    if (server === undefined || server.threads > 0 || exported.length === 0) return [];
    const evidence = { node: name, about: 'nfsd', text: `0 threads serve ${exported.length} export clauses` };
    return [{ cause: name, severity: 'critical', evidence }];
  },
  tell: ({ nodes }) => ({
    title: `the NFS server of ${nodes} is stopped although it has exports`,
    nextMove: `Run ${planOf('service', nodes, '--unit', 'nfs-server', '--do', 'start')}, and look there for why it stopped.`,
  }),
} satisfies NodeRule;
