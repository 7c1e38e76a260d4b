import { CUSTOM_CONDITIONS, type CustomCondition, type CustomStep, type CustomWork } from '../model/custom-action.ts';
import type { StepEntry } from './action-schema.ts';
import type { ActionScope } from './action-scope.ts';
import { checkText, type Use } from './check-parameters.ts';
import type { ConditionEntry } from './condition-schema.ts';
import { durationMs } from './units.ts';
import type { PathStep } from './yaml-source.ts';

/** How long a command may take where nothing is said. */
const RUN_MS = 600_000;

/** Keys that belong to a file that is written. */
const FILE_KEYS = ['template', 'text', 'mode', 'validate'] as const;
/** Keys that belong to a command. */
const RUN_KEYS = ['shell', 'stdin', 'as', 'done', 'undo'] as const;

/** The steps of one action; what does not fit together is told. */
export const buildSteps = (entries: readonly StepEntry[], scope: ActionScope): readonly CustomStep[] =>
  entries.map((entry, index) => buildStep(entry, ['steps', index], scope, index === entries.length - 1));

function buildStep(entry: StepEntry, at: readonly PathStep[], scope: ActionScope, isLast: boolean): CustomStep {
  const wrong = (key: string | undefined, message: string, expected: string): void =>
    scope.complain(key === undefined ? at : [...at, key], {
      message,
      expected,
      ...(key === undefined ? {} : { at: 'key' }),
    });
  const check = (key: string, text: string | undefined, use: Use): void =>
    text === undefined ? undefined : checkText(text, [...at, key], use, scope);
  const work = workOf(entry, at, scope, wrong);
  check('title', entry.title, 'words');
  for (const [index, warning] of (entry.warnings ?? []).entries())
    checkText(warning, [...at, 'warnings', index], 'words', scope);
  const { risk = 'changes', done, undo } = entry;
  const isFile = work.kind === 'write';
  if (!isFile && done === undefined)
    wrong(
      'run',
      'nothing says how this is known to be done',
      'done: conditions that hold afterwards, or done: exit-code',
    );
  if (done === 'with-next' && isLast) wrong('done', 'there is no step after the last', 'conditions, or exit-code');
  if (risk === 'destroys-data' && (entry.guard ?? []).length === 0)
    wrong(
      'risk',
      'what destroys data needs a guard',
      'guard: conditions that must hold just before, e.g. - disk-unused: { device: … }',
    );
  return {
    title:
      entry.title ?? (isFile ? `write ${work.path}` : `run ${work.kind === 'argv' ? work.argv.join(' ') : work.line}`),
    work,
    as: entry.as ?? 'root',
    risk,
    timeoutMs: durationMs(entry.timeout ?? '') ?? RUN_MS,
    guard: conditionsOf(entry.guard ?? [], [...at, 'guard'], scope),
    done: Array.isArray(done) ? conditionsOf(done, [...at, 'done'], scope) : (done ?? 'exit-code'),
    warnings: entry.warnings ?? [],
    undo:
      undo === undefined
        ? { never: 'the action does not say how' }
        : 'never' in undo
          ? undo
          : undo.map((step, index) => buildStep(step, [...at, 'undo', index], scope, index === undo.length - 1)),
  };
}

type Wrong = (key: string | undefined, message: string, expected: string) => void;

function workOf(entry: StepEntry, at: readonly PathStep[], scope: ActionScope, wrong: Wrong): CustomWork {
  if (entry.path !== undefined) return writeOf(entry, entry.path, at, scope, wrong);
  const { run, shell = false, stdin } = entry;
  for (const key of FILE_KEYS)
    if (entry[key] !== undefined) wrong(key, `${key} is of a file, and there is no path`, 'path: /etc/…');
  if (stdin !== undefined) checkText(stdin, [...at, 'stdin'], 'stdin', scope);
  const input = stdin === undefined ? {} : { stdin };
  if (run === undefined)
    wrong(undefined, 'the step does nothing', 'run: [program, argument], or path with template or text');
  if (typeof run === 'string') {
    if (!shell)
      wrong('run', 'one line of text is read by a shell only where shell: true says so', 'run: [program, argument]');
    checkText(run, [...at, 'run'], 'shell', scope);
    return { kind: 'shell', line: run, ...input };
  }
  if (shell) wrong('run', 'a shell reads one line, not a list', 'run: a text, or no shell: true');
  const argv = (run ?? []).map(String);
  let isAfterDashes = false;
  for (const [index, word] of argv.entries()) {
    checkText(word, [...at, 'run', index], index === 0 ? 'program' : isAfterDashes ? 'operand' : 'argument', scope);
    isAfterDashes ||= word === '--';
  }
  return { kind: 'argv', argv, ...input };
}

function writeOf(
  entry: StepEntry,
  path: string,
  at: readonly PathStep[],
  scope: ActionScope,
  wrong: Wrong,
): CustomWork {
  const { run, template, text, mode = '0644', validate } = entry;
  if (run !== undefined) wrong('run', 'a step either runs a command or writes a file', 'two steps');
  for (const key of RUN_KEYS)
    if (entry[key] !== undefined) wrong(key, `${key} is of a command; writing a file knows it by itself`, `no ${key}`);
  if (entry.risk === 'destroys-data')
    wrong('risk', 'a file that is written is kept before, so nothing is destroyed', 'changes or interrupts-users');
  if (entry.risk === 'reads') wrong('risk', 'a file that is written is a change', 'changes or interrupts-users');
  if ((template === undefined) === (text === undefined))
    wrong('path', 'a file has a template or a text', 'template: site/motd, or text: …');
  if (!/^0?[0-7]{3,4}$/.test(mode))
    wrong('mode', `${JSON.stringify(mode)} is no mode`, 'octal digits in quotes, e.g. "0644"');
  checkText(path, [...at, 'path'], 'words', scope);
  if (text !== undefined) checkText(text, [...at, 'text'], 'words', scope);
  if (validate?.includes('{{') === true)
    wrong('validate', 'a value has no place in a line of shell', 'a line without parameters; its $1 is the new file');
  return {
    kind: 'write',
    path,
    mode,
    ...(validate === undefined ? {} : { validate }),
    from: template === undefined ? { kind: 'text', text: text ?? '' } : { kind: 'template', name: template },
  };
}

function conditionsOf(
  entries: readonly ConditionEntry[],
  at: readonly PathStep[],
  scope: ActionScope,
): readonly CustomCondition[] {
  return entries.flatMap((entry, index) => {
    const found = CUSTOM_CONDITIONS.filter((kind) => entry[kind] !== undefined);
    const [kind] = found;
    if (kind === undefined || found.length > 1) {
      scope.complain([...at, index], {
        message: kind === undefined ? 'this condition asks nothing' : `two conditions in one: ${found.join(', ')}`,
        expected: 'one kind for each "-"',
      });
      return [];
    }
    const asks = Object.entries(entry[kind] ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    for (const [key, value] of asks) {
      const where = [...at, index, kind, key];
      if (typeof value === 'string') checkText(value, where, 'words', scope);
      else if (Array.isArray(value))
        for (const [part, text] of value.entries()) checkText(text, [...where, part], 'words', scope);
    }
    const { text, sha256 } = entry.file ?? {};
    if (kind === 'file' && (text === undefined) === (sha256 === undefined))
      scope.complain([...at, index], { message: 'a file is known by its text or its sha256', expected: 'one of both' });
    return [{ kind, asks: Object.fromEntries(asks) }];
  });
}
