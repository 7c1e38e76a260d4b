import { expect, test } from 'vitest';
import { systemClock } from '../../src/demo/chance.ts';
import { exportLines } from '../../src/demo/export-lines.ts';
import { made } from '../../src/demo/files.ts';
import { createWorld } from '../../src/demo/world.ts';

const read = (text: string) => {
  const node = createWorld(3, 7, systemClock).node('nfs-a');
  if (node === undefined) throw new Error('there is no nfs-a');
  return exportLines({ ...node, files: new Map([['/etc/exports', made('file', text, 0)]]) }).map(
    ({ path, client, options }) => `${path} ${client} ${options.join('+')}`,
  );
};

test.each([
  ['# nothing\n\n', []],
  ['/srv 10.0.0.0/8(rw,sync) gpu01\n', ['/srv 10.0.0.0/8 rw+sync', '/srv gpu01 ']],
  ['"/srv/my data" *(ro) # for all\n', ['/srv/my data * ro']],
  ['/srv/my\\040data -sync,ro a b(rw)\n', ['/srv/my data a sync+ro', '/srv/my data b sync+ro+rw']],
  ['/srv \\\n  a(rw) \\\n  b(ro)\n', ['/srv a rw', '/srv b ro']],
  ['srv a(rw)\n', []],
])('the export file %j means what exportfs makes of it', (text, wanted) => {
  expect(read(text)).toEqual(wanted);
});
