// A CIFS share that is unmounted and mounted again needs its login, which the kernel does not tell: from a unit, from fstab, or not at all.
import { expect, test } from 'vitest';
import { mount } from '../../src/actions/mount.ts';
import { remount } from '../../src/actions/remount.ts';
import { unmount } from '../../src/actions/unmount.ts';
import { planLines } from '../../src/cli/format-plan.ts';
import { withoutSecrets } from '../../src/engine/plan-secrets.ts';
import type { Plan } from '../../src/model/plan.ts';
import { planOn, simFleet } from './plan-cases.ts';

const INVENTORY = 'name: lab\nnodes: { client-1: {} }\n';
const FILE = '/etc/muster/credentials/mnt-win-e60d4b33';

/** A node with a share at /mnt/win, as the kernel tells it, and these files. */
async function node(superOptions: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const fleet = await simFleet({
    inventory: INVENTORY,
    nodes: {
      'client-1': {
        mounts: ['//nas/data /mnt/win cifs rw,relatime'],
        files,
        tools: ['mount.cifs', 'systemctl'],
      },
    },
  });
  const one = fleet.nodes.get('client-1');
  if (one === undefined) throw new Error('no node');
  one.mounts = one.mounts.map((mount) => ({ ...mount, superOptions: ['rw', 'vers=3.1.1', ...superOptions] }));
  return fleet;
}

const commands = (plan: Plan): readonly string[] =>
  plan.kind === 'change'
    ? plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps.map(({ run }) => run.argv.join(' '))))
    : plan.kind === 'refused'
      ? plan.refused.map(({ because, tryThis }) => `${because}; ${tryThis}`)
      : [plan.because];

const undoOf = (plan: Plan): string => {
  const undo = plan.kind === 'change' ? plan.stages[0].jobs[0].steps[0].undo : undefined;
  if (undo === undefined) return plan.kind;
  return 'never' in undo ? undo.never : undo.map(({ run }) => run.argv.join(' ')).join();
};

const LOGGED_IN = ['sec=ntlmssp', 'cache=strict', 'username=ada', 'domain=LAB'];

test('the unmount of one that somebody logged in to says that it cannot be taken back; of a guest and of a ticket it can', async () => {
  const undos = await Promise.all(
    [LOGGED_IN, ['sec=none', 'cache=strict'], ['sec=krb5i', 'cruid=1000']].map(async (options) =>
      undoOf(planOn(unmount, { nodes: 'client-1', target: '/mnt/win' }, await node(options))),
    ),
  );
  expect(undos).toEqual([
    'the kernel does not tell with which login //nas/data was mounted: mount it again with it',
    'mount -t cifs -o rw,relatime,sec=none -- //nas/data /mnt/win',
    'mount -t cifs -o rw,relatime,sec=krb5i,cruid=1000 -- //nas/data /mnt/win',
  ]);
});

const away = { nodes: 'client-1', target: '/mnt/win', options: 'vers=3.0', how: 'plain' } as const;

test('one that would have to be mounted again is left alone where nothing tells its login', async () => {
  expect(commands(planOn(remount, away, await node(LOGGED_IN)))).toEqual([
    'nothing tells the login of //nas/data: the kernel keeps it to itself, and neither a unit nor fstab names a file with it; unmount it, then mount it with login; or name credentials=FILE in its options',
  ]);
  expect(commands(planOn(remount, { ...away, options: 'ro' }, await node(LOGGED_IN)))).toEqual([
    expect.stringContaining('mount -o remount,'),
  ]);
});

test('the login stays the one that a unit or fstab names', async () => {
  const unit = `[Mount]\nWhat=//nas/data\nWhere=/mnt/win\nType=cifs\nOptions=vers=3.1.1,credentials=${FILE}\n`;
  const fstab = `//nas/data /mnt/win cifs credentials=${FILE},nofail 0 0\n`;
  for (const files of [{ '/etc/systemd/system/mnt-win.mount': unit }, { '/etc/fstab': fstab }])
    expect(commands(planOn(remount, away, await node(LOGGED_IN, files)))).toContain(
      `mount -t cifs -o vers=3.0,credentials=${FILE} -- //nas/data /mnt/win`,
    );
});

const INLINE = '//nas/data /mnt/win cifs username=ada,password=geheim,nofail 0 0\n';

test('a password among the options of fstab goes on no command line: the share is left alone', async () => {
  const fleet = await node(LOGGED_IN, { '/etc/fstab': INLINE });
  expect(commands(planOn(remount, away, fleet))).toEqual([
    expect.stringContaining('neither a unit nor fstab names a file with it'),
  ]);
});

test('a password among the options that the inventory wishes is refused before it stands anywhere', async () => {
  const fleet = await node([]);
  for (const how of ['automount', 'fstab', 'unit']) {
    const wish = `{ source: //nas/more, target: /mnt/more, type: cifs, nodes: all, how: ${how}, options: "username=ada,pass=geheim" }`;
    const { inventory } = await simFleet({ inventory: `${INVENTORY}mounts: [${wish}]\n`, nodes: {} });
    expect(commands(planOn(mount, { nodes: 'client-1', target: '/mnt/more' }, { ...fleet, inventory }))).toEqual([
      'the options have "pass=", which command lines, units and fstab show to everybody; give the login to be asked for, or name a file with credentials= (mount.cifs(8))',
    ]);
  }
});

test('a password that another line of fstab has is written back, and shown and kept nowhere', async () => {
  const fleet = await node([], { '/etc/fstab': INLINE });
  const wish = { nodes: 'client-1', source: '//nas/more', target: '/mnt/more', type: 'cifs', how: 'fstab' };
  const plan = planOn(mount, { ...wish, options: 'guest' }, fleet);
  const writing = plan.kind === 'change' ? plan.stages[0].jobs[0].steps.find(({ run }) => run.stdin) : undefined;
  expect(writing?.run.stdin).toContain('password=geheim');
  expect(planLines(plan).join('\n')).not.toContain('geheim');
  expect(JSON.stringify(withoutSecrets(plan))).not.toContain('geheim');
  expect(JSON.stringify(withoutSecrets(plan))).toContain('password=******');
});
