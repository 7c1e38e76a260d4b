import type { RolloutEvent, RolloutRecord } from '../model/rollout.ts';

/** What a journal holds: its records in order, and lines that are none, by number from 1. */
export interface JournalText {
  readonly records: readonly RolloutRecord[];
  readonly broken: readonly number[];
}

/** Reads whole lines; a last line without an end is not looked at, because its writer may be in the middle of it. */
export function readLines(text: string, firstLine = 1): JournalText {
  const records: RolloutRecord[] = [];
  const broken: number[] = [];
  const lines = text.split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const record = readRecord(line);
    if (record === undefined) broken.push(firstLine + index);
    else records.push(record);
  }
  return { records, broken };
}

/** One line of a journal; undefined when it is none that this muster could fold. */
export function readRecord(line: string): RolloutRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRolloutRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Test = (value: unknown) => boolean;
type Fields = { readonly [name: string]: unknown };

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Test = (value) => typeof value === 'string';
const isCount: Test = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const has =
  (tests: { readonly [name: string]: Test }): Test =>
  (value) =>
    isFields(value) && Object.entries(tests).every(([name, test]) => test(value[name]));
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every(test);

const isAuthor = has({ user: isText, host: isText });
const isLimits = has({ canary: isCount, maxUnavailable: isCount, maxFailures: isCount });
const isStep = has({ title: isText, run: has({ argv: listOf(isText) }), risk: isText });
const isStage = has({ title: isText, jobs: listOf(has({ node: isText, steps: listOf(isStep) })) });
const isPlan: Test = (value) =>
  isFields(value) && isText(value['kind']) && (value['kind'] !== 'change' || listOf(isStage)(value['stages']));
const isOutcome: Test = (value) =>
  isFields(value) && isText(value['kind']) && (value['kind'] !== 'failed' || has({ kind: isText })(value['failure']));
const isPlace = { stage: isCount, node: isText, step: isCount, attempt: isCount };

const TESTS: { readonly [K in RolloutEvent['kind']]: Test } = {
  requested: has({ id: isText, action: isText, input: isFields, author: isAuthor }),
  planned: has({ plan: isPlan }),
  started: has({ author: isAuthor, limits: isLimits }),
  waiting: has({ node: isText, because: isText }),
  'step-starting': has(isPlace),
  'step-appeared': has({ stage: isCount, node: isText, step: isCount, title: isText, does: isText }),
  'step-ended': has({ ...isPlace, outcome: isOutcome, log: has({ fromByte: isCount, toByte: isCount }) }),
  paused: has({ because: isText }),
  resumed: has({ author: isAuthor }),
  limited: has({ limits: isLimits }),
  'node-skipped': has({ node: isText }),
  aborted: has({ author: isAuthor }),
  'taken-over': has({ author: isAuthor }),
  ended: () => true,
};

function isRolloutRecord(value: unknown): value is RolloutRecord {
  if (!isFields(value) || !isCount(value['seq']) || !isCount(value['atMs'])) return false;
  const { kind } = value;
  return isKind(kind) && TESTS[kind](value);
}

const isKind = (kind: unknown): kind is RolloutEvent['kind'] => typeof kind === 'string' && Object.hasOwn(TESTS, kind);
