import { isUnder } from '../model/storage-source.ts';
import type { Found, JoinRule } from './rule.ts';

/**
 * A full share and the full disk under it are one cause: the clients' signs join the server's finding. Clients see the path the server
 * exports, so it is compared with the server's own mount points.
 */
export const shareFilling = {
  kind: 'join',
  name: 'share-filling',
  title: 'Share on a filling disk',
  find: (found) => {
    const filling = found.filter(({ rule }) => rule === 'disk-filling');
    const pairs = filling.flatMap((symptom) => {
      const disk = diskUnder(symptom, filling);
      return disk === undefined ? [] : [{ symptom, disk }];
    });
    return {
      symptoms: pairs.map(({ symptom, disk }) => ({
        ...symptom,
        cause: disk.cause,
        affects: [symptom.evidence.node],
      })),
      explained: new Set(pairs.map(({ symptom }) => symptom)),
    };
  },
} satisfies JoinRule;

function diskUnder(symptom: Found, filling: readonly Found[]): Found | undefined {
  const { server, path, what } = symptom.words ?? {};
  if (server === undefined || path === undefined) return undefined;
  const disks = filling.filter(
    ({ evidence, words }) =>
      evidence.node === server &&
      words?.['what'] === what &&
      words?.['server'] === undefined &&
      isUnder(path, evidence.about),
  );
  // The innermost mount point is the disk the path lies on.
  return disks.toSorted((a, b) => b.evidence.about.length - a.evidence.about.length)[0];
}
