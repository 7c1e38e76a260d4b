import { expect, test } from 'vitest';
import { describeFailure, type StepFailure } from '../../src/model/step-failure.ts';

/** Each kind of failure as the board and the log tell it: what happened, where that is not the node itself, and the next move. */
const TOLD: readonly (readonly [StepFailure, string])[] = [
  [
    { kind: 'guarded', because: '/etc/systemd/system/data.mount changed since the plan was made' },
    'stopped before running: /etc/systemd/system/data.mount changed since the plan was made; plan again',
  ],
  [{ kind: 'exit', exitCode: 32, lastWords: 'mount.nfs: access denied' }, 'exited 32: mount.nfs: access denied'],
  [
    { kind: 'exit', exitCode: 1, lastWords: 'see systemctl status', unitWords: 'wrong fs type' },
    'exited 1: wrong fs type',
  ],
  [{ kind: 'exit', exitCode: 7, lastWords: '' }, 'exited 7 without a word'],
  [{ kind: 'killed', signal: 'SIGKILL' }, 'killed by SIGKILL; look at the node, then retry'],
  [{ kind: 'timeout', afterMs: 60_000 }, 'no end after 60s; it was killed with everything it had started'],
  [
    { kind: 'lost', because: 'the node was booted meanwhile' },
    'outcome unknown: the node was booted meanwhile; it is looked at before anything is tried again',
  ],
  [
    { kind: 'unverified', expected: '/data is mounted', found: 'nothing is mounted there' },
    'ran, but /data is mounted is not so: nothing is mounted there; look there, then retry',
  ],
  [{ kind: 'not-started', because: 'no room in /run' }, 'not started: no room in /run'],
  [{ kind: 'aborted' }, 'stopped by the operator'],
];

test.each(TOLD)('%o is told in one sentence', (failure, words) => {
  expect(describeFailure(failure)).toBe(words);
});
