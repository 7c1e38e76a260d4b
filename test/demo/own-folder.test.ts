// Folders of demos: a child that is killed leaves one, and the next demo clears it away.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeDemoFolder } from '../../src/demo/own-folder.ts';

test('a folder whose process was killed goes at the next start; a living one, a foreign one and one that says nothing stay', () => {
  const parent = mkdtempSync(join(tmpdir(), 'muster-own-folder-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const source = JSON.stringify(fileURLToPath(new URL('../../src/demo/own-folder.ts', import.meta.url)));
  const text = `const { makeDemoFolder } = await import(${source}); console.log(makeDemoFolder(${JSON.stringify(parent)})); process.kill(process.pid, 'SIGKILL');`;
  const killed = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
  const left = killed.stdout.trim();
  expect([killed.signal, existsSync(left)]).toEqual(['SIGKILL', true]);

  const silent = join(parent, 'muster-demo-silent');
  const elsewhere = join(parent, 'muster-demo-elsewhere');
  for (const folder of [silent, elsewhere]) mkdirSync(folder);
  writeFileSync(join(elsewhere, 'owner'), 'another-machine boot space 1 1');
  const living = makeDemoFolder(parent);
  const next = makeDemoFolder(parent);
  expect(
    readdirSync(parent)
      .map((name) => join(parent, name))
      .toSorted(),
  ).toEqual([silent, elsewhere, living, next].toSorted());
});
