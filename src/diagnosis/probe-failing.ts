import type { Slot, TargetedProbe } from '../model/observation.ts';
import type { ProbeName } from '../model/probe.ts';
import { wishOf } from '../model/wishes.ts';
import { BROKEN, hungSince } from './hung-usage.ts';
import type { NodeRule, NodeView, Symptom } from './rule.ts';
import { listed, messageClass } from './words.ts';

/** One failure may be chance. */
const PERIODS = 3;
/** Where the inventory sets no period. The slow questions come every 10 min, yet half an hour is long to wait with a fault. */
const PERIOD_MS = 30_000;

type Question = Exclude<ProbeName, TargetedProbe | 'gpus'>;

/** What each question is about, as an operator says it. The driver's and the filesystems' questions have rules of their own. */
const QUESTIONS = [
  ['identity', 'what runs there'],
  ['clock', 'the clock'],
  ['privilege', 'sudo'],
  ['tools', 'the tools'],
  ['load', 'the load'],
  ['mounts', 'the mount table'],
  ['nfsStats', 'NFS statistics'],
  ['exports', 'exports'],
  ['nfsServer', 'the NFS server'],
  ['blockDevices', 'disks'],
  ['units', 'systemd units'],
  ['gpuDriver', 'the GPU driver'],
  ['gpuProcesses', 'GPU processes'],
  ['usb', 'USB devices'],
  ['kernelLog', 'the kernel log'],
] as const satisfies readonly (readonly [Question, string])[];

const ABOUT: ReadonlyMap<string, string> = new Map(QUESTIONS);

/** Questions that fail or hang for several periods, gathered over the nodes with the same message. */
export const probeFailing = {
  kind: 'node',
  name: 'probe-failing',
  title: 'Question without answer',
  severities: ['warning', 'notice'],
  reads: ['privilege'],
  readsFailures: [...QUESTIONS.map(([probe]) => probe), 'usage', 'directories'],
  isLive: true,
  find: (node) => [
    ...usageSymptoms(node),
    ...directorySymptoms(node),
    ...QUESTIONS.flatMap(([probe]): readonly Symptom[] => {
      const slot = node.facts.slots[probe];
      if (slot?.kind === 'failed' && isExplained(node, slot.because)) return [];
      return slot?.kind === 'failed' || slot?.kind === 'hung' ? [symptomOf(node, probe, probe, slot)] : [];
    }),
  ],
  tell: ({ nodes, symptoms, first, word }) => {
    const questions = listed(symptoms.map(({ evidence }) => ABOUT.get(evidence.about) ?? evidence.about));
    return word('isHung') === 'yes'
      ? {
          title: `no answer about ${questions} from ${nodes}`,
          nextMove: `Look for processes in state D on ${nodes}: a disk, a driver or a mount does not answer them, or ${nodes} is very busy. The view "Slow probes" (:probes) says for how long.`,
        }
      : {
          title: `${questions} cannot be read on ${nodes}: ${first.text}`,
          nextMove: `Look at ${nodes} in the view "Slow probes" (:probes), which says why; the last good values stay on the screen with their age.`,
        };
  },
} satisfies NodeRule;

/** Mounts that hang or are broken have rules of their own; what is left could not be asked or read. */
function usageSymptoms(node: NodeView): readonly Symptom[] {
  return Object.entries(node.facts.usage).flatMap(([target, slot]) =>
    slot.kind !== 'failed' || hungSince(slot) !== undefined || BROKEN.test(slot.because)
      ? []
      : [symptomOf(node, 'usage', `usage of ${target}`, slot)],
  );
}

/** Directories that hang do so with their mount, which is told as such. */
function directorySymptoms(node: NodeView): readonly Symptom[] {
  return Object.entries(node.facts.directories ?? {}).flatMap(([target, slot]) =>
    slot.kind === 'failed' ? [symptomOf(node, 'directories', `directories of ${target}`, slot)] : [],
  );
}

function symptomOf(
  node: NodeView,
  probe: ProbeName,
  about: string,
  slot: Extract<Slot<unknown>, { kind: 'failed' | 'hung' }>,
): Symptom {
  const isHung = slot.kind === 'hung' || /no answer/i.test(slot.because);
  const text = slot.kind === 'hung' ? 'no answer' : slot.because;
  return {
    cause: `${probe}:${isHung ? 'hung' : messageClass(text, node.name)}`,
    severity: isHung ? 'warning' : 'notice',
    evidence: { node: node.name, about, text },
    sinceMs: slot.sinceMs,
    ...(isHung ? { heardAfterMs: slot.sinceMs } : {}),
    afterMs: PERIODS * periodOf(node, probe),
    words: { isHung: isHung ? 'yes' : '' },
  };
}

/** What root alone may read fails on every node where muster may not be root; that is told once, as such. */
function isExplained({ facts }: NodeView, because: string): boolean {
  const privilege = facts.slots.privilege;
  if (privilege?.kind !== 'ok' || privilege.value.kind !== 'refused') return false;
  return /permi(tted|ssion)|refused|sudo|root/i.test(because);
}

function periodOf({ inventory, name }: NodeView, probe: ProbeName): number {
  const nodeClass = wishOf(inventory, name)?.node.class ?? 'default';
  return inventory.pollEveryMs[nodeClass]?.[probe] ?? inventory.pollEveryMs['default']?.[probe] ?? PERIOD_MS;
}
