import type { NodeView } from '../model/action.ts';
import { checked, type Need, type RunningProcess } from '../model/check.ts';
import { neutralise } from '../model/neutralise.ts';
import { formatDuration } from '../model/units.ts';
import { endProcessesStep } from '../storage/stop-users.ts';
import { already, type NodePlan, refused } from './node-plans.ts';

/** Letters of a pattern that are no wildcards, at least: fewer would mean half of what runs. */
const LEAST_LETTERS = 3;
/** Processes ended by one plan on one node. */
const MOST_ENDED = 200;

/** Which processes are left over. */
export interface ProcessRules {
  readonly pattern: string;
  readonly olderThanMs: number;
}

/** Why a pattern is none. */
export function whyNotPattern(pattern: string | undefined): string | undefined {
  if (pattern === undefined)
    return 'a pattern is needed: a part of the command line of what is left over, e.g. "rsync * /data"';
  return pattern.replaceAll(/[*?\s]/g, '').length < LEAST_LETTERS || /[[\]\\\n]/.test(pattern)
    ? `"${pattern}" is no pattern: at least ${LEAST_LETTERS} letters besides * and ?, and no brackets`
    : undefined;
}

/** What to look at before processes are ended. */
export const processNeeds = ({ pattern }: ProcessRules): readonly Need[] => [
  { kind: 'probe', probe: 'privilege' },
  { kind: 'check', check: 'processes', target: pattern },
];

/** Ends what runs for longer than it should and belongs to nobody: no service, no container, no session of the login daemon. */
export function planProcesses({ pattern, olderThanMs }: ProcessRules, { seen }: NodeView): NodePlan {
  const running = checked(seen, 'processes', pattern);
  if (running === undefined)
    return refused(
      `its processes are not known: ${seen.failed.get(`processes ${pattern}`) ?? 'no answer'}`,
      'plan again when it answers',
    );
  const reasons = running.map((one) => whyLeft(one, olderThanMs));
  const ended = running.filter((_, index) => reasons[index] === undefined).slice(0, MOST_ENDED);
  const left = running.flatMap((one, index) => {
    const because = reasons[index];
    return because === undefined ? [] : [neutralise(`${one.pid} ${one.user} ${one.command}: ${because}`)];
  });
  if (ended.length === 0)
    return already(`no left-over process matches "${pattern}"${left.length === 0 ? '' : ` (${left.join('; ')})`}`);
  const title = `end ${ended.length === 1 ? 'one process' : `${ended.length} processes`} left over`;
  const step = endProcessesStep(
    pattern,
    ended.map(({ pid, startTicks }) => ({ pid, startTicks })),
    title,
    {
      kind: 'items',
      head: `what matches "${pattern}" and runs for longer than ${formatDuration(olderThanMs)}`,
      items: ended.map(({ pid, user, ageMs, command }) => ({ name: `${pid} ${command}`, owner: user, ageMs })),
      after: 'asked to end, after 15 s made to',
      left,
    },
  );
  return { kind: 'steps', steps: [step] };
}

function whyLeft({ group, user, ageMs, command }: RunningProcess, olderThanMs: number): string | undefined {
  if (/^(?:sshd|\(sd-pam\)|systemd\b|\/(?:usr\/)?lib\/systemd\/)/.test(command)) return 'it carries a session';
  const own = group === '/' || group.startsWith('/user.slice/');
  if (!own) return `it belongs to ${group.split('/').filter(Boolean).slice(0, 2).join('/')}; stop that`;
  // Without control groups nothing tells a daemon of root's from what is left over.
  if (group === '/' && user === 'root') return "it is root's, and nothing tells whether it is a daemon";
  return ageMs >= olderThanMs ? undefined : `it began within ${formatDuration(olderThanMs)}`;
}
