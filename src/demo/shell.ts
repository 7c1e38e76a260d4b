import type { Program, ProgramOutput } from './program.ts';
import { runTool } from './tools.ts';
import type { World } from './world.ts';

/** Longest line the fake shell takes. */
const LINE_CHARS = 4_096;

/** One command given to `exec`, answered by the few tools the demo knows. */
export function startCommand(world: World, name: string, command: string, output: ProgramOutput): Program {
  const { stdout, stderr, exitCode } = runTool(world, name, command);
  output.stdout(stdout);
  output.stderr(stderr);
  output.ended(exitCode);
  return { feed: () => {}, end: () => {} };
}

/** A login shell small enough to type a few commands into: it edits a line, answers, and ends at `exit` or ctrl-d. */
export function startShell(world: World, name: string, output: ProgramOutput): Program {
  let line = '';
  const prompt = () => output.stdout(`demo@${name}:~$ `);
  const show = (text: string) => output.stdout(text.replace(/\n/g, '\r\n'));
  const end = () => {
    show('logout\n');
    output.ended(0);
  };
  const run = () => {
    const command = line.trim();
    line = '';
    show('\n');
    if (command === 'exit' || command === 'logout') return end();
    const { stdout, stderr } = runTool(world, name, command);
    show(stdout + stderr);
    prompt();
  };
  const type = (char: string) => {
    if (char === '\r' || char === '\n') return run();
    if (char === '\x04' && line === '') return end();
    if (char === '\x03' || char === '\x15') {
      line = '';
      show(char === '\x03' ? '^C\n' : '\n');
      return prompt();
    }
    if (char === '\x7f' || char === '\b') {
      if (line !== '') show('\b \b');
      line = line.slice(0, -1);
      return;
    }
    if (char < ' ' || line.length >= LINE_CHARS) return;
    line += char;
    show(char);
  };
  show(`Welcome to ${world.node(name)?.os.prettyName ?? name}. This node is simulated; try help.\n`);
  prompt();
  return { feed: (chunk) => [...chunk.toString('utf8')].forEach(type), end: () => {} };
}
