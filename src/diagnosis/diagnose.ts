import type { Finding } from '../model/finding.ts';
import { isHeardAfter } from '../model/seen.ts';
import { type FirstSeen, gather } from './gather.ts';
import { createNodeExaminer } from './per-node.ts';
import { rules } from './registry.ts';
import type { FleetFacts, Found, Rule } from './rule.ts';

/** Facts of the whole fleet in, findings out, worst first. */
export type Diagnose = (fleet: FleetFacts, nowMs: number) => readonly Finding[];

/** The same in parts of well below a millisecond, so that whoever asks may hear a key between two of them. It is about the fleet it began with. */
export type DiagnoseInParts = (fleet: FleetFacts, nowMs: number) => Generator<undefined, readonly Finding[]>;

/**
 * A diagnosis that remembers: what each node's unchanged facts meant, and since when a symptom that must last has lasted. The same
 * array comes back while nothing changed.
 */
export function createDiagnosis(chosen: readonly Rule[] = rules): Diagnose {
  const begin = createDiagnosisInParts(chosen);
  return (fleet, nowMs) => {
    const parts = begin(fleet, nowMs);
    for (;;) {
      const part = parts.next();
      if (part.done === true) return part.value;
    }
  };
}

/** `createDiagnosis` in parts. One that was begun and left counts as not asked; whoever begins the next one leaves the last. */
export function createDiagnosisInParts(chosen: readonly Rule[] = rules): DiagnoseInParts {
  const byName = new Map(chosen.filter((rule) => rule.kind !== 'join').map((rule) => [rule.name, rule]));
  const examiner = createNodeExaminer(chosen.filter((rule) => rule.kind === 'node'));
  const laterRules = chosen.filter((rule) => rule.kind !== 'node');
  let firstSeen: FirstSeen = new Map();
  return function* inParts(fleet, nowMs) {
    let found = heard(fleet, yield* examiner.examine(fleet));
    for (const rule of laterRules) {
      yield;
      const { symptoms, explained } =
        rule.kind === 'join' ? rule.find(found) : rule.find(fleet, found, (node) => examiner.viewOf(node));
      if (symptoms.length === 0 && explained.size === 0) continue;
      const rest = explained.size === 0 ? found : found.filter((symptom) => !explained.has(symptom));
      found = [...rest, ...symptoms.map((symptom) => ({ rule: rule.name, ...symptom }))];
    }
    yield;
    const gathered = gather(found, byName, fleet.findings, firstSeen, nowMs);
    firstSeen = gathered.firstSeen;
    return gathered.findings;
  };
}

/** Symptoms without those that may be the silence of the whole node. */
function heard({ seen }: FleetFacts, found: readonly Found[]): readonly Found[] {
  if (found.every(({ heardAfterMs }) => heardAfterMs === undefined)) return found;
  return found.filter(({ heardAfterMs, evidence }) => {
    if (heardAfterMs === undefined) return true;
    const answers = seen.get(evidence.node);
    return answers !== undefined && isHeardAfter(answers, heardAfterMs);
  });
}

/** One diagnosis without memory, for a single look: what must last counts only if its facts say since when. */
export const diagnose: Diagnose = (fleet, nowMs) => createDiagnosis()(fleet, nowMs);
