import { loadavgLine } from './answers/load.ts';
import type { World } from './world.ts';

/** What a command of a simulated node printed. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs one command line on a node: a word and its arguments, without a shell's syntax. */
export function runTool(world: World, name: string, command: string): ToolResult {
  const node = world.node(name);
  const [word = '', ...args] = command.split(/\s+/).filter((part) => part !== '');
  if (node === undefined || word === '') return { stdout: '', stderr: '', exitCode: 0 };
  if (word === 'hostname') return printed([node.name]);
  if (word === 'echo') return printed([args.join(' ')]);
  if (word === 'uptime') return printed([loadavgLine({ node, nowMs: world.clock.nowMs() })]);
  return { stdout: '', stderr: `sh: ${word}: command not found\n`, exitCode: 127 };
}

function printed(lines: readonly string[]): ToolResult {
  return { stdout: lines.map((line) => `${line}\n`).join(''), stderr: '', exitCode: 0 };
}
