// What is taken away and brought, on real nodes: directories set aside and purged, a local file of any bytes.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { type Product, productOn } from './product.ts';
import { testLab } from './test-lab.ts';

const ROOT = '/srv/try-scratch';
const COPY = '/opt/muster-try.bin';

let lab: Lab;
let muster: Product;
const folder = mkdtempSync(join(tmpdir(), 'muster-lab-tidying-'));
beforeAll(async () => {
  lab = await testLab();
  muster = productOn(lab);
  await away();
});
afterAll(async () => {
  await away();
  muster.remove();
  rmSync(folder, { recursive: true, force: true });
});

const away = () => lab.node('client-2').says(`rm -rf ${ROOT} ${COPY} /var/lib/muster`);

const undo = async (): Promise<void> => {
  const { id } = await muster.rollout();
  await muster.tells(['rollouts', 'undo', id, '--yes', '--confirm', 'interrupt client-2']);
};

test('what nobody uses is set aside, comes back by undo, and is gone once it is purged; what is in use stays and is named', async () => {
  const node = lab.node('client-2');
  await node.tells(`mkdir -p ${ROOT}/old "${ROOT}/it is
odd" ${ROOT}/busy; echo kept >${ROOT}/old/file
find ${ROOT} -mindepth 1 -exec touch -h -d '30 days ago' {} +
cd ${ROOT}/busy; setsid sleep 100000 >/dev/null 2>&1 </dev/null & echo $! >/run/try-busy`);
  const names = () => node.tells(`cd ${ROOT}; find . -mindepth 1 -printf '%P\\0' | sort -z | tr '\\0\\n' '|?'`);
  const before = await names();
  const cleanup = (...more: readonly string[]) => [
    'apply',
    'cleanup',
    '-l',
    'client-2',
    '--root',
    ROOT,
    ...more,
    '--yes',
  ];
  const told = await muster.tells(cleanup('--older-than', '7d'));
  expect(told).toMatch(/busy.*in use.*sleep/);
  expect(await names()).toMatch(/^\.muster-trash-[^|]*\|.*busy\|$/);
  await undo();
  expect(await names()).toBe(before);

  await muster.tells(cleanup('--older-than', '7d'));
  const trash = (await node.tells(`cd ${ROOT}; ls -d .muster-trash-*`)).trim();
  await muster.tells(
    cleanup('--what', 'set-aside', '--older-than', '0', '--confirm', `erase ${ROOT}/${trash} on client-2`),
  );
  expect(await names()).toBe('busy|');
  await node.tells('kill "$(cat /run/try-busy)"; rm -f /run/try-busy');
});

test('a local file of any bytes arrives as it is, once, and the one before it comes back', async () => {
  const node = lab.node('client-2');
  const file = join(folder, 'some bytes');
  writeFileSync(file, Buffer.concat([Buffer.from([0, 255, 10, 13]), randomBytes(300_000)]));
  const sum = (path: string) => node.tells(`stat -c '%U:%G %a' ${path}; sha256sum <${path}`);
  await node.tells(`printf 'old\\n' >${COPY}; chown daemon:games ${COPY}; chmod 0604 ${COPY}`);
  const before = await sum(COPY);
  const copy = ['apply', 'copy-file', '-l', 'client-2', '--path', COPY, '--file', file, '--yes'];
  await muster.tells(copy);
  expect(await sum(COPY)).toBe(
    `daemon:games 604\n${createHash('sha256').update(readFileSync(file)).digest('hex')}  -\n`,
  );
  const { id } = await muster.rollout();
  expect((await muster.run(copy)).stdout).toContain('\nnothing to do: ');
  await muster.tells(['rollouts', 'undo', id, '--yes']);
  expect(await sum(COPY)).toBe(before);
});
