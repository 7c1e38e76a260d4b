// A CIFS share with a login on a real Samba server: mounted, remounted, unmounted, converged, and its password written down nowhere but in one file.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Console, start } from '../e2e/driver.ts';
import { Lab } from './lab.ts';
import { planOf } from './nodes.ts';
import { type Product, productOn } from './product.ts';
import { pause, run } from './run.ts';

const PASSWORD = 'S3cret;(id)$9,x';
const CLIENT = 'bare-2';
const SHARE = '//samba-1/share';
const POINT = '/mnt/win';
const LATE_MS = 180_000;

let lab: Lab;
let muster: Product;
beforeAll(async () => {
  const plan = planOf(2, ['samba', 'bare']);
  lab = await Lab.up({ name: `c${process.pid}`, plan, ownerEnds: true, hours: 1 });
  muster = productOn(lab);
  await lab
    .node('samba-1')
    .tells(`mkdir -p /srv/share; echo shared >/srv/share/file; useradd -M ada; chown ada /srv/share
printf '%s\\n%s\\n' '${PASSWORD}' '${PASSWORD}' | smbpasswd -a -s ada
printf '[share]\\npath = /srv/share\\nread only = no\\nvalid users = ada\\n' >>/etc/samba/smb.conf; systemctl restart smbd.service`);
}, 600_000);
afterAll(async () => {
  muster?.remove();
  await lab?.down();
});

/** Mounts the share with its login, the password typed on a terminal; what the terminal was sent. */
async function mountWithLogin(...more: readonly string[]): Promise<string> {
  const [program = '', ...args] = muster.argv([
    ...['apply', 'mount', '-l', CLIENT, '--target', POINT, '--source', SHARE, '--type', 'cifs'],
    ...['--login', '--user', 'ada', '--yes', ...more],
  ]);
  const console: Console = start({ command: [program], args, columns: 200, rows: 50, env: { ...muster.env } });
  await console.see(/Password: /, LATE_MS);
  // Keys are not heard in the first moments, and Enter within the same read counts as pasted.
  await pause(1_500);
  console.press(PASSWORD);
  await pause(500);
  console.press('\r');
  await console.see(/1 succeeded of 1|failed|refused/, LATE_MS);
  expect([await console.exited, console.raw().includes(PASSWORD)]).toEqual([0, false]);
  const raw = console.raw();
  await console.close();
  return raw;
}

const node = () => lab.node(CLIENT);

/** Where the password stands on either side, but for the file that is for it. */
async function leaks(): Promise<readonly string[]> {
  const here = await run(['grep', '-rlF', '-e', PASSWORD, muster.state]);
  // Not in the same script, whose own words would be found.
  await node().says('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >/run/seen-words 2>/dev/null');
  const there = await node().says(
    `grep -rlsF -e '${PASSWORD}' /run/seen-words /run/muster /var/log /etc /tmp /proc/mounts
journalctl -b --no-pager -q -o cat | grep -F -e '${PASSWORD}' | sed 's/^/journal: /'`,
  );
  return [here.stdout, there.stdout].filter((text) => text !== '');
}

const credentials = async (): Promise<string> => (await node().tells('ls -d /etc/muster/credentials/*')).trim();

const confirmed = ['--yes', '--confirm', `interrupt ${CLIENT}`];

test('it is mounted with a password asked once, which stands in one file of root’s alone and nowhere else', async () => {
  await mountWithLogin('--how', 'unit', '--options', 'vers=3.0');
  expect(await node().tells(`cat ${POINT}/file`)).toBe('shared\n');
  const file = await credentials();
  expect(await node().tells(`stat -c '%a %U:%G' ${file} /etc/muster/credentials`)).toBe(
    '600 root:root\n700 root:root\n',
  );
  expect(await leaks()).toEqual([`${file}\n`]);
});

test('a remount with other options keeps the login, and an unmount is taken back by its unit', async () => {
  const remount = ['apply', 'remount', '-l', CLIENT, '--target', POINT];
  await muster.tells([...remount, '--options', 'vers=3.1.1', ...confirmed]);
  expect(await node().tells(`grep ' ${POINT} ' /proc/mounts; cat ${POINT}/file`)).toMatch(/vers=3\.1\.1.*\nshared\n$/);
  expect(await node().tells('grep -c credentials= /etc/systemd/system/mnt-win.mount')).toBe('1\n');
  await muster.tells(['apply', 'unmount', '-l', CLIENT, '--target', POINT, ...confirmed]);
  expect((await node().says(`grep ' ${POINT} ' /proc/mounts`)).stdout).toBe('');
  await muster.tells(['rollouts', 'undo', 'last', '--yes']);
  expect(await node().tells(`cat ${POINT}/file`)).toBe('shared\n');
});

test('converge finds it as wished, and brings it back with its login where it is gone', async () => {
  const wish = { nodes: CLIENT, source: SHARE, target: POINT, type: 'cifs', options: ['vers=3.1.1'], how: 'unit' };
  const wishing = productOn(lab, { mounts: [wish] });
  try {
    // The remount changed what is mounted, and the unit brought back what it says: both differ from the inventory by now, and the login is kept.
    await wishing.tells(['apply', '-l', CLIENT, ...confirmed]);
    const now = `grep ' ${POINT} ' /proc/mounts; cat ${POINT}/file; grep ^Options= /etc/systemd/system/mnt-win.mount`;
    const asWished = /vers=3\.1\.1.*\nshared\nOptions=vers=3\.1\.1,credentials=\/etc\/muster\/credentials\/\S+\n$/;
    expect(await node().tells(now)).toMatch(asWished);
    expect(await wishing.tells(['plan', '-l', CLIENT])).not.toContain('[changes]');
    await node().tells(`umount ${POINT}`);
    await wishing.tells(['apply', '-l', CLIENT, '--yes']);
    expect(await node().tells(now)).toMatch(asWished);
    expect(await leaks()).toEqual([`${await credentials()}\n`]);
  } finally {
    wishing.remove();
  }
});

test('a plain one is mounted by the same file; its remount is refused, and its unmount says that it cannot be taken back', async () => {
  await muster.tells(['apply', 'unmount', '-l', CLIENT, '--target', POINT, '--keep', 'gone', ...confirmed]);
  await mountWithLogin('--how', 'plain');
  expect(await node().tells(`cat ${POINT}/file`)).toBe('shared\n');
  const remount = await muster.run([
    'plan',
    'remount',
    '-l',
    CLIENT,
    '--target',
    POINT,
    '--options',
    'vers=2.1',
    '--how',
    'plain',
  ]);
  expect([remount.code, remount.stdout]).toEqual([3, expect.stringContaining(`nothing tells the login of ${SHARE}`)]);
  const unmount = ['-l', CLIENT, '--target', POINT];
  expect(await muster.tells(['plan', 'unmount', ...unmount])).toContain(
    `cannot be undone: the kernel does not tell with which login ${SHARE} was mounted`,
  );
  await muster.tells(['apply', 'unmount', ...unmount, ...confirmed]);
  expect(await leaks()).toEqual([`${await credentials()}\n`]);
});
