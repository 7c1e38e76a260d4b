import { describe, expect, test } from 'vitest';
import { clock } from '../../src/probes/clock.ts';
import { identity } from '../../src/probes/identity.ts';
import { nfsServer } from '../../src/probes/nfs-server.ts';
import { privilege } from '../../src/probes/privilege.ts';
import { tools } from '../../src/probes/tools.ts';
import { usage } from '../../src/probes/usage.ts';
import { usb } from '../../src/probes/usb.ts';
import { factOf, failureOf, parse } from './support.ts';

describe('identity', () => {
  const head =
    'hostname=gpu01\nkernel=6.1.0-30-amd64\narch=x86_64\nboot=58ee5a12-707d-455d-8119-77853473f483\ncpus=64\n';

  test('who the node is, with the name its release gives itself', () => {
    const release = 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';
    expect(factOf(identity, `${head}virt=none\n== os-release\n${release}`)).toEqual({
      hostname: 'gpu01',
      kernel: '6.1.0-30-amd64',
      osName: 'Debian GNU/Linux 12 (bookworm)',
      architecture: 'x86_64',
      bootId: '58ee5a12-707d-455d-8119-77853473f483',
      cpuCount: 64,
      virtualisation: 'none',
    });
  });

  test.each([
    ["PRETTY_NAME='Rocky $x'", 'Rocky $x'],
    ['NAME=Alpine\nVERSION_ID=3.20', 'Alpine 3.20'],
    ['PRETTY_NAME="a \\"quoted\\" \\$name"', 'a "quoted" $name'],
    ['', 'Linux'],
  ])('release %j reads %j', (release, name) => {
    const value = factOf(identity, `${head}virt=\n== os-release\n${release}\n`);
    expect([value.osName, value.virtualisation]).toEqual([name, undefined]);
  });

  test('an answer without a host name is a failure', () => {
    expect(failureOf(() => parse(identity, 'kernel=6\n'))).toMatch(/^identity: line 1/);
  });
});

describe('clock', () => {
  test('the skew is node minus console, less half the round trip', () => {
    const given = { atMs: 1_795_335_598_000, tookMs: 200 };
    expect(factOf(clock, '1795335597.861631612\n', given)).toEqual({ nodeTimeMs: 1_795_335_597_862, skewMs: -38 });
  });

  test.each(['1795335597\n', '1795335597.%N\n', '1795335597.\n'])('%j counts as the middle of its second', (answer) => {
    expect(factOf(clock, answer, { atMs: 1_795_335_597_000 }).skewMs).toBe(500);
  });

  test('anything else is a failure', () => {
    expect(failureOf(() => parse(clock, 'date: invalid option'))).toMatch(/^clock: line 1/);
  });
});

describe('privilege', () => {
  test.each([
    ['root\n', { kind: 'root' }],
    ['sudo 12\n', { kind: 'sudo', latencyMs: 12 }],
    ['sudo\n', { kind: 'sudo', latencyMs: 40 }],
    ['refused sudo: a password is required\n', { kind: 'refused', because: 'sudo: a password is required' }],
    ['refused\n', { kind: 'refused', because: 'sudo gave no reason' }],
  ])('%j is understood', (answer, value) => {
    expect(factOf(privilege, answer, { tookMs: 40 })).toEqual(value);
  });

  test('another word is a failure', () => {
    expect(failureOf(() => parse(privilege, 'administrator\n'))).toMatch(/^privilege: line 1/);
  });
});

describe('tools', () => {
  test('names are sorted and single', () => {
    expect(factOf(tools, 'parted\nlsblk\nparted\n')).toEqual(['lsblk', 'parted']);
  });

  test('a line that names no tool is a failure', () => {
    expect(failureOf(() => parse(tools, 'lsblk\n/etc/passwd\n'))).toBe(
      'tools: line 2 is not as expected: "/etc/passwd"',
    );
  });
});

