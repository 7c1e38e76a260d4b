import { describe, expect, test } from 'vitest';
import type { Mount } from '../../src/model/facts.ts';
import { automountAt, serverOf, stackedAt, topMounts, usageTargets } from '../../src/model/mounts.ts';
import { mounts as probe } from '../../src/probes/mounts.ts';
import { capture, describeCaptures, factOf } from '../probes/support.ts';

/** Mounts from mountinfo lines. */
const table = (...lines: readonly string[]): readonly Mount[] => factOf(probe, lines.join('\n'));
const targets = (list: readonly Mount[]) => list.map(({ target, fsType }) => `${target} ${fsType}`);

const ROOT = '1 0 8:1 / / rw - ext4 /dev/sda1 rw';
const AUTOFS = '10 1 0:40 / /data rw - autofs systemd-1 rw,fd=1,timeout=60,direct';
const REAL = '11 10 0:41 / /data rw - nfs4 nfs-a:/srv rw,vers=4.2';

describe('topMounts', () => {
  test('of several mounts at one target the last is visible', () => {
    const { visible, hidden } = topMounts(
      table(ROOT, '2 1 8:2 / /data rw - xfs /dev/sdb rw', '3 2 8:3 / /data rw - ext4 /dev/sdc rw'),
    );
    expect([targets(visible), targets(hidden)]).toEqual([['/ ext4', '/data ext4'], ['/data xfs']]);
  });

  test('an automount with its real mount hides nothing', () => {
    const { visible, hidden } = topMounts(table(ROOT, AUTOFS, REAL));
    expect([targets(visible), targets(hidden)]).toEqual([['/ ext4', '/data nfs4'], []]);
  });

  test('a mount over a directory hides what is mounted below it', () => {
    const { visible, hidden } = topMounts(
      table(
        ROOT,
        '2 1 8:2 / /mnt rw - xfs /dev/sdb rw',
        '3 2 8:3 / /mnt/a rw - ext4 /dev/sdc rw',
        '4 2 8:4 / /mnt rw - ext4 /dev/sdd rw',
        '5 4 8:5 / /mnt/b rw - ext4 /dev/sde rw',
      ),
    );
    expect([targets(visible), targets(hidden)]).toEqual([
      ['/ ext4', '/mnt ext4', '/mnt/b ext4'],
      ['/mnt xfs', '/mnt/a ext4'],
    ]);
  });

  test('a garbled table with parents in a circle comes to an end', () => {
    const circle = table(
      '1 2 8:1 / /a rw - ext4 /dev/sda rw',
      '2 1 8:2 / /b rw - ext4 /dev/sdb rw',
      '3 3 8:3 / /c rw - ext4 /dev/sdc rw',
    );
    expect(targets(topMounts(circle).visible)).toEqual(['/a ext4', '/b ext4', '/c ext4']);
  });
});

describe('automounts', () => {
  test('a waiting automount is found with its idle time, and so are places below it', () => {
    const waiting = table(ROOT, AUTOFS);
    expect(automountAt(waiting, '/data')).toEqual({ mount: waiting[1], timeoutSec: 60, kind: 'direct' });
    expect(automountAt(waiting, '/data/x')?.timeoutSec).toBe(60);
    expect(automountAt(waiting, '/database')).toBeUndefined();
    expect(stackedAt(table(ROOT, AUTOFS, REAL), '/data').map(({ fsType }) => fsType)).toEqual(['autofs', 'nfs4']);
  });

  test('an indirect map, and one without an end', () => {
    const maps = table('5 1 0:5 / /net rw - autofs -hosts rw,timeout=0,indirect');
    expect(automountAt(maps, '/net/nfs-a')).toMatchObject({ timeoutSec: 0, kind: 'indirect' });
  });
});

test.each([
  ['nfs-a:/srv', 'nfs4', 'nfs-a'],
  ['10.4.0.30:/srv/a:/b', 'nfs', '10.4.0.30'],
  ['[fd00::1]:/srv', 'nfs4', 'fd00::1'],
  ['fd00::1:/srv', 'nfs4', 'fd00::1'],
  ['//files.example.org/share/x', 'cifs', 'files.example.org'],
  ['\\\\files\\share', 'smb3', 'files'],
  ['10.0.0.1:6789,10.0.0.2:6789:/', 'ceph', '10.0.0.1'],
  ['admin@0ab1.cephfs=/', 'ceph', undefined],
  ['gluster1:/vol', 'fuse.glusterfs', 'gluster1'],
  ['gluster1:vol', 'fuse.glusterfs', 'gluster1'],
  ['10.0.0.1@tcp:10.0.0.2@tcp:/lustre', 'lustre', '10.0.0.1'],
  ['mgs@o2ib:/fs', 'lustre', 'mgs'],
  ['beegfs_nodev', 'beegfs', undefined],
  ['me@nfs-a:/home', 'fuse.sshfs', 'nfs-a'],
  ['me@nfs-a:', 'fuse.sshfs', 'nfs-a'],
  ['JuiceFS:training', 'fuse.juicefs', undefined],
  ['s3fs', 'fuse.s3fs', undefined],
  ['/dev/sda1', 'ext4', undefined],
  ['nfs-a:/srv', 'ext4', undefined],
  ['\u001b[2J:/srv', 'nfs', undefined],
])('the server of %j as %s is %s', (source, fsType, server) => {
  expect(serverOf(source, fsType)).toBe(server);
});

