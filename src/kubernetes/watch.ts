import { at, type Json, text, whole } from '../model/json.ts';
import type { ClusterSpec } from '../model/kubernetes.ts';
import { kubectlProgram } from './program.ts';
import { type Ended, type Place, runCommand } from './run-command.ts';

/** The API server ends a watch after this; then it goes on from the last version. */
const WATCH_SEC = 480;
/** Bookmarks come about once a minute; a watch that says nothing for longer than its own life is dead. */
const SILENT_MS = (WATCH_SEC + 30) * 1_000;

/** One thing a watch said. */
export type Said =
  | { readonly kind: 'put' | 'gone'; readonly object: Json }
  /** The resource version moved on without a change. */
  | { readonly kind: 'bookmark'; readonly version: string };

/** Why a watch is over: `resume` goes on from the last version, `expired` wants a new list. */
export type WatchEnd =
  | { readonly kind: 'resume' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'ended'; readonly ended: Ended };

/** Watches a kind from a version on. The returned function gives it up. */
export function watchFrom(
  place: Place,
  spec: ClusterSpec,
  path: string,
  version: string,
  { say, over }: { readonly say: (said: Said) => void; readonly over: (how: WatchEnd) => void },
): () => void {
  const uri = `${path}?watch=1&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SEC}&resourceVersion=${encodeURIComponent(version)}`;
  let isOver = false;
  const finish = (how: WatchEnd): void => {
    if (isOver) return;
    isOver = true;
    running.stop();
    over(how);
  };
  const running = runCommand(place, kubectlProgram(spec, uri), {
    silentMs: SILENT_MS,
    line: (line) => {
      const event = parsed(line);
      const object = at(event, 'object');
      switch (at(event, 'type')) {
        case 'ADDED':
        case 'MODIFIED':
          return say({ kind: 'put', object });
        case 'DELETED':
          return say({ kind: 'gone', object });
        case 'BOOKMARK':
          return say({ kind: 'bookmark', version: text(at(object, 'metadata', 'resourceVersion')) });
        case 'ERROR': {
          const words = text(at(object, 'message'));
          const isExpired = whole(at(object, 'code')) === 410;
          return finish(
            isExpired ? { kind: 'expired' } : { kind: 'ended', ended: { kind: 'exit', exitCode: 1, words } },
          );
        }
        default:
          return finish({
            kind: 'ended',
            ended: { kind: 'lost', because: 'the watch said something that is no event' },
          });
      }
    },
    ended: (ended) =>
      finish(ended.kind === 'exit' && ended.exitCode === 0 ? { kind: 'resume' } : { kind: 'ended', ended }),
  });
  return running.stop;
}

function parsed(line: string): Json {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
