// The built program on a pseudo-terminal against real OpenSSH servers of this machine, by keyboard alone, as an operator meets them.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasOpenSsh, keygen, type Sshd, startSshd } from '../transport/sshd.ts';
import { freePort } from '../transport/support.ts';
import {
  crash,
  fingerprintOf,
  knownLine,
  listener,
  muster,
  newHome,
  nodeAt,
  pressUntil,
  processesIn,
  processesOf,
  signalSessions,
  startAgain,
  trust,
} from './nodes.ts';

const paste = (text: string): string => `\u001b[200~${text}\u001b[201~`;

/** Whether a shell waits for a command on the last line written. */
const atPrompt = (screen: string): boolean => /[#$]$/.test(screen.trimEnd());

/** Lets a key into an sshd. */
function authorise(sshd: Sshd, key: string): void {
  appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${key}.pub`));
}

describe.runIf(hasOpenSsh)('on OpenSSH', () => {
  test('unknown host keys wait on one screen, are accepted one by one or all marked, and exactly those are filed', async () => {
    const sshds = [await startSshd(), await startSshd(), await startSshd()] as const;
    const home = newHome();
    const [n1, n2, n3] = sshds.map((sshd) => nodeAt(sshd));
    const console = home.open({
      args: ['-i', home.inventory({ n1: n1 ?? {}, n2: n2 ?? {}, n3: n3 ?? {} })],
      columns: 80,
      rows: 24,
    });
    await console.see('3 host keys wait for you: H reviews them');
    await console.see('n[1-3] wait until a person accepts their host keys');
    console.press('H');
    const review = await console.see('Host keys: 3 unknown, 0 changed');
    for (const { folder: at, port } of sshds) {
      expect(review).toContain(fingerprintOf(join(at, 'host_ed25519.pub')));
      expect(review).toContain(`127.0.0.1:${port}`);
    }
    await pressUntil(console, ['a'], 'The key of n1 will be trusted from now on');
    await pressUntil(console, ['y'], /●1 {2}⊘2/);
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(`${knownLine(sshds[0])}\n`);
    console.press('H');
    await pressUntil(console, ['M', 'a'], 'The 2 keys of n[2-3] will be trusted from now on');
    await pressUntil(console, ['y'], /3 nodes {2}●3/);
    const filed = readFileSync(home.knownHosts, 'utf8').trim().split('\n');
    expect(filed.toSorted()).toEqual(sshds.map(knownLine).toSorted());
    expect(statSync(home.knownHosts).mode & 0o777).toBe(0o600);
  });

  test('a changed host key is never accepted, is told with both fingerprints and the line, and disturbs nobody else', async () => {
    const sshd = await startSshd();
    const other = await startSshd();
    const home = newHome();
    const old = keygen(join(sshd.folder, 'old'));
    const line = `${knownLine(sshd).split(' ')[0]} ${readFileSync(`${old}.pub`, 'utf8').trim()}`;
    trust(home, knownLine(other), line);
    const args = ['-i', home.inventory({ n1: nodeAt(sshd), n2: nodeAt(other) })];
    const console = home.open({ args, columns: 200, rows: 50 });
    await console.see(/● 1 up {2}⊘ 1 refused/);
    console.press('9', 'd');
    const [was, is] = [fingerprintOf(`${old}.pub`), fingerprintOf(join(sshd.folder, 'host_ed25519.pub'))];
    await console.see((screen) =>
      [was, is, '1 host key has changed: H shows it'].every((text) => screen.includes(text)),
    );
    // Long words break at the edge of the pane.
    const inPane = (screen: string) =>
      screen
        .split('\n')
        .map((row) => row.split('│').at(-1) ?? '')
        .join('')
        .replaceAll(' ', '');
    await console.see((screen) => inPane(screen).includes(`${home.knownHosts}:2`));
    await console.see((screen) => inPane(screen).includes(`'[127.0.0.1]:${sshd.port}'-f'${home.knownHosts}'`));
    console.press('H');
    await console.see(`${home.knownHosts}:2`);
    await pressUntil(console, ['a'], 'a changed key is never accepted here');
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(`${knownLine(other)}\n${line}\n`);
    await console.see(/● 1 up {2}⊘ 1 refused/);
  });

  test('the passphrase of a key is asked once for the fleet and never shown; a wrong one and none at all are told', async () => {
    const sshds = [await startSshd(), await startSshd()] as const;
    const home = newHome();
    const locked = keygen(join(home.path, 'locked'), '-a', '1', '-N', 'sesame');
    for (const sshd of sshds) authorise(sshd, locked);
    trust(home, ...sshds.map(knownLine));
    const [n1, n2] = sshds.map((sshd) => nodeAt(sshd, { identityFiles: [locked] }));
    const console = home.open({ args: ['-i', home.inventory({ n1: n1 ?? {}, n2: n2 ?? {} }), '--open', 'nodes'] });
    await console.see(`passphrase of ${locked}`);
    await pressUntil(console, ['\u001b'], /⊘ 2 refused/);
    // Right behind an Esc the letter would be Alt-d.
    await pressUntil(console, ['d'], /stays\s+(│\s+)?locked: nobody/);
    console.press('M', 'R');
    await console.see(`passphrase of ${locked}`);
    console.press(paste('wrong'));
    await pressUntil(console, ['\r'], 'wrong passphrase');
    console.press(paste('sesame'));
    await pressUntil(console, ['\r'], '● 2 up');
    expect(console.raw()).not.toMatch(/sesame|wrong[^ ]/);
  });

  test('a refused login says what was tried and what is taken, and R tries again once the cause is mended', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const stranger = keygen(join(home.path, 'stranger'));
    const inventory = home.inventory({ n1: nodeAt(sshd, { identityFiles: [stranger] }) });
    const console = home.open({ args: ['-i', inventory], columns: 200, rows: 50 });
    await console.see(`n1 refuses muster: does not let ${sshd.user} in: tried ${stranger}; it takes publickey`);
    authorise(sshd, stranger);
    console.press('2', 'R');
    await console.see('● 1 up');
  });

  test('a node that falls silent is late, one that dies is lost with its age and next try, and both come back by themselves', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const args = ['-i', home.inventory({ n1: nodeAt(sshd) }, { lateAfter: '2s', lostAfter: '20s' }), '--open', 'nodes'];
    const console = home.open({ args });
    await console.see(/n1 +● up +\d/);
    signalSessions(sshd, 'SIGSTOP');
    await console.see(/n1 +◔ late/);
    signalSessions(sshd, 'SIGCONT');
    await console.see(/n1 +● up/);
    await crash(sshd);
    // The last load stays on the line.
    await console.see(/n1 +✗ lost \d+s.* \d+\.\d\d .*\d%/);
    startAgain(sshd);
    await console.see(/n1 +● up/);
    console.press('0');
    await console.see(/link back after \d+s/);
    await console.see(/link lost: /);
    await console.see(/over after \d+s: n1 does not answer/);
  });

  test('a jump host, this machine and the system ssh with a certificate work together, and quitting leaves nothing anywhere', async () => {
    const bastion = await startSshd();
    const behind = await startSshd();
    const certain = await startSshd((at) => [`TrustedUserCAKeys ${keygen(join(at, 'authority'))}.pub`]);
    const home = newHome();
    trust(home, ...[bastion, behind, certain].map(knownLine));
    const key = keygen(join(home.path, 'certified'));
    const authority = join(certain.folder, 'authority');
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'test', '-n', certain.user, `${key}.pub`]);
    writeFileSync(
      join(home.path, '.ssh', 'config'),
      `Host certain\n HostName 127.0.0.1\n Port ${certain.port}\n User ${certain.user}\n IdentityFile ${key}\n`,
      { mode: 0o600 },
    );
    const nodes = {
      bastion: nodeAt(bastion),
      behind: nodeAt(behind, { jump: ['bastion'] }),
      certain: { address: 'certain' },
      here: { via: 'local' },
    };
    const console = home.open({ args: ['-i', home.inventory(nodes)] });
    await console.see('● 4 up');
    const sockets = () => readdirSync(home.temporary).filter((name) => name.startsWith('muster-'));
    expect(sockets()).toHaveLength(1);
    console.press('q');
    expect(await console.exited).toBe(0);
    const left = () => [bastion, behind, certain].flatMap(processesOf).length + processesIn(home).length;
    await expect.poll(left, { timeout: 30_000, interval: 20 }).toBe(0);
    expect(sockets()).toEqual([]);
  });

  test('the ssh of a jump host asks nothing on the operator’s screen', async () => {
    const bastion = await startSshd();
    const behind = await startSshd();
    const home = newHome();
    trust(home, knownLine(behind));
    const nodes = { n1: nodeAt(behind, { transport: 'openssh', jump: [`${bastion.user}@127.0.0.1:${bastion.port}`] }) };
    const console = home.open({ args: ['-i', home.inventory(nodes), '--open', 'nodes'] });
    await console.see(/n1 +⊘ refused host key/);
    expect(console.raw()).not.toContain('authenticity');
  });

  test('banners, noisy shells and a PATH that leads nowhere keep nobody out; an account without a shell is told', async () => {
    const noisy = await startSshd((at) => {
      writeFileSync(join(at, 'banner'), '*** authorised use only ***\n');
      writeFileSync(join(at, 'shell'), '#!/bin/sh\necho Welcome; echo oops >&2; exec sh -c "$SSH_ORIGINAL_COMMAND"\n', {
        mode: 0o755,
      });
      return [`Banner ${join(at, 'banner')}`, `ForceCommand ${join(at, 'shell')}`];
    });
    const lost = await startSshd(() => ['SetEnv PATH=/nowhere']);
    const closed = await startSshd(() => ['ForceCommand echo This account is not available; exit 1']);
    const home = newHome();
    trust(home, ...[noisy, lost, closed].map(knownLine));
    const nodes = { noisy: nodeAt(noisy), lost: nodeAt(lost), closed: nodeAt(closed) };
    const console = home.open({ args: ['-i', home.inventory(nodes)], columns: 200, rows: 50 });
    await console.see(/● 2 up {2}✗ 1 lost/);
    await console.see(/closed does not answer: the program on .* ended with exit code 1; it said: This account is not/);
  });

  test('a login shell has the whole terminal, full-screen programs and resizes too, and comes back by exit and by ~.', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const console = home.open({ args: ['-i', home.inventory({ n1: nodeAt(sshd) }), '--open', 'nodes'] });
    await console.see(/n1 +● up/);
    console.press('s');
    await console.see((screen) => screen.includes('shell on n1') && atPrompt(screen));
    console.press('stty size\r');
    await console.see('40 120');
    if (existsSync('/usr/bin/top')) {
      console.press('top\r');
      await console.see(/Tasks: +\d+ total/);
    }
    console.resize(100, 30);
    console.press('q');
    await console.see(atPrompt);
    console.press('stty size\r');
    await console.see('30 100');
    console.press('exit\r');
    await console.see('the shell ended');
    expect(console.isAlternate()).toBe(true);
    console.press('s');
    await console.see((screen) => screen.includes('shell on n1') && atPrompt(screen));
    console.press('\r~.');
    await console.see('the shell ended');
    await console.see(/n1 +● up/);
  });

  test('without a screen the same is told in words and JSON, and a pipe that closes ends it quietly', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    const inventory = home.inventory({ n1: nodeAt(sshd) });
    const json = await muster(home, ['status', '-i', inventory, '--json']);
    expect([json.stderr, JSON.parse(json.stdout).links.up]).toEqual(['', 1]);
    const cut = await muster(home, ['status', '-i', inventory, '--watch', '--every', '0.2'], '| head -1');
    expect([cut.stdout, cut.stderr]).toEqual(['qa\n', '']);
  });

  test('each way not to reach a node is one sentence, folded over its nodes, and the others are not disturbed', async () => {
    const sshd = await startSshd();
    const home = newHome();
    trust(home, knownLine(sshd));
    writeFileSync(join(home.path, '.ssh', 'config'), 'Host *\n ConnectTimeout 3\n', { mode: 0o600 });
    const garbage = join(home.path, 'garbage');
    writeFileSync(garbage, 'no key\n');
    const at = (port: number) => ({ address: '127.0.0.1', port });
    const nodes = {
      well: nodeAt(sshd),
      'nameless[1-2]': { address: 'no-such-node.invalid' },
      'closed[1-3]': at(await freePort()),
      mute: at(await listener(() => {})),
      web: at(await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
      garbage: nodeAt(sshd, { identityFiles: [garbage] }),
      keyless: nodeAt(sshd, { identityFiles: ['/nowhere/id'] }),
      circle: nodeAt(sshd, { jump: ['circle'] }),
    };
    const { status, stdout, stderr } = await muster(home, [
      ...['status', '-i', home.inventory(nodes), '--timeout', '10'],
    ]);
    expect([status, stderr]).toEqual([3, '']);
    expect(stdout).toContain('1 up');
    for (const sentence of [
      /^nameless\[1-2\]: lost: the name of no-such-node\.invalid does not resolve.*\(2 nodes\)$/m,
      /^closed\[1-3\]: lost: 127\.0\.0\.1:\d+ refuses the connection: nothing listens on port.*\(3 nodes\)$/m,
      /^mute: lost: 127\.0\.0\.1:\d+: no answer within 3 s while waiting for the SSH greeting$/m,
      /^web: lost: 127\.0\.0\.1:\d+ is no SSH server: it says "HTTP\/1\.1 400 Bad Request"; check the port$/m,
      /^garbage: refused: .* no key to try; .*garbage cannot be used: it holds no key in a form muster knows$/m,
      /^keyless: refused: .* no key to try; there is no \/nowhere\/id$/m,
      /^circle: refused: the jump hosts go in a circle: /m,
    ])
      expect(stdout).toMatch(sentence);
  });

  test('a fault of muster gives the terminal back, writes a report and exits 70', async () => {
    const home = newHome();
    const crashing = `data:text/javascript,process.on('SIGUSR2',()=>{throw new Error('a view broke')})`;
    const args = ['-i', home.inventory({ here: { via: 'local' } })];
    const console = home.open({ args, env: { NODE_OPTIONS: `--import="${crashing}"` } });
    await console.see('● 1 up');
    console.signal('SIGUSR2');
    expect(await console.exited).toBe(70);
    expect(console.isAlternate()).toBe(false);
    const [, report = ''] = /(\S+crash-\S+\.txt)/.exec(console.screen().join('')) ?? [];
    expect(readFileSync(report, 'utf8')).toContain('a view broke');
  });
});
