import { COMMANDS, playLine } from './commands/play.ts';
import type { World } from './world.ts';

/** What a command of a simulated node printed. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs one line on a node at once, as its login user: nothing is waited for, and what would sleep in the kernel is given up. */
export function runTool(world: World, name: string, line: string): ToolResult {
  const node = world.node(name);
  if (node === undefined || line.trim() === '') return { stdout: '', stderr: '', exitCode: 0 };
  if (line.trim() === 'help') return { stdout: `${HELP}\n`, stderr: '', exitCode: 0 };
  const doing = playLine({ world, name, isRoot: node.privilege === 'root', stdin: '' }, line);
  let said = '';
  for (;;) {
    const next = doing.next();
    const exitCode = next.done ? next.value : next.value.kind === 'stuck' && !next.value.isOver() ? 137 : undefined;
    if (!next.done && next.value.kind === 'say') said += next.value.text;
    if (exitCode === 137) return { stdout: said, stderr: 'it does not answer: killed\n', exitCode };
    if (exitCode !== undefined)
      return exitCode === 127 ? { stdout: '', stderr: said, exitCode } : { stdout: said, stderr: '', exitCode };
  }
}

const HELP = `This node is simulated. It knows: ${Object.keys(COMMANDS).sort().join(' ')} exit`;
