import { createHash } from 'node:crypto';
import { CLONE, tipOf } from '../clone.ts';
import { fileAt, made, putFile } from '../files.ts';
import { type Bench, change, type Doing, failed, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/** `ROOT BRANCH MESSAGE CHECK`, a line a file on standard input: commits on top of the remote branch and pushes. */
export function* push(bench: Bench, [root = '', branch = '', message = '']: readonly string[]): Doing {
  if (root !== CLONE) return yield* failed('fatal: not a git repository (or any of the parent directories): .git');
  const tip = tipOf(stateOf(bench)).slice(0, 7);
  for (const line of bench.stdin.split('\n').filter((one) => one !== '')) {
    const [before = '', path = '', text = ''] = line.split(' ');
    const file = `${CLONE}/${decoded(path)}`;
    const was = fileAt(stateOf(bench), file)?.text ?? '';
    if (was === decoded(text)) return yield* said(`origin/${branch} has it already`);
    if (sha256(was) !== before)
      return yield* failed(`${decoded(path)} changed in origin/${branch} since the plan was made; plan again`);
    yield say(`[${branch}] ${message}`);
    yield wait(TAKES.quick);
    change(bench, (node) => putFile(node, file, made('file', decoded(text), bench.world.clock.nowMs())));
  }
  return yield* said(`   ${tip}..${tipOf(stateOf(bench)).slice(0, 7)}  ${branch} -> ${branch}`);
}

function* said(words: string): Doing {
  yield say(words);
  return 0;
}
