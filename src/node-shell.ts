import type { CliValues } from './cli/command.ts';
import { EXIT } from './cli/command.ts';
import type { CliContext } from './cli/context.ts';
import { UsageError } from './model/errors.ts';
import { nodeName } from './model/ids.ts';
import { neutralise } from './model/neutralise.ts';
import { openShellOut } from './ui/shell-out.ts';

const SHELL = 1;
const CTRL_C = 0x03;

/** A login shell on one node, as `s` opens it in the console, without the console. Ends when the shell does. */
export async function openNodeShell(values: CliValues, node: string, context: CliContext): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) throw new UsageError('muster shell needs a terminal');
  const live = await context.openLive({ ...values, limit: node }, { asks: true });
  const name = nodeName(live.store.getState().inventory.nodes[0]?.name ?? node);
  const ended = Promise.withResolvers<string>();
  let hasSpoken = false;
  let question: { readonly id: number; text: string } | undefined;
  live.subscribe((batch) => {
    for (const event of batch) {
      if (event.kind === 'shell-data' && event.shell === SHELL) {
        hasSpoken = true;
        stdout.write(event.data);
      }
      if (event.kind === 'secret-wanted') {
        question = { id: event.id, text: '' };
        stdout.write(`${neutralise(event.prompt)}: `);
      }
      if (event.kind === 'shell-closed' && event.shell === SHELL) ended.resolve(event.message);
      if (event.kind === 'link' && event.link.kind === 'refused') ended.resolve(event.link.because);
    }
  });
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const shell = openShellOut(SHELL, name, size(), live.request);
  const resize = () => shell.resize(size().columns, size().rows);
  // Before the shell speaks the keys are muster's own: an answer, never shown, or Ctrl-C to leave.
  const typed = (chunk: Buffer) => {
    if (chunk.includes(CTRL_C) && !hasSpoken) return ended.resolve('left before it answered');
    if (question === undefined) return shell.typed(chunk);
    const [line = '', ...rest] = `${question.text}${chunk.toString('utf8')}`.split(/[\r\n]/);
    question.text = line;
    if (rest.length === 0) return;
    live.request({ kind: 'secret', id: question.id, text: line });
    question = undefined;
    stdout.write('\r\n');
  };
  stdin.setRawMode(true);
  stdin.on('data', typed);
  stdout.on('resize', resize);
  try {
    const because = await ended.promise;
    if (because !== 'closed') context.warn(`\rmuster: ${name}: ${neutralise(because)}`);
    return hasSpoken ? EXIT.ok : EXIT.unreachable;
  } finally {
    stdin.off('data', typed);
    stdout.off('resize', resize);
    stdin.setRawMode(false);
    stdin.pause();
    await live.close();
  }
}
