import { setTimeout as sleep } from 'node:timers/promises';
import { neutralise } from './model/neutralise.ts';

/** Keys this soon after a question belong to whatever was typed before it. */
const DEAF_MS = 300;

const [CTRL_C, CTRL_D, CTRL_U, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\u0015', '\b', '\u007f'];

/**
 * Asks one line on the terminal. What was typed before the question, and pasted text with a line end in it, answers nothing. Undefined when the
 * person leaves with ctrl-c or ctrl-d, or when nobody is there.
 */
export async function askLine(prompt: string, echo: boolean): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  stderr.write(prompt.split('\n').map(neutralise).join('\n'));
  stdin.setRawMode(true);
  stdin.resume();
  const deaf = () => {};
  stdin.on('data', deaf);
  await sleep(DEAF_MS);
  stdin.off('data', deaf);
  try {
    return await typedLine(echo);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function typedLine(echo: boolean): Promise<string | undefined> {
  const { stdin, stderr } = process;
  return new Promise((resolve) => {
    let line = '';
    const end = (answer: string | undefined) => {
      stdin.off('data', typed);
      resolve(answer);
    };
    const typed = (chunk: Buffer) => {
      const text = chunk.toString('utf8');
      if (text === '\r' || text === '\n') return end(line);
      // A paste with a line end must not answer by itself: only its first line is taken, and Enter is left to the person.
      for (const character of text.split(/[\r\n]/)[0] ?? '') {
        if (character === CTRL_C || character === CTRL_D) return end(undefined);
        if (character === CTRL_U) {
          if (echo) stderr.write('\b \b'.repeat([...line].length));
          line = '';
        } else if (character === BACKSPACE || character === DELETE) {
          if (line !== '' && echo) stderr.write('\b \b');
          line = [...line].slice(0, -1).join('');
        } else if (character >= ' ') {
          line += character;
          if (echo) stderr.write(neutralise(character));
        }
      }
    };
    stdin.on('data', typed);
  });
}
