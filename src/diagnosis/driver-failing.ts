import { lostCardIn } from './lost-card.ts';
import type { NodeRule } from './rule.ts';
import { messageClass, planOf, verb } from './words.ts';

/** The NVIDIA driver answers with an error, or not at all. */
export const driverFailing = {
  kind: 'node',
  name: 'driver-failing',
  title: 'GPU driver failing',
  severities: ['critical'],
  reads: ['gpus'],
  isLive: true,
  find: ({ name, facts }) => {
    const slot = facts.slots.gpus;
    if (slot?.kind !== 'failed' && slot?.kind !== 'hung') return [];
    // A card that is gone is the card's finding, though the whole tool ends with it.
    if (lostCardIn(slot) !== undefined) return [];
    const text = slot.kind === 'hung' ? 'nvidia-smi does not answer' : slot.because;
    const isHung = slot.kind === 'hung' || /no answer/i.test(text);
    return [
      {
        cause: isHung ? 'hung' : messageClass(text, name),
        severity: 'critical',
        evidence: { node: name, about: 'driver', text },
        sinceMs: slot.sinceMs,
        ...(isHung ? { heardAfterMs: slot.sinceMs } : {}),
        words: { isHung: isHung ? 'yes' : '' },
      },
    ];
  },
  tell: ({ nodes, nodeCount, first, word }) => ({
    title:
      word('isHung') === 'yes'
        ? `the GPU driver of ${nodes} does not answer`
        : `the GPU ${verb(nodeCount, 'driver of', 'drivers of')} ${nodes} ${verb(nodeCount, 'fails', 'fail')}: ${first.text}`,
    nextMove: moveFor(word('isHung') === 'yes' ? 'hung' : first.text, nodes),
  }),
} satisfies NodeRule;

function moveFor(message: string, nodes: string): string {
  if (message === 'hung')
    return `Look for Xid lines and for processes in state D on ${nodes}; a wedged driver only goes with a reboot, so drain first.`;
  if (/version mismatch/i.test(message))
    return `Run ${planOf('gpu-recover', nodes)}, which loads the modules anew, or reboot (drain first): the driver was updated under them.`;
  if (/communicate with the nvidia driver|driver is not loaded|not loaded/i.test(message)) {
    return `Load the module on ${nodes} ("modprobe nvidia"); if there is none for the running kernel, build it (dkms) and try again.`;
  }
  return `Run nvidia-smi on ${nodes} by hand and look for Xid lines in the kernel log there.`;
}
