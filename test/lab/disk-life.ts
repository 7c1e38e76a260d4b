import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { type Product, productOn } from './product.ts';
import { testLab } from './test-lab.ts';
import { agreement } from './truth.ts';
import { type Watched, watch } from './watch.ts';

const UNIT = '/etc/systemd/system/mnt-try.mount';

const undoLast = async (muster: Product): Promise<void> => {
  const { id } = await muster.rollout();
  await muster.tells(['rollouts', 'undo', id, '--yes', '--confirm', 'interrupt client-2']);
};

/** A test file's tests: a disk's life on a real node, from its first use to its last, with a filesystem of that type. */
export function diskLife(fsType: 'ext4' | 'xfs'): void {
  let lab: Lab;
  let muster: Product;
  let watched: Watched;
  beforeAll(async () => {
    lab = await testLab();
    muster = productOn(lab);
    watched = watch(lab);
    await away();
  });
  afterAll(async () => {
    await watched.close();
    await away();
    muster.remove();
  });

  const away = () =>
    lab
      .node('client-2')
      .says(`systemctl disable --now mnt-try.mount; umount /mnt/try; rm -f ${UNIT}; systemctl daemon-reload
rm -rf /mnt/try /var/lib/muster`);

  test(`a disk becomes a mounted ${fsType}, grows once it was made larger, is retired, taken back and wiped`, () =>
    live(lab, muster, watched, fsType));
}

async function live(lab: Lab, muster: Product, watched: Watched, fsType: string): Promise<void> {
  const node = lab.node('client-2');
  const disk = await node.freshDisk({ sizeMiB: 400 });
  const on = ['-l', 'client-2', '--disk', disk.serial];
  const erase = ['--yes', '--confirm', `erase ${disk.serial} on client-2`];
  const made = ['--type', fsType, '--label', 'try', '--target', '/mnt/try'];
  await muster.tells(['apply', 'provision-disk', ...on, ...made, ...erase]);
  await node.tells('echo mine >/mnt/try/file; sync');
  const size = async () => Number(await node.tells('df -B1M --output=size /mnt/try | tail -n 1'));
  const small = await size();
  const grow = ['apply', 'grow-disk', ...on, '--yes'];
  expect((await muster.run(grow)).stdout).toContain('nothing to do: ');

  await disk.enlarge(800);
  await node.restart();
  expect(await size()).toBe(small);
  await muster.tells(grow);
  expect([(await size()) > small * 1.8, await node.tells('cat /mnt/try/file')]).toEqual([true, 'mine\n']);
  expect((await muster.run(grow)).stdout).toContain('nothing to do: ');
  await agreement(lab, watched, ['client-2']);

  await muster.tells(['apply', 'retire-disk', ...on, '--yes', '--confirm', 'interrupt client-2']);
  expect(await node.tells(`findmnt /mnt/try; ls -d ${UNIT} /mnt/try 2>/dev/null; true`)).toBe('');
  await undoLast(muster);
  expect(await node.tells('cat /mnt/try/file')).toBe('mine\n');
  const wipe = ['apply', 'retire-disk', ...on, '--wipe'];
  expect((await muster.run([...wipe, '--yes', '--confirm', 'erase it'])).code).toBe(2);
  await muster.tells([...wipe, ...erase]);
  expect(await node.tells(`findmnt /mnt/try; wipefs --no-act ${disk.path}`)).toBe('');
  expect((await muster.run([...wipe, ...erase])).stdout).toContain('nothing to do: ');
  await agreement(lab, watched, ['client-2']);
  await disk.remove();
}
