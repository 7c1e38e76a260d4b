import type { ProbeSet, Question } from './model/probe.ts';
import { formatDuration } from './model/units.ts';

/** One line per probe: how often it is asked, and how it runs on the node. */
export function probesTable(probes: ProbeSet): string {
  return [
    '| probe | asked | how it runs there |',
    '| --- | --- | --- |',
    ...Object.entries(probes).map(([name, { ask, everyMs, targets }]) => {
      const period = everyMs === 0 ? 'once per connection' : `every ${formatDuration(everyMs)}`;
      return `| ${name} | ${period}${targets === undefined ? '' : ', per mount'} | ${wayOf(ask)} |`;
    }),
  ].join('\n');
}

/** Every probe's text as it is sent, for who has to allow it. */
export function probesMarkdown(probes: ProbeSet): string {
  return [
    '# What runs on a node, word for word',
    '',
    'Generated from the probes by `npm run generate`. `$1` is a mount point; for directories, lines with what to look at follow it. `$sudo` is `sudo -n` where that works, empty for root, and',
    'not set where root is refused. `$answer` spares the program a fork. `lacks NAME` succeeds where a program is in none of the usual folders. The program around these lines is in `src/engine/program.ts`.',
    '',
    ...Object.entries(probes).flatMap(([name, { ask }]) => [
      `## ${name}`,
      '',
      ...(ask.early === undefined
        ? []
        : [
            'First, in the program itself; where this succeeds, `$answer` is the answer:',
            '',
            ...code(ask.early),
            'Else:',
            '',
          ]),
      ...code(ask.sh),
    ]),
  ].join('\n');
}

const code = (text: string): readonly string[] => ['```sh', text.trim(), '```', ''];

function wayOf(ask: Question): string {
  if (ask.kind === 'child') return `child, killed after ${formatDuration(ask.deadlineMs)}`;
  return ask.builtinsOnly === true
    ? "in the program's own loop, no fork"
    : 'in the program, one `cat` or `sed` of /proc';
}
