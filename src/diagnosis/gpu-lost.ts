import type { Found, JoinRule } from './rule.ts';

/** The Xid of a card that fell off the bus. */
const FALLEN_XID = '79';

/** A lost card shows three times: too few cards answer, the kernel saw it fall, and the driver wrote an Xid. It is one finding. */
export const gpuLost = {
  kind: 'join',
  name: 'gpu-lost',
  title: 'Lost GPU seen from several sides',
  find: (found) => {
    const failing = new Set(found.filter(({ rule }) => rule === 'gpu-failing').map(({ evidence }) => evidence.node));
    const missing = new Set(found.filter(({ rule }) => rule === 'gpu-missing').map(({ evidence }) => evidence.node));
    const moved = found.flatMap((symptom) => {
      const { node } = symptom.evidence;
      const rule = missing.has(node) ? 'gpu-missing' : 'gpu-failing';
      const isMoved = missing.has(node) ? isFallen(symptom) || isXid(symptom) : failing.has(node) && isXid(symptom);
      return isMoved ? [{ from: symptom, to: { ...symptom, rule, cause: node } }] : [];
    });
    return { symptoms: moved.map(({ to }) => to), explained: new Set(moved.map(({ from }) => from)) };
  },
} satisfies JoinRule;

const isXid = ({ rule, cause }: Found): boolean => rule === 'xid' && cause === FALLEN_XID;
const isFallen = ({ rule, words }: Found): boolean => rule === 'gpu-failing' && words?.['isFallen'] === 'yes';