describe('usage', () => {
  const at = { target: '/data' };

  test('sizes are in bytes, and available is what an ordinary user may still write', () => {
    expect(factOf(usage, '4096 262144 100000 86893 65536 65000\n', at)).toEqual({
      target: '/data',
      sizeBytes: 1_073_741_824,
      usedBytes: 664_141_824,
      availableBytes: 355_913_728,
      inodes: 65_536,
      inodesFree: 65_000,
    });
  });

  test('a reserve that is used up and unknown inodes are zero, not huge', () => {
    const value = factOf(usage, '4096 1000 10 18446744073709551600 18446744073709551615 0\n', at);
    expect([value.availableBytes, value.inodes, value.inodesFree]).toEqual([0, 0, 0]);
  });

  test('EFS claims 8 EiB, and may', () => {
    expect(factOf(usage, '1048576 8796093022207 8796093022207 8796093022207 0 0\n', at).sizeBytes).toBe(
      2 ** 63 - 2 ** 20,
    );
  });

  test.each([
    ["stat: cannot read file system information for '/data': Stale file handle\n", 'Stale file handle'],
    ["stat: can't read file system information for '/a: b': Host is down\n", 'Host is down'],
    ['', 'stat ended with 1'],
  ])('a failing stat %j fails in its own words', (answer, message) => {
    expect(failureOf(() => parse(usage, answer, { ...at, exitCode: 1 }))).toBe(message);
  });

  test.each([
    '4096 10 5 5 1',
    '4096 10 5 5 1 1 1',
    '-1 1 1 1 1 1',
    '1e309 1 1 1 1 1',
    '9999999999 18446744073709551615 0 0 0 0',
  ])('%j is a failure', (answer) => {
    expect(failureOf(() => parse(usage, answer, at))).toMatch(/^usage: line 1/);
  });
});

describe('nfsServer', () => {
  const client = `clientid: 0x1122334455667788
address: "10.4.0.11:893"
status: confirmed
name: "Linux NFSv4.2 gpu01: the first"
minor version: 2
Implementation domain: "kernel.org"
callback state: UP
`;

  test('threads and clients with address, name and version', () => {
    const six = client.replace('10.4.0.11:893', '[fd00::11]:893').replace('minor version: 2\n', '');
    expect(factOf(nfsServer, `== threads\n8\n== client 3\n${client}== client 4\n${six}`)).toEqual({
      threads: 8,
      clients: [
        { address: '10.4.0.11', name: 'Linux NFSv4.2 gpu01: the first', version: '4.2' },
        { address: 'fd00::11', name: 'Linux NFSv4.2 gpu01: the first' },
      ],
    });
  });

  test('a server without threads is a fact, a node without one has none', () => {
    expect(factOf(nfsServer, '== threads\n8\n== busy\n2 6\n').busy).toEqual({ running: 2, waiting: 6 });
    expect(factOf(nfsServer, '== threads\n8\n== busy\n2 7\n').busy).toBeUndefined();
    expect(factOf(nfsServer, '== threads\n0\n')).toEqual({ threads: 0, clients: [] });
    expect(parse(nfsServer, '')).toEqual({ kind: 'absent', because: 'no kernel NFS server on this node' });
  });

  test('a client file that vanished while it was read is no client', () => {
    expect(factOf(nfsServer, '== threads\n8\n== client 3\n').clients).toEqual([]);
  });
});

describe('usb', () => {
  test('a Coral before and after its firmware', () => {
    expect(factOf(usb, '1a6e:089a 2-4 5000\n18d1:9302 1-1.3 480\n18d1:9302 1-2 \n')).toEqual([
      { vendorProduct: '1a6e:089a', kind: 'coral', state: 'waiting-for-firmware', path: '2-4', speedMbps: 5_000 },
      { vendorProduct: '18d1:9302', kind: 'coral', state: 'ready', path: '1-1.3', speedMbps: 480 },
      { vendorProduct: '18d1:9302', kind: 'coral', state: 'ready', path: '1-2' },
    ]);
  });

  test('a device that was not asked for is a failure', () => {
    expect(failureOf(() => parse(usb, 'toString:x 2-4 5000\n'))).toMatch(/^usb: line 1/);
  });
});

test('no answer and no error means absent; no answer and an exit code is a failure', () => {
  expect(parse(usb, '')).toEqual({ kind: 'absent', because: 'no USB accelerator on this node' });
  expect(failureOf(() => parse(usb, '', { exitCode: 137 }))).toBe(
    'usb: the question ended with exit code 137 and no answer',
  );
});
