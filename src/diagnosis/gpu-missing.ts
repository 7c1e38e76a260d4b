import { gpuDrift } from '../model/gpu-drift.ts';
import { goodValueOf } from '../model/observation.ts';
import { wishOf } from '../model/wishes.ts';
import type { NodeRule, NodeView } from './rule.ts';

/** Fewer GPUs than declared, or than the PCI bus shows. A driver that does not answer at all is another finding. */
export const gpuMissing = {
  kind: 'node',
  name: 'gpu-missing',
  title: 'GPU missing',
  severities: ['critical'],
  reads: ['gpus', 'gpuDriver'],
  find: (node) => {
    const slot = node.facts.slots.gpus;
    if (slot?.kind !== 'ok' && slot?.kind !== 'absent') return [];
    const seen = slot.kind === 'ok' ? slot.value.length : 0;
    const onBus = goodValueOf(node.facts.slots.gpuDriver)?.pciGpuCount;
    const declared = declaredCount(node);
    const wished = declared ?? onBus ?? 0;
    if (seen >= wished) return [];
    const reason = slot.kind === 'absent' ? ` (${slot.because})` : '';
    const bus = onBus === undefined ? '' : `, the PCI bus shows ${onBus}`;
    const text = `${seen} of ${wished} GPUs answer${reason}${bus}`;
    return [
      {
        cause: node.name,
        severity: 'critical',
        evidence: { node: node.name, about: 'gpus', text },
        words: {
          isOnBus: onBus !== undefined && onBus >= wished ? 'yes' : '',
          isDeclared: declared === undefined ? '' : 'yes',
        },
      },
    ];
  },
  tell: ({ first, word }) => ({
    title: `${first.node} misses a GPU: ${first.text}`,
    nextMove:
      word('isOnBus') === 'yes'
        ? `Look for Xid lines in the kernel log of ${first.node}, drain it, then reset the GPU or reboot: the card is on the bus, but the driver lost it.`
        : `Drain and power-cycle ${first.node}; if the card stays away, reseat or replace it${word('isDeclared') === 'yes' ? ', or correct the count in the inventory' : ''}.`,
  }),
} satisfies NodeRule;

function declaredCount({ inventory, facts }: NodeView): number | undefined {
  const wish = wishOf(inventory, facts.name);
  return wish === undefined ? undefined : gpuDrift(wish, facts)?.wished;
}
