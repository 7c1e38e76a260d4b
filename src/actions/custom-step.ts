import { judgeAll, wordsOf } from '../conditions/judge.ts';
import type { FleetView, Input, NodeView } from '../model/action.ts';
import { checked, type Observed } from '../model/check.ts';
import type { Command } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import type { CustomStep, CustomWork } from '../model/custom-action.ts';
import type { Done, Preview, Step } from '../model/plan.ts';
import { NO_UNDO } from '../storage/local-steps.ts';
import { writeStep } from '../storage/write-file.ts';
import { conditionOf } from './custom-conditions.ts';
import { filled, filledArgv, filledLine, filledTitle, ValueError, type Values } from './custom-values.ts';
import { triedWith } from './edit-file.ts';
import { ownRisk } from './own-risk.ts';

/** One step on one node; none where the file it writes is as it should be. Throws `ValueError`. */
export function planStep(
  step: CustomStep,
  values: Values,
  view: NodeView,
  render: FleetView['render'],
): readonly Step[] {
  const { work } = step;
  return work.kind === 'write' ? planWrite(step, work, values, view, render) : [runStep(step, work, values, view.seen)];
}

function runStep(
  { title, as, risk, timeoutMs, guard, done, warnings, undo }: CustomStep,
  work: Exclude<CustomWork, { kind: 'write' }>,
  values: Values,
  seen: Observed,
  isUndo = false,
): Step {
  const guards = guard.map((condition) => conditionOf(condition, values, seen));
  const known = doneOf(done, values, seen);
  const run = commandOf(work, values);
  const own = risk === 'destroys-data' ? undefined : ownRisk(run, risk);
  const base = {
    title: filledTitle(title, values),
    run,
    as,
    timeoutMs,
    done: known,
    preview: previewOf(known, seen),
    warnings: [...warnings.map((warning) => filledTitle(warning, values)), ...(own?.warnings ?? [])],
    undo: isUndo ? NO_UNDO : 'never' in undo ? undo : undo.flatMap((step) => undoSteps(step, values, seen)),
  };
  if (own !== undefined) return { ...base, risk: own.risk, guard: guards };
  const [first, ...others] = guards;
  if (first === undefined) throw new ValueError('a step that destroys data has no guard', 'give the step a guard');
  return { ...base, risk, guard: [first, ...others] };
}

const undoSteps = (step: CustomStep, values: Values, seen: Observed): readonly Step[] =>
  step.work.kind === 'write' ? [] : [{ ...runStep(step, step.work, values, seen, true), preview: [] }];

function doneOf(done: CustomStep['done'], values: Values, seen: Observed): Done {
  if (typeof done === 'string') return done;
  const [first, ...others] = done.map((condition): Condition => conditionOf(condition, values, seen));
  return first === undefined ? 'exit-code' : [first, ...others];
}

/** What holds now instead of what will. */
function previewOf(done: Done, seen: Observed): readonly Preview[] {
  if (typeof done === 'string') return [];
  const verdict = judgeAll(done, seen);
  return verdict.kind === 'holds' ? [] : [{ kind: 'state', now: verdict.because, after: done.map(wordsOf).join('; ') }];
}

function commandOf(work: Exclude<CustomWork, { kind: 'write' }>, values: Values): Command {
  const secrets = Object.entries(values.action.fields).flatMap(([name, { kind }]) => {
    const value = kind === 'secret' ? values.of(name) : undefined;
    return typeof value === 'string' ? [value] : [];
  });
  const input =
    work.stdin === undefined ? {} : { stdin: filled(work.stdin, values), ...(secrets.length === 0 ? {} : { secrets }) };
  if (work.kind === 'shell') {
    const { line, values: words } = filledLine(work.line, values);
    return { argv: ['/bin/sh', '-c', line, 'muster', ...words], ...input };
  }
  const [program, ...rest] = filledArgv(work.argv, values);
  if (program === undefined) throw new ValueError('the command is empty', 'correct the action');
  return { argv: [program, ...rest], ...input };
}

function planWrite(
  step: CustomStep,
  { path: at, mode, validate, from }: Extract<CustomWork, { kind: 'write' }>,
  values: Values,
  { seen }: NodeView,
  render: FleetView['render'],
): readonly Step[] {
  const path = filled(at, values);
  if (!path.startsWith('/') || /[\0\n]/.test(path))
    throw new ValueError(`${JSON.stringify(path)}: not an absolute path`, 'give another value');
  const text = from.kind === 'text' ? withEnd(filled(from.text, values)) : rendered(from.name, values, render);
  const file = checked(seen, 'file', path);
  if (file === undefined)
    throw new ValueError(`${path}: ${seen.failed.get(`file ${path}`) ?? 'no answer'}`, 'plan again when it answers');
  if (file.kind !== 'none' && (file.kind !== 'file' || file.text === undefined))
    throw new ValueError(`${path} is no text file of at most 64 KiB`, 'choose another path');
  const before = file.kind === 'none' ? undefined : file.text;
  if (before === text) return [];
  const written = triedWith(
    writeStep({ path, text, mode, what: 'the file' }, before),
    validate === undefined ? {} : { validate },
  );
  const guards = step.guard.map((condition) => conditionOf(condition, values, seen));
  const warnings = step.warnings.map((warning) => filledTitle(warning, values));
  return [
    {
      ...written,
      title: filledTitle(step.title, values),
      risk: step.risk === 'interrupts-users' ? step.risk : 'changes',
      guard: [...written.guard, ...guards],
      warnings: [...written.warnings, ...warnings],
    },
  ];
}

const withEnd = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** A template sees the fields that hold one value, and `node`; a field that was left empty is not there, and its use is an error. */
function rendered(name: string, values: Values, render: FleetView['render']): string {
  const parameters = ['node', ...Object.keys(values.action.fields)].flatMap(
    (key): readonly (readonly [string, Single])[] => {
      const value = values.of(key);
      return isSingle(value) && values.action.fields[key]?.kind !== 'secret' ? [[key, value]] : [];
    },
  );
  try {
    return render(name, Object.fromEntries(parameters));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ValueError(error.message, 'correct the template or the values');
  }
}

type Single = string | number | boolean;
const isSingle = (value: Input[string]): value is Single =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
