// kill -9 at moments that a seed draws: of the runner, of the command that asked, of a node's SSH sessions, of a node's power. What ran is
// counted on the nodes, by lines that each step appends there to a file.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/command.ts';
import type { JobState, Rollout } from '../../src/model/rollout.ts';
import { seeded } from '../sim/random.ts';
import { type Begun, begin, logOf } from './kills.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './lab-node.ts';
import { endsOf, type Product, productOn } from './product.ts';
import { testLab } from './test-lab.ts';

const NODES = ['client-1', 'client-2', 'client-3'] as const;
const VICTIMS = ['runner', 'command', 'sshd', 'power'] as const;
type Victim = (typeof VICTIMS)[number];

const SEED = Number(process.env['MUSTER_LAB_SEED'] ?? Date.now() % 1_000_000);
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

async function strike(victim: Victim, begun: Begun, node: LabNode): Promise<void> {
  if (victim === 'runner') begun.killRunner();
  else if (victim === 'command') begun.killCommand();
  else if (victim === 'sshd') await node.tells('pkill -KILL -u admin sshd; true');
  else await node.powerCycle();
}

/** What a person does afterwards: take it over where nobody drives it, go on where a lost node made it wait, and stay to the end. */
async function toItsEnd(muster: Product, victim: Victim, begun: Begun): Promise<Rollout> {
  if (victim === 'runner') {
    // A rollout that was over before the blow fell is left by its command as any other is.
    const code = await begun.commandEnded;
    expect([EXIT.ok, EXIT.failed]).toContain(code);
    if (code === EXIT.failed) await muster.run(['rollouts', 'resume', begun.id]);
  }
  for (;;) {
    const { code } = await muster.run(['rollouts', 'attach', begun.id]);
    if (code !== EXIT.paused) return muster.rollout(begun.id);
    await muster.tells(['rollouts', 'resume', begun.id]);
  }
}

/** What a rollout that is over has left on a node; another whose outcome there is unknown keeps the name of its step. */
const leftBy = (id: string) =>
  `ls -d /run/muster/${id}-* /run/muster/.new.* 2>/dev/null; systemctl list-units --all --no-legend 'muster-${id}*'; true`;

const stateOn = ({ stages }: Rollout, name: string): JobState | undefined =>
  stages.flat().find(({ node }) => node === name)?.state;

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

describe.each(['runner', 'power'] as const)(`seed ${SEED}: kill -9 of %s while a disk is made`, (victim) => {
  const random = seeded(SEED + 77 + VICTIMS.indexOf(victim));
  const tools = ['parted', 'mkfs.ext4'];

  test('the disk is partitioned and formatted once, and a retry comes to a clean filesystem', async () => {
    const node = lab.node('client-3');
    const disk = await node.freshDisk({ sizeMiB: 300 });
    const label = `kill-${victim}`;
    const target = `/srv/${label}`;
    for (const tool of tools)
      await node.tells(
        `printf '#!/bin/sh\\necho ${tool} >>/var/tmp/effects-disk; sync\\nexec /sbin/${tool} "$@"\\n' >/usr/local/sbin/${tool}; chmod 755 /usr/local/sbin/${tool}`,
      );
    await node.tells('rm -f /var/tmp/effects-disk; sync');
    try {
      const args = ['provision-disk', '-l', 'client-3', '--disk', disk.serial, '--label', label, '--target', target];
      const begun = await begin(muster, ['apply', ...args, '--yes', '--confirm', `erase ${disk.serial} on client-3`]);
      const moment = Math.floor(random() * 14);
      await begun.reaches(moment);
      await strike(victim, begun, node);
      let rollout = await toItsEnd(muster, victim, begun);
      for (let again = 0; stateOn(rollout, 'client-3') !== 'succeeded' && again < 2; again += 1) {
        const ran = await muster.run([
          'rollouts',
          'retry',
          rollout.id,
          '--yes',
          '--confirm',
          `erase ${disk.serial} on client-3`,
        ]);
        expect(ran.code, `${victim} at ${moment}: ${ran.stdout}${ran.stderr}`).toBe(0);
        rollout = await muster.rollout();
        if (rollout.plan?.kind === 'no-op') break;
      }
      expect(
        await node.tells(`cat /var/tmp/effects-disk; findmnt -no FSTYPE,TARGET ${target}`),
        `${victim} at ${moment}`,
      ).toBe(`parted\nmkfs.ext4\next4   ${target}\n`);
      expect(
        await node.tells(`umount ${target}; e2fsck -fn /dev/disk/by-label/${label} >/dev/null 2>&1; echo $?`),
      ).toBe('0\n');
    } finally {
      await node.says(`rm -f ${tools.map((tool) => `/usr/local/sbin/${tool}`).join(' ')} /var/tmp/effects-disk
systemctl disable --now 'srv-kill\\x2d${victim}.mount'; rm -f '/etc/systemd/system/srv-kill\\x2d${victim}.mount'; systemctl daemon-reload; rmdir ${target}`);
      await disk.remove();
    }
  });
});