describe('usageTargets', () => {
  test('real filesystems once each, by their plainest name; never what is pseudo, an image, or hidden', () => {
    const asked = usageTargets(
      table(
        ROOT,
        '2 1 0:5 / /proc rw - proc proc rw',
        '3 1 8:1 /var/lib /var/lib/kubelet rw - ext4 /dev/sda1 rw',
        '4 1 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro',
        '5 1 0:9 / /run/overlay rw - overlay overlay rw',
        '6 1 8:2 /sub /mnt/bind rw - xfs /dev/sdb rw',
        '7 1 8:2 / /mnt/whole rw - xfs /dev/sdb rw',
        '8 1 0:41 / /nfs rw - nfs4 nfs-a:/srv rw',
        '9 1 8:3 / /over rw - xfs /dev/sdc rw',
        '10 9 0:42 / /over rw - tmpfs tmpfs rw',
      ),
    );
    expect(asked).toEqual(['/', '/mnt/whole', '/nfs']);
  });

  test('what an automount would take away again is left alone; what it keeps for ever is asked', () => {
    expect(usageTargets(table(ROOT, AUTOFS))).toEqual(['/']);
    expect(usageTargets(table(ROOT, AUTOFS, REAL))).toEqual(['/']);
    expect(usageTargets(table(ROOT, AUTOFS.replace('timeout=60', 'timeout=0'), REAL))).toEqual(['/', '/data']);
  });

  test('64 at most', () => {
    const many = Array.from({ length: 100 }, (_, at) => `${at + 2} 1 9:${at} / /m${at} rw - xfs /dev/x${at} rw`);
    expect(usageTargets(table(ROOT, ...many)).length).toBe(64);
  });
});

describeCaptures('mounts of real systems', () => {
  const real = (name: string) => factOf(probe, capture(`mounts/mountinfo/${name}`));

  test('a Kubernetes GPU node inside LXC is asked about its disks only', () => {
    expect(usageTargets(real('gpud-k8s-gpu-node.mountinfo'))).toMatchInlineSnapshot(`
      [
        "/",
        "/mnt/local-volume/vol-0",
        "/mnt/lepton-cache/vol-0",
        "/mnt/lepton-cache/vol-1",
        "/mnt/lepton-cache/vol-2",
        "/mnt/lepton-cache/vol-3",
        "/mnt/lepton-cache/vol-4",
        "/mnt/remote-volume/training",
        "/mnt/remote-volume/dev",
        "/var/lib/juicefs/volume/pv-ws-test-storage-rsync-training-by-lepton-0-rupytp",
      ]
    `);
  });

  test('a host with autofs maps is asked about what nothing unmounts', () => {
    expect(usageTargets(real('util-linux-findmnt.mountinfo'))).toMatchInlineSnapshot(`
      [
        "/",
        "/boot",
        "/home/kzak",
        "/mnt/sounds",
      ]
    `);
    expect(usageTargets(real('gcm-3-nfs-v3.mountinfo'))).toMatchInlineSnapshot(`
      [
        "/logs",
        "/le/cmd",
        "/public",
      ]
    `);
    expect(usageTargets(real('k8s-nfs-kubelet.mountinfo'))).toMatchInlineSnapshot(`
      [
        "/",
        "/mnt/stateful_partition",
        "/var/lib/kubelet/pods/c25464af-e52e-11e7-ab4d-42010a800002/volumes/kubernetes.io~gce-pd/vol1",
        "/var/lib/kubelet/pods/2345/volumes/kubernetes.io~gce-pd/vol1",
        "/var/lib/kubelet/pods/2345/volume-subpaths/vol1/subpath1/0",
        "/media/nfs_vol",
        "/var/lib/kubelet/pods/43219158-e5e1-11e7-a392-0e858b8eaf40/volumes/kubernetes.io~nfs/nfs1",
        "/var/lib/kubelet/pods/13195d46-f9fa-11e7-bbf1-5254007a695a/volumes/kubernetes.io~nfs/vol2",
        "/var/lib/kubelet/plugins/kubernetes.io/iscsi/iface-default/127.0.0.1:3260-iqn.2003-01.org.linux-iscsi.f21.x8664:sn.4b0aae584f7c-lun-0",
      ]
    `);
  });
});
