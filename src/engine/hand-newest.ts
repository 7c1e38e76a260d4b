import type { StepName } from './hand.ts';
import type { HandSession } from './hand-session.ts';
import { HAND_ANSWER_MS, NEWEST_BYTES } from './limits.ts';
import { encodeTarget } from './target.ts';

/**
 * The question for the newest output of the running step `$1`, which `m_ends` keeps in two files in turns; exit 1 where the step is not past
 * its node's room. What one more block of 64 KiB does not fill yet is not among it.
 */
export const NEWEST = `m_room && cd "$m_dir/$1" 2>/dev/null || return 1
set -- $(ls -t end0 end1 2>/dev/null)
[ $# -gt 0 ] || return 1
cat \${2-} "$1" 2>/dev/null | tail -c ${NEWEST_BYTES} | tr -d '\\000'`;

/** Asks it; undefined where there is nothing to tell. */
export async function askNewest(session: HandSession | undefined, name: StepName): Promise<string | undefined> {
  const line = (id: number) => `A ${id} newest - ${encodeTarget(name)}\n`;
  const answered = await session?.ask(line, HAND_ANSWER_MS, 'end-question');
  return answered?.kind === 'answer' && answered.frame.exitCode === 0 ? answered.frame.stdout : undefined;
}
