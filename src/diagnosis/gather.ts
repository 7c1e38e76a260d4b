import type { Evidence, Finding, Mend, Severity } from '../model/finding.ts';
import type { NodeName } from '../model/ids.ts';
import { neutralise } from '../model/neutralise.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Found, Group, TellingRule } from './rule.ts';

/** Words of a node in a title or a piece of evidence; a hostile or garbled one may be as long as an answer. */
const TEXT_KEPT = 300;

/** Lines kept of an explanation. */
const LINES_KEPT = 40;

/** Evidence kept per finding; a title tells the whole number. */
const EVIDENCE_KEPT = 1_000;

/** When each symptom was first seen, by rule, cause, node and what it is about: what must last is measured from here. */
export type FirstSeen = ReadonlyMap<string, number>;

export interface Gathered {
  readonly findings: readonly Finding[];
  readonly firstSeen: FirstSeen;
}

const RANK: { readonly [S in Severity]: number } = { critical: 0, warning: 1, notice: 2 };

/**
 * Symptoms made findings: one per cause over all nodes, worst first, then oldest. A finding that was open keeps its time, and its object
 * when nothing about it changed; the same array comes back when nothing changed at all.
 */
export function gather(
  found: readonly Found[],
  rules: ReadonlyMap<string, TellingRule>,
  previous: readonly Finding[],
  firstSeen: FirstSeen,
  nowMs: number,
): Gathered {
  if (found.length === 0 && previous.length === 0 && firstSeen.size === 0) return { findings: previous, firstSeen };
  const open = new Map(previous.map((finding) => [finding.id, finding]));
  const nextSeen = new Map<string, number>();
  const causes = new Map<string, Found[]>();
  for (const symptom of found) {
    const id = `${symptom.rule}:${symptom.cause}`;
    const sinceMs = sinceOf(id, symptom, firstSeen, nowMs);
    nextSeen.set(keyOf(id, symptom), sinceMs);
    if (!counts(symptom, open.has(id), sinceMs, nowMs)) continue;
    const list = causes.get(id);
    if (list === undefined) causes.set(id, [symptom]);
    else list.push(symptom);
  }
  const findings = [...causes].flatMap(([id, symptoms]) => {
    const rule = rules.get(symptoms[0]?.rule ?? '');
    const since = symptoms.map((symptom) => nextSeen.get(keyOf(id, symptom)) ?? nowMs);
    return rule === undefined ? [] : [findingOf(id, rule, symptoms, Math.min(...since), open.get(id))];
  });
  findings.sort((a, b) => RANK[a.severity] - RANK[b.severity] || a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1));
  const isSame = findings.length === previous.length && findings.every((finding, index) => finding === previous[index]);
  return { findings: isSame ? previous : findings, firstSeen: nextSeen };
}

function sinceOf(id: string, symptom: Found, firstSeen: FirstSeen, nowMs: number): number {
  return symptom.sinceMs ?? firstSeen.get(keyOf(id, symptom)) ?? nowMs;
}

function keyOf(id: string, { evidence, isFaint }: Found): string {
  // Faint and strong signs are timed apart: two minutes above a limit are not two minutes near it.
  return `${id}\n${evidence.node}\n${evidence.about}\n${isFaint === true}`;
}

function counts(symptom: Found, isOpen: boolean, sinceMs: number, nowMs: number): boolean {
  if (symptom.untilMs !== undefined && nowMs >= symptom.untilMs) return false;
  if (symptom.isFaint === true) return isOpen;
  // Within an open finding another symptom counts at once: it is the same cause, spreading.
  return symptom.afterMs === undefined || isOpen || nowMs - sinceMs >= symptom.afterMs;
}

function findingOf(
  id: string,
  rule: TellingRule,
  symptoms: readonly Found[],
  sinceMs: number,
  open: Finding | undefined,
): Finding {
  const { title, nextMove, explanation, mend } = rule.tell(groupOf(symptoms));
  const finding: Finding = {
    id,
    rule: rule.name,
    severity: worst(symptoms),
    title: clipped(title),
    nextMove: clipped(nextMove),
    ...(explanation === undefined ? {} : { explanation: explanation.slice(0, LINES_KEPT).map(clipped) }),
    ...(mend === undefined ? {} : { mend: harmlessMend(mend) }),
    evidence: symptoms.slice(0, EVIDENCE_KEPT).map(({ evidence }) => clippedEvidence(evidence)),
    affects: affectedBy(symptoms),
    sinceMs: open?.sinceMs ?? sinceMs,
  };
  return open !== undefined && isSameFinding(open, finding) ? open : finding;
}

/** Whole, because half of a set of nodes is another one. */
const harmlessMend = ({ action, fields }: Mend): Mend => ({
  action,
  fields: Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, neutralise(text)])),
});

function clippedEvidence(evidence: Evidence): Evidence {
  const about = clipped(evidence.about);
  const text = clipped(evidence.text);
  return about === evidence.about && text === evidence.text ? evidence : { ...evidence, about, text };
}

function clipped(text: string): string {
  const harmless = neutralise(text);
  return harmless.length <= TEXT_KEPT ? harmless : `${harmless.slice(0, TEXT_KEPT - 1)}…`;
}

function groupOf(symptoms: readonly Found[]): Group {
  const [first] = symptoms;
  if (first === undefined) throw new RangeError('a finding needs a symptom');
  const nodes = [...new Set(symptoms.map(({ evidence }) => evidence.node))];
  return {
    cause: first.cause,
    symptoms,
    nodes: foldNodes(nodes),
    nodeCount: nodes.length,
    first: first.evidence,
    word: (name) => first.words?.[name] ?? '',
  };
}

function worst(symptoms: readonly Found[]): Severity {
  if (symptoms.some(({ severity }) => severity === 'critical')) return 'critical';
  return symptoms.some(({ severity }) => severity === 'warning') ? 'warning' : 'notice';
}

function affectedBy(symptoms: readonly Found[]): readonly NodeName[] {
  const affected = symptoms.flatMap((symptom) => symptom.affects ?? []);
  return affected.length === 0 ? affected : [...new Set(affected)];
}

function isSameFinding(left: Finding, right: Finding): boolean {
  return (
    left.title === right.title &&
    left.severity === right.severity &&
    left.nextMove === right.nextMove &&
    (left.explanation ?? []).join('\n') === (right.explanation ?? []).join('\n') &&
    JSON.stringify(left.mend) === JSON.stringify(right.mend) &&
    left.evidence.length === right.evidence.length &&
    left.affects.length === right.affects.length &&
    left.affects.every((node, index) => node === right.affects[index]) &&
    left.evidence.every((evidence, index) => {
      const other = right.evidence[index];
      return evidence.node === other?.node && evidence.about === other.about && evidence.text === other.text;
    })
  );
}
