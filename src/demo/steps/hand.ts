import { ANSWERERS } from '../answers/registry.ts';
import type { Columns } from '../answers/reply.ts';
import { type Asks, createAsks, decodeTarget } from '../asks.ts';
import { CHECKS } from '../checks/registry.ts';
import { readWords } from '../commands/shell-line.ts';
import { childFrames } from '../frames.ts';
import type { ProgramOutput } from '../program.ts';
import type { Requests } from '../requests.ts';
import type { World } from '../world.ts';
import { type Spool, spoolOf } from './spool.ts';

/** What a console may send in one line: an argument vector, encoded. */
const LINE_BYTES = 2 * 1024 * 1024;
const INPUT_BYTES = 16 * 1024 * 1024;
/** What `sudo -S` takes on every node of the demo, where `sudo -n` is refused. */
const PASSWORD = 'demo';
const REFUSED = 'sudo: a password is required';

/** What the bytes of the console mean next. */
type Awaited =
  | { readonly kind: 'line'; readonly take: (line: string) => Awaited | undefined }
  | { readonly kind: 'bytes'; readonly count: number; readonly take: (bytes: Buffer) => Awaited | undefined };

interface HandLoop {
  readonly asks: Asks;
  readonly output: ProgramOutput;
  readonly spool: Spool;
  readonly unfollow: Set<() => void>;
  readonly isRoot: boolean;
}

/** Whether a program is that of a hand. */
export const isHandProgram = (program: string): boolean => program.includes('# muster-hand 1 ');

/** Plays the node's end of a hand: rises to root where the node allows it, then obeys line by line. `hand-protocol.ts` has the protocol. */
export function serveHand(world: World, name: string, columns: Columns, output: ProgramOutput): Requests {
  const asks = createAsks(world, name, columns, output);
  const unfollow = new Set<() => void>();
  const hello = (words: string) => asks.whenDue(() => asks.send(output.stdout, `\n# muster-hand 1 ${words}\n`));
  const ready = (privilege: 'root' | 'sudo' | 'none', words = ''): Awaited => {
    // However it rose, the program itself is root's from here on.
    asks.setPrivilege(privilege === 'none' ? 'none' : 'root');
    hello(`ready ${privilege} ${words}`);
    const loop: HandLoop = { asks, output, spool: spoolOf(world, name), unfollow, isRoot: privilege !== 'none' };
    const listen: Awaited = { kind: 'line', take: (line) => obey(loop, line, listen) };
    return listen;
  };
  let awaited: Awaited | undefined = rise(world, name, output, hello, ready);
  let held = Buffer.alloc(0);
  const end = () => {
    awaited = undefined;
    for (const stop of unfollow) stop();
    asks.end();
  };
  return {
    feed: (chunk) => {
      held = Buffer.concat([held, chunk]);
      while (awaited !== undefined) {
        const size = awaited.kind === 'bytes' ? awaited.count : held.indexOf('\n') + 1;
        if (held.length < size || (awaited.kind === 'line' && size === 0)) break;
        const taken = held.subarray(0, size);
        held = held.subarray(size);
        awaited = awaited.kind === 'bytes' ? awaited.take(taken) : awaited.take(taken.toString('utf8').slice(0, -1));
        if (awaited === undefined) output.ended(0);
      }
      if (held.length > INPUT_BYTES + LINE_BYTES) end();
    },
    end,
  };
}

