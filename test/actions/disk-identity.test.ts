// Names under /dev/disk/by-id that come from what lies on a disk go with a copy of it: no disk is chosen or known by one.
import { expect, test } from 'vitest';
import { identityOf, theDisk, whyNameless } from '../../src/actions/disk-node.ts';
import type { BlockDevice } from '../../src/model/facts.ts';
import { simNode } from './sim-node.ts';
import { blockDevices } from './sim-state.ts';

/** A disk with these names under /dev/disk/by-id. */
function disk(path: string, stableIds: readonly string[], serial?: string): BlockDevice {
  const spec = { path, ...(serial === undefined ? {} : { serial }) };
  const [made] = blockDevices(simNode('gpu01', { disks: [spec] }, () => true).disks, []);
  if (made === undefined) throw new Error('no disk');
  return { ...made, stableIds };
}

const CONTENT = ['lvm-pv-uuid-8cK2', 'md-name-gpu01:0', 'md-uuid-7d1f', 'dm-name-vg-data'];

test.each(CONTENT)('%s is no name of a disk: another one of it is taken, or none', (name) => {
  const named = disk('/dev/sdb', [name, 'ata-DATA_S1'], 'S1');
  expect(identityOf(named)).toEqual({ path: '/dev/sdb', sizeBytes: named.sizeBytes, id: 'ata-DATA_S1', serial: 'S1' });
  const nameless = disk('/dev/vdb', [name]);
  expect(whyNameless(identityOf(nameless))).toBe(
    '/dev/vdb has no serial, no WWN and no name under /dev/disk/by-id: after a boot another disk may be called so',
  );
});

test.each(CONTENT)('a disk that is asked for by %s is refused, with the name that is its own', (name) => {
  for (const text of [name, `/dev/disk/by-id/${name}`]) {
    const said = `${text} tells what lies on /dev/sdb, not which disk it is: a copy has that name, too`;
    expect(theDisk(text, [disk('/dev/sdb', [name, 'ata-DATA_S1'], 'S1')])).toMatchObject({
      because: said,
      tryThis: 'call the disk ata-DATA_S1',
    });
    expect(theDisk(text, [disk('/dev/sdb', [name])])).toMatchObject({
      because: said,
      tryThis: 'give it a serial (libvirt: <serial>, QEMU: serial=), then plan again',
    });
  }
});

test('a disk with names of content alone is found by its path, as one without any is', () => {
  const nameless = disk('/dev/vdb', CONTENT);
  expect(theDisk('/dev/vdb', [nameless])).toBe(nameless);
  const named = disk('/dev/sdb', ['lvm-pv-uuid-8cK2', 'ata-DATA_S1'], 'S1');
  expect(theDisk('/dev/sdb', [named])).toMatchObject({ tryThis: 'call the disk ata-DATA_S1' });
});
