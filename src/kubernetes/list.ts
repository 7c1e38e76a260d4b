import { at, elements, type Json, text } from '../model/json.ts';
import type { ClusterSpec } from '../model/kubernetes.ts';
import { kubectlProgram } from './program.ts';
import { type Ended, type Place, runCommand } from './run-command.ts';

/** Objects of one page: a page is parsed whole, and five thousand pods at once would take 150 MB for a moment. */
export const PAGE = 500;
/** Objects of one kind that are kept; more is no cluster for one screen. */
export const MOST_OBJECTS = 50_000;
/** kubectl gives a request up after this; a list of a page takes an API server well below a second. */
const REQUEST_SEC = 20;
/** Silence after which the command itself is given up. */
const SILENT_MS = 30_000;

/** A whole list, or why there is none. */
export type Listed =
  | { readonly kind: 'listed'; readonly version: string; readonly isCut: boolean }
  | { readonly kind: 'ended'; readonly ended: Ended };

/** Lists a kind page by page. `keep` takes what is wanted out of each object at once. The returned function gives it up. */
export function listAll(
  place: Place,
  spec: ClusterSpec,
  path: string,
  keep: (object: Json) => void,
  done: (listed: Listed) => void,
): () => void {
  let count = 0;
  let stop = () => {};
  const page = (token: string): void => {
    const more = token === '' ? '' : `&continue=${encodeURIComponent(token)}`;
    const uri = `${path}?limit=${PAGE}${more}`;
    let answer: Json;
    let broken: string | undefined;
    const running = runCommand(place, kubectlProgram(spec, uri, REQUEST_SEC), {
      silentMs: SILENT_MS,
      line: (line) => {
        try {
          answer ??= JSON.parse(line);
        } catch {
          broken ??= 'the API server answered something that is no JSON';
        }
      },
      ended: (ended) => {
        const isGood = ended.kind === 'exit' && ended.exitCode === 0 && broken === undefined && answer !== undefined;
        if (!isGood)
          return done({ kind: 'ended', ended: broken === undefined ? ended : { kind: 'lost', because: broken } });
        for (const item of elements(at(answer, 'items'))) if (count++ < MOST_OBJECTS) keep(item);
        const next = text(at(answer, 'metadata', 'continue'), 16_384);
        const version = text(at(answer, 'metadata', 'resourceVersion'));
        if (next === '' || count >= MOST_OBJECTS) done({ kind: 'listed', version, isCut: next !== '' });
        else page(next);
      },
    });
    stop = running.stop;
  };
  page('');
  return () => stop();
}
