// kill -9 at moments that a seed draws: of the runner, of the command that asked, of a node's SSH sessions, of a node's power. What ran is
// counted on the nodes, by lines that each step appends there to a file.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rollout } from '../../src/model/rollout.ts';
import { seeded } from '../sim/random.ts';
import { begin, logOf } from './kills.ts';
import type { Lab } from './lab.ts';
import { endsOf, type Product, productOn } from './product.ts';
import { SEED, stateOn, strike, toItsEnd, VICTIMS, type Victim } from './strikes.ts';
import { testLab } from './test-lab.ts';

const NODES = ['client-1', 'client-2', 'client-3'] as const;
const LINES = 20;
/** With --all so many times as many over one node. */
const TIMES = process.env['MUSTER_LAB_ALL'] === undefined ? 1 : 4;
const LONG = { timeout: TIMES * 1_200_000 };

let lab: Lab;
let muster: Product;
beforeAll(async () => {
  lab = await testLab();
  muster = productOn(lab);
});
afterAll(async () => {
  await Promise.all(NODES.map((name) => lab.node(name).says('rm -f /var/tmp/effects-*')));
  muster.remove();
});

/** Says each number once, and leaves a line on the disk when it begins and when it ends. */
const script = (turn: string) => `echo begun >>/var/tmp/effects-${turn}; sync
i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i"; sleep 0.1; done
echo ended >>/var/tmp/effects-${turn}; sync`;

/** What a rollout that is over has left on a node; another whose outcome there is unknown keeps the name of its step. */
const leftBy = (id: string) =>
  `ls -d /run/muster/${id}-* /run/muster/.new.* 2>/dev/null; systemctl list-units --all --no-legend 'muster-${id}*'; true`;

/** What nodes and the journal have afterwards of a script that nothing but its node's power may have cut short. */
async function judge(rollout: Rollout, lines: readonly string[], turn: string, names: readonly string[], cut?: string) {
  for (const name of names) {
    const state = stateOn(rollout, name);
    const effects = await lab.node(name).tells(`cat /var/tmp/effects-${turn} 2>/dev/null; true`);
    const log = lines.filter((line) => line.startsWith(`${name}: `));
    const whole = Array.from({ length: LINES }, (_, line) => `${name}: line ${line + 1}`);
    if (name === cut && state !== 'succeeded') {
      // Without power in the middle it was begun once at most, and nobody says that it went well; one that was never begun says so.
      expect([state, effects]).toEqual(
        state === 'unknown' ? ['unknown', expect.stringMatching(/^(begun\n(ended\n)?)?$/)] : ['failed', ''],
      );
      expect(log).toEqual(whole.slice(0, log.length));
      continue;
    }
    expect([name, state, effects, log]).toEqual([name, 'succeeded', 'begun\nended\n', whole]);
    // The runner tidies up after it has said that the rollout is over.
    await expect.poll(() => lab.node(name).tells(leftBy(rollout.id)), { timeout: 90_000, interval: 500 }).toBe('');
  }
}

/** One rollout with one blow at a moment and on a node that the seed draws. */
async function strikeOnce(muster: Product, victim: Victim, turn: number, names: readonly string[]): Promise<void> {
  const random = seeded(SEED + 1_000 * turn + VICTIMS.indexOf(victim));
  const name = `${SEED}-${victim}-${turn}`;
  const args = ['run-script', '-l', names.join(), '--script', script(name), '--yes', '--max-unavailable', '2'];
  const begun = await begin(muster, ['apply', ...args, '--max-failures', '3']);
  const moment = Math.floor(random() * (names.length * (LINES + 2)));
  const hit = names[Math.floor(random() * names.length)] ?? 'client-1';
  await begun.reaches(moment);
  await strike(victim, begun, lab.node(hit));
  try {
    const rollout = await toItsEnd(muster, victim, begun);
    expect(rollout.phase).toBe('ended');
    await judge(rollout, logOf(muster, begun.id), name, names, victim === 'power' ? hit : undefined);
    expect(endsOf(rollout).length).toBe(names.length);
  } catch (error) {
    throw new Error(`turn ${turn} of seed ${SEED}: ${victim} at ${moment} on ${hit}`, { cause: error });
  }
}

describe(`seed ${SEED}: every node begins its step once, none is left out, and no line of its log is lost`, () => {
  test.each(VICTIMS)('when kill -9 of the %s meets a rollout over three nodes', (victim) =>
    strikeOnce(muster, victim, 0, NODES),
  );

  test('when it meets sixteen rollouts, three at a time, each on a node of its own', LONG, async () => {
    const turns = VICTIMS.flatMap((victim) => Array.from({ length: 4 * TIMES }, (_, at) => ({ victim, turn: at + 1 })));
    const lanes = await Promise.allSettled(
      NODES.map(async (name, lane) => {
        // The newest rollout of a state folder is this one's.
        const own = productOn(lab);
        for (const { victim, turn } of turns.filter((_, at) => at % NODES.length === lane))
          await strikeOnce(own, victim, turn, [name]);
        own.remove();
      }),
    );
    expect(lanes.flatMap((lane) => (lane.status === 'rejected' ? [lane.reason] : []))).toEqual([]);
  });
});
