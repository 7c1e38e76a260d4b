import { type Answerer, text } from '../answers/reply.ts';
import { spoken } from '../hostile.ts';
import { usersBelow } from '../users.ts';

/** Who has something open below a path; only root sees all of them. */
export const users = {
  isInline: false,
  isStill: false,
  answer: ({ node, privilege, target, nowMs }) => {
    if (privilege === 'none') return text(['== refused']);
    const isHung = node.mounts.some((mount) => mount.target === target && mount.hungBy.length > 0);
    const lines = usersBelow(node, target, nowMs).map(({ pid, user, command }) => {
      const shown = isHung ? '(in uninterruptible sleep)' : spoken(node, command).replace(/[\n\0]/g, ' ');
      return `${pid} ${user} ${shown}`;
    });
    return text(['== users', ...lines]);
  },
} satisfies Answerer;
