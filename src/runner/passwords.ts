import type { AskSecret } from '../transport/secrets.ts';

/** Who leaves the question open is not asked again at once for every other node. */
const DECLINED_MS = 30_000;

interface Given {
  readonly answer: Promise<string | undefined>;
  /** Nodes that were given it; one that asks again did not take it. */
  readonly to: Set<string>;
  declinedAtMs: number | undefined;
}

/**
 * sudo's password, asked once for all nodes that are logged in to as the same user, and kept in memory only. A node that did not take the last
 * answer is given those before, and then asks for another one, which again is for all who have not: a slip of the finger on two hundred
 * nodes is one more question.
 */
export function sharedPasswords(
  ask: AskSecret,
  nowMs: () => number,
): (user: string, node: string, words: string) => Promise<string | undefined> {
  const byUser = new Map<string, readonly Given[]>();
  return (user, node, words) => {
    const isOld = ({ declinedAtMs }: Given) => declinedAtMs !== undefined && nowMs() - declinedAtMs > DECLINED_MS;
    const known = (byUser.get(user) ?? []).filter((given) => !isOld(given));
    const fresh = known.findLast(({ to, declinedAtMs }) => declinedAtMs !== undefined || !to.has(node));
    if (fresh !== undefined) {
      fresh.to.add(node);
      return fresh.answer;
    }
    const because = known.length === 0 ? words : 'the password was not accepted';
    const answer = ask(`${node}: ${because}. sudo's password of ${user}, also for the other nodes`, false);
    const given: Given = { answer, to: new Set([node]), declinedAtMs: undefined };
    void answer.then((text) => {
      if (text === undefined) given.declinedAtMs = nowMs();
    });
    byUser.set(user, [...known, given]);
    return answer;
  };
}
