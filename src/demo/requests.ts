import { ANSWERERS } from './answers/registry.ts';
import type { Columns } from './answers/reply.ts';
import { createAsks, decodeTarget } from './asks.ts';
import { helloFrame } from './frames.ts';
import type { ProgramOutput } from './program.ts';
import type { World } from './world.ts';

/** The request loop of one simulated program. */
export interface Requests {
  readonly feed: (chunk: Buffer) => void;
  readonly end: () => void;
}

/** A console that sends a longer line than this is not one. */
const REQUEST_CHARS = 16 * 1024;

/** Reads a poller's request lines and writes answers, until `Q`, until the console hangs up, or until the node is lost. */
export function serveRequests(world: World, name: string, columns: Columns, output: ProgramOutput): Requests {
  const asks = createAsks(world, name, columns, output);
  let isOver = false;
  const end = () => {
    isOver = true;
    asks.end();
  };
  const request = (line: string) => {
    const [verb, id = '', question = '', sum = '-', target = ''] = line.split(' ');
    const answerer = ANSWERERS.get(question);
    if (verb === 'A' && answerer === undefined) asks.send(output.stdout, `! ${id} unknown\n`);
    if (verb === 'A' && answerer !== undefined)
      asks.ask({ id, name: question, sum, target: decodeTarget(target), answerer, isInline: answerer.isInline });
    if (verb === 'K') asks.kill(id);
    if (verb === 'V') asks.setPrivilege(id === 'root' || id === 'sudo' ? id : 'none');
  };
  let partial = '';
  output.stdout(helloFrame(1000 + ((world.node(name)?.seed ?? 0) % 30_000)));
  return {
    feed: (chunk) => {
      const lines = (partial + chunk.toString('utf8')).split('\n');
      partial = (lines.pop() ?? '').slice(-REQUEST_CHARS);
      for (const line of lines) {
        if (isOver) return;
        if (line !== 'Q') request(line);
        else {
          end();
          output.ended(0);
        }
      }
    },
    end,
  };
}
