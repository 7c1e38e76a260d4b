// Nodes of the other roles, with what they are for: samba shares, Gluster volumes, and nothing at all.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab } from './lab.ts';
import { planOf } from './nodes.ts';

let lab: Lab;
beforeAll(async () => {
  const plan = planOf(4, ['samba', 'gluster', 'gluster', 'bare']);
  lab = await Lab.up({ name: `r${process.pid}`, plan, ownerEnds: true, hours: 1 });
}, 600_000);
afterAll(() => lab?.down());

test('a samba share is mounted by another node', async () => {
  await lab.node('samba-1').tells(`mkdir -p /srv/share; echo shared > /srv/share/file; chmod -R a+rX /srv/share
    printf '[share]\\npath = /srv/share\\nguest ok = yes\\n' >> /etc/samba/smb.conf; systemctl restart smbd.service`);
  expect(
    await lab
      .node('bare-4')
      .tells('mount -t cifs -o guest,vers=3.0 //samba-1/share /mnt && cat /mnt/file; umount /mnt'),
  ).toBe('shared\n');
});

test('a replicated Gluster volume is made of two nodes and mounted', async () => {
  const node = lab.node('gluster-2');
  await node.tells(
    `for turn in $(seq 60); do gluster peer probe gluster-3 >/dev/null 2>&1 && break; sleep 1; done
    for turn in $(seq 60); do gluster pool list | grep -q 'gluster-3.*Connected' && break; sleep 1; done
    gluster volume create v replica 2 gluster-2:/srv/brick gluster-3:/srv/brick force && gluster volume start v`,
    { withinMs: 180_000 },
  );
  await node.tells('mount -t glusterfs gluster-2:/v /mnt && echo both > /mnt/file', { withinMs: 120_000 });
  expect(await lab.node('gluster-3').tells('cat /srv/brick/file')).toBe('both\n');
});

test('a bare node has a blank disk, no share and no exports', async () => {
  expect(await lab.node('bare-4').tells('lsblk -dno NAME,FSTYPE /dev/ubdb; grep -c nfs4 /etc/fstab; exportfs')).toMatch(
    /^ubdb\s*\n0\n$/,
  );
});
