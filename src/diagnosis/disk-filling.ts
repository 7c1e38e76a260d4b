import type { Usage } from '../model/facts.ts';
import { isStorageFilesystem } from '../model/filesystem-types.ts';
import type { Severity } from '../model/finding.ts';
import { goodValueOf } from '../model/observation.ts';
import { formatBytes, formatRatio } from '../model/units.ts';
import type { NodeRule, NodeView, Symptom } from './rule.ts';
import { remoteAt } from './words.ts';

/** Full enough to plan for, and full enough to act now; the usual thresholds of disk checks. */
const WARNING_RATIO = 0.9;
const CRITICAL_RATIO = 0.95;
/** A finding closes below this only, so that a disk at the threshold does not flap. */
const CLOSING_RATIO = 0.88;

/** Filesystems that run out of space or of inodes. A share is one cause however many nodes mount it. */
export const diskFilling = {
  kind: 'node',
  name: 'disk-filling',
  title: 'Disk filling',
  severities: ['critical', 'warning'],
  reads: ['usage', 'mounts'],
  find: (node) =>
    Object.values(node.facts.usage).flatMap((slot) => {
      const usage = goodValueOf(slot);
      return usage === undefined ? [] : symptomsOf(node, usage);
    }),
  tell: ({ nodes, nodeCount, first, word }) => {
    const isShare = word('server') !== '';
    const where = isShare
      ? `${word('where')}${nodeCount > 0 ? ` (on ${nodes})` : ''}`
      : `${first.about} on ${first.node}`;
    return {
      title: `${where} is ${first.text}`,
      nextMove:
        word('what') === 'inodes'
          ? `Remove small files from ${word('where')}, or move them to a filesystem with more inodes: no file can be made once they are out.`
          : `Free space on ${word('where')} or grow it: writes fail once it is full.`,
    };
  },
} satisfies NodeRule;

function symptomsOf(node: NodeView, usage: Usage): readonly Symptom[] {
  const mount = goodValueOf(node.facts.slots.mounts)?.findLast((candidate) => candidate.target === usage.target);
  // A read-only image is always full.
  if (mount === undefined || !isStorageFilesystem(mount.fsType) || mount.options.includes('ro')) return [];
  const usable = usage.usedBytes + usage.availableBytes;
  const space = usable > 0 ? usage.usedBytes / usable : 0;
  const inodes = usage.inodes > 0 ? 1 - usage.inodesFree / usage.inodes : 0;
  if (!(space >= CLOSING_RATIO || inodes >= CLOSING_RATIO)) return [];
  const remote = remoteAt(node, usage.target);
  const where = remote === undefined ? `${node.name}:${usage.target}` : `${remote.server}:${remote.path}`;
  const symptom = (what: string, ratio: number, text: string): readonly Symptom[] => {
    if (!(ratio >= CLOSING_RATIO)) return [];
    return [
      {
        cause: what === 'space' ? where : `${where}:${what}`,
        severity: severityOf(ratio),
        isFaint: ratio < WARNING_RATIO,
        evidence: { node: node.name, about: usage.target, text },
        words: {
          what,
          where,
          target: usage.target,
          ...(remote === undefined ? {} : { server: remote.server, path: remote.path }),
        },
      },
    ];
  };
  return [
    ...symptom('space', space, `${formatRatio(space)} full (${formatBytes(usage.availableBytes)} left)`),
    ...symptom('inodes', inodes, `${formatRatio(inodes)} full of inodes (${usage.inodesFree} left)`),
  ];
}

const severityOf = (ratio: number): Severity => (ratio >= CRITICAL_RATIO ? 'critical' : 'warning');
