import { describeCommand, mask } from '../../src/model/command.ts';
import type { Condition } from '../../src/model/condition.ts';
import { type DiffLine, diffLines } from '../../src/model/diff-lines.ts';
import { itemLines } from '../../src/model/item-lines.ts';
import { neutralise } from '../../src/model/neutralise.ts';
import type { Preview, Step } from '../../src/model/plan.ts';
import type { Line, Section } from '../../src/ui/view.ts';

/**
 * The command, its secrets masked; `isWhole` to the letter, with what it reads on its input. In one line a script of several would leave no room
 * for the program and the device it is about.
 */
export function commandLines({ run, as }: Step, indent: string, isWhole = false): readonly Line[] {
  const [program, ...words] = run.argv;
  const inShort = words.map((word) => (word.includes('\n') ? '…' : word));
  const command = neutralise(describeCommand(isWhole ? run : { ...run, argv: [program, ...inShort] }));
  const input = run.stdin === undefined ? [] : mask(run.stdin, run.secrets).replace(/\n$/, '').split('\n');
  return [
    [{ text: `${indent}${as === 'root' ? '# ' : '$ '}${command}`, role: 'dim' }],
    ...(isWhole ? input.map((text): Line => [{ text: `${indent}< ${neutralise(text)}`, role: 'dim' }]) : []),
    ...(isWhole && run.onDisk !== undefined
      ? [[{ text: `${indent}then on disk: ${neutralise(run.onDisk.join(', '))}`, role: 'dim' } as const]]
      : []),
  ];
}

/** What is there now and what will be: files as differences, everything else as two lines. */
export function previewLines(previews: readonly Preview[], indent: string): readonly Line[] {
  return previews.flatMap((preview): readonly Line[] => {
    if (preview.kind === 'state')
      return [
        [{ text: `${indent}now:  ${neutralise(preview.now)}`, role: 'dim' }],
        [{ text: `${indent}then: ${neutralise(preview.after)}`, role: 'plain' }],
      ];
    if (preview.kind === 'items')
      return [
        [{ text: `${indent}${neutralise(preview.head)}`, role: 'plain' }],
        ...itemLines(preview.items).map(
          (text, at): Line => [{ text: `${indent}${text}`, role: at === 0 ? 'dim' : 'plain' }],
        ),
        [{ text: `${indent}then: ${neutralise(preview.after)}`, role: 'plain' }],
        ...preview.left.map((text): Line => [{ text: `${indent}left: ${neutralise(text)}`, role: 'dim' }]),
      ];
    const word = preview.before === undefined ? ' (new)' : preview.after === undefined ? ' (goes)' : '';
    return [
      [{ text: `${indent}${neutralise(preview.path)}${word}`, role: 'plain' }],
      ...diffLines(preview.before, preview.after).map((line) => diffLine(line, indent)),
    ];
  });
}

function diffLine(line: DiffLine, indent: string): Line {
  if (line.kind === 'skip') return [{ text: `${indent}  ... ${line.count} lines`, role: 'dim' }];
  const text = neutralise(line.text);
  if (line.kind === 'same') return [{ text: `${indent}  ${text}`, role: 'dim' }];
  return line.kind === 'gone'
    ? [{ text: `${indent}- ${text}`, role: 'critical' }]
    : [{ text: `${indent}+ ${text}`, role: 'good' }];
}

/** What must hold before it runs, and what shows that it worked. */
export function conditionLines({ guard, done }: Step): readonly Section[] {
  return [
    ...(guard.length === 0 ? [] : [{ title: 'Only if', lines: guard.map(conditionLine) }]),
    {
      title: 'Done when',
      lines:
        done === 'with-next'
          ? [[{ text: 'the next step is done' }]]
          : done === 'exit-code'
            ? [[{ text: 'it exits with 0' }]]
            : done.map(conditionLine),
    },
  ];
}

/** `mounted target=/data fsType=nfs4`: the condition as it stands in the journal. */
function conditionLine({ kind, ...rest }: Condition): Line {
  const parts = Object.entries(rest).map(([name, value]) =>
    typeof value === 'object' ? `${name}=${JSON.stringify(value)}` : `${name}=${String(value)}`,
  );
  return [
    { text: `${kind.replaceAll('-', ' ')} `, role: 'plain' },
    { text: neutralise(parts.join(' ')), role: 'dim' },
  ];
}

/** How it is taken back. */
export function undoLines({ undo }: Step, indent = ''): readonly Line[] {
  if ('never' in undo) return [[{ text: `${indent}cannot be undone: ${undo.never}`, role: 'warning' }]];
  if (undo.length === 0) return [[{ text: 'nothing is left to take back', role: 'dim' }]];
  return undo.flatMap((step) => [[{ text: step.title }], ...commandLines(step, '  ')]);
}
