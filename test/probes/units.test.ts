import { expect, test } from 'vitest';
import { units } from '../../src/probes/units.ts';
import { capture, describeCaptures, factOf, failureOf, parse } from './support.ts';

const SHOWN = `Where=/mnt/gpu-storage
What=10.4.0.30:/mnt/gpu-storage
Type=nfs4
Options=rw,nosuid,addr=10.4.0.30,x=y
Result=success
Id=mnt-gpu\\x2dstorage.mount
LoadState=loaded
ActiveState=active
SubState=mounted
FragmentPath=/etc/systemd/system/mnt-gpu\\x2dstorage.mount
UnitFileState=disabled

Where=/mnt/gpu-storage
Result=success
Id=mnt-gpu\\x2dstorage.automount
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/etc/systemd/system/mnt-gpu\\x2dstorage.automount
UnitFileState=enabled

Where=
What=
Type=
Options=
Result=success
Id=var-swap.mount
LoadState=not-found
ActiveState=inactive
SubState=dead
FragmentPath=
UnitFileState=
`;

test('a mount, its automount, and a unit that is only spoken of', () => {
  const failed = `mnt-data.mount loaded failed failed /mnt/data
● nfs-server.service     loaded failed failed NFS server
`;
  expect(factOf(units, `== units 0\n${SHOWN}\n== failed\n${failed}`)).toEqual({
    units: [
      {
        name: 'mnt-gpu\\x2dstorage.mount',
        kind: 'mount',
        load: 'loaded',
        active: 'active',
        sub: 'mounted',
        result: 'success',
        where: '/mnt/gpu-storage',
        what: '10.4.0.30:/mnt/gpu-storage',
        fsType: 'nfs4',
        options: 'rw,nosuid,addr=10.4.0.30,x=y',
        fragmentPath: '/etc/systemd/system/mnt-gpu\\x2dstorage.mount',
        fileState: 'disabled',
      },
      {
        name: 'mnt-gpu\\x2dstorage.automount',
        kind: 'automount',
        load: 'loaded',
        active: 'active',
        sub: 'running',
        result: 'success',
        where: '/mnt/gpu-storage',
        fragmentPath: '/etc/systemd/system/mnt-gpu\\x2dstorage.automount',
        fileState: 'enabled',
      },
      { name: 'var-swap.mount', kind: 'mount', load: 'not-found', active: 'inactive', sub: 'dead', result: 'success' },
    ],
    failed: ['mnt-data.mount', 'nfs-server.service'],
  });
});

test('no mount units is a fact', () => {
  expect(factOf(units, '== units 0\n\n== failed\n')).toEqual({ units: [], failed: [] });
});

test('no systemctl and a systemd that does not run are absence, a silent bus is a failure in its words', () => {
  const offline = "System has not been booted with systemd as init system (PID 1). Can't operate.";
  expect(parse(units, '')).toEqual({ kind: 'absent', because: 'no systemd on this node' });
  expect(parse(units, `== units 1\n${offline}\n== failed\n`)).toEqual({
    kind: 'absent',
    because: 'systemd does not run this node',
  });
  const words = 'Failed to get properties: Connection timed out';
  expect(failureOf(() => parse(units, `== units 1\n${words}\n== failed\n`))).toBe(words);
});

test('a block without its states was cut short', () => {
  expect(failureOf(() => parse(units, '== units 0\nId=a.mount\nLoadState=loaded\n'))).toMatch(/^units: line 2/);
});

describeCaptures('units', () => {
  test('blocks of other kinds are read and passed over, values with blanks, braces and = included', () => {
    const states = 'LoadState=loaded\nActiveState=active\nSubState=running';
    const services = capture('systemd/insights-systemctl-show-services.txt').replace(
      /^Id=.*$/gm,
      (id) => `${id}\n${states}`,
    );
    expect(factOf(units, `== units 0\n${services}\n\n${SHOWN}== failed\n`).units.length).toBe(3);
  });

  test('no failed units', () => {
    const listed = capture('systemd/hotsos-list-units-failed.txt');
    expect(factOf(units, `== units 0\n${SHOWN}== failed\n${listed}`).failed).toEqual([]);
  });

  test('units that failed, in the full list of a host', () => {
    const lines = capture('systemd/hotsos-systemctl-list-units.txt').split('\n');
    const failed = lines.filter((line) => / failed +failed /.test(line));
    const names = failed.map((line) => line.replace('●', '').trim().split(' ')[0]);
    expect(factOf(units, `== units 0\n${SHOWN}== failed\n${failed.join('\n')}\n`).failed).toEqual(names);
  });
});