/** Root is root; others are asked how they rise. */
function rise(
  world: World,
  name: string,
  output: ProgramOutput,
  hello: (words: string) => void,
  ready: (privilege: 'root' | 'sudo' | 'none', words?: string) => Awaited,
): Awaited {
  const node = world.node(name);
  if (node?.privilege === 'root') return ready('root');
  const isRefused = node?.ailments.refusesSudo === true;
  hello(isRefused ? `password ${REFUSED}` : 'sudo');
  return {
    kind: 'line',
    take: (line) => {
      const [verb, size = ''] = line.split(' ');
      const count = Number(size);
      if (!(count >= 0 && count <= INPUT_BYTES)) return ready('none', REFUSED);
      const sent: Awaited = { kind: 'bytes', count, take: () => ready('sudo') };
      if (verb === 'U' && !isRefused) return sent;
      if (verb !== 'P') return ready('none', REFUSED);
      const password: Awaited = {
        kind: 'line',
        take: (given) => {
          if (given === PASSWORD) hello('send');
          else output.stderr('Sorry, try again.\n');
          return given === PASSWORD ? sent : password;
        },
      };
      return password;
    },
  };
}

function obey(loop: HandLoop, line: string, next: Awaited): Awaited | undefined {
  const [verb, id = '', first = '', second = '', ...rest] = line.split(' ');
  const { spool, asks } = loop;
  const answer = (said: () => string) => asks.whenDue(() => say(loop, id, said()));
  switch (verb) {
    case 'A':
      ask(loop, id, first, decodeTarget(rest[0] ?? ''));
      break;
    case 'K':
      asks.kill(id);
      break;
    case 'P':
      answer(() => 'here');
      break;
    case 'S':
      return receive(loop, id, first, second, rest[0] ?? '', next);
    case 'F':
      asks.whenDue(() => follow(loop, id, first, Number(second)));
      break;
    case 'T':
      answer(() => spool.stop(first));
      break;
    case 'L':
      answer(() => (loop.isRoot ? spool.lock(first, [second, ...rest].join(' ')) : `refused ${REFUSED}`));
      break;
    case 'U':
      spool.unlock(first);
      answer(() => 'done');
      break;
    case 'W':
      spool.sweep(first);
      answer(() => 'done');
      break;
    case 'Q':
      return undefined;
    default:
      asks.send(loop.output.stderr, `! ${id} unknown\n`);
  }
  return next;
}

const say = ({ asks, output }: HandLoop, id: string, said: string): void =>
  asks.send(output.stderr, childFrames(id, 0, `${said}\n`, '-'));

function ask({ asks, output }: HandLoop, id: string, question: string, target: string): void {
  const [, kind = '', name = ''] = /^(probe|check)_(\w+)$/.exec(question) ?? [];
  const answerer = kind === 'probe' ? ANSWERERS.get(name) : CHECKS.get(name);
  if (answerer === undefined) asks.send(output.stderr, `! ${id} unknown\n`);
  else asks.ask({ id, name: `${question} ${target}`, sum: '-', target, answerer, isInline: false });
}

/** `S ID NAME AS:SECONDS:BYTES COMMAND`, then the input. */
function receive(loop: HandLoop, id: string, name: string, how: string, command: string, next: Awaited): Awaited {
  const [as, seconds, bytes] = how.split(':');
  const count = Number(bytes);
  const isWhole = count >= 0 && count <= INPUT_BYTES && Number(seconds) > 0;
  const take = (input: Buffer): Awaited => {
    const words = readWords(decodeTarget(command));
    // What stands before is what the real program syncs afterwards; nothing here is lost with the power.
    const argv = words.slice(words.indexOf('--') + 1);
    const isRoot = as === 'root';
    loop.asks.whenDue(() => {
      if (!isWhole || argv.length === 0) say(loop, id, 'refused the order did not arrive whole');
      else if (isRoot && !loop.isRoot) say(loop, id, `refused ${REFUSED}`);
      else {
        const order = { argv, stdin: input.toString('utf8'), isRoot, timeoutMs: Number(seconds) * 1_000 };
        say(loop, id, loop.spool.start(name, order));
      }
    });
    return next;
  };
  return { kind: 'bytes', count: isWhole ? count : 0, take };
}

function follow(loop: HandLoop, id: string, name: string, fromByte: number): void {
  const stop = loop.spool.follow(
    name,
    fromByte,
    (bytes) => loop.output.stdout(bytes),
    (said) => say(loop, id, said),
  );
  loop.unfollow.add(stop);
}
