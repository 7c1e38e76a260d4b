import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeIo } from '../../src/config/node-io.ts';
import { readInventory } from '../../src/config/read.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'muster-io-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('text, bytes that are no text, folders and missing files are told apart', () => {
  const base = folder();
  writeFileSync(join(base, 'text'), 'größe\n');
  writeFileSync(join(base, 'latin1'), Buffer.from([0x67, 0xf6, 0x0a]));
  writeFileSync(join(base, 'nul'), 'a\0b');
  mkdirSync(join(base, 'sub'));
  expect(
    ['text', 'latin1', 'nul', 'sub', 'missing', 'text/below'].map((name) => nodeIo.readFile(join(base, name))),
  ).toEqual([
    { kind: 'text', text: 'größe\n' },
    { kind: 'binary' },
    { kind: 'binary' },
    { kind: 'folder' },
    { kind: 'missing' },
    { kind: 'missing' },
  ]);
  expect(nodeIo.readDir(base)).toEqual(['latin1', 'nul', 'sub', 'text']);
  expect(nodeIo.readDir(join(base, 'missing'))).toEqual([]);
  expect(nodeIo.stat('/dev/null')).toEqual({ kind: 'unreadable', because: 'neither a file nor a folder' });
});

function script(body: string): string {
  const path = join(folder(), 'inventory.sh');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('an executable inventory is asked with --list', async () => {
  const read = await readInventory(script('test "$1" = --list && echo \'{"g": {"hosts": ["a.x"]}}\''), nodeIo);
  expect(read.kind === 'ok' && read.inventory.groups).toEqual({ g: ['a.x'] });
});

test('an executable that fails says so with its last words', async () => {
  expect(await nodeIo.run(script('echo first >&2; echo no credentials >&2; exit 3'), [], 5000)).toEqual({
    kind: 'failed',
    because: 'it exited 3: no credentials',
  });
  expect(await nodeIo.run('/nonexistent/script', [], 5000)).toMatchObject({ kind: 'failed' });
});

/** A killed process that nobody has waited for yet is a zombie, and no longer runs. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('an executable that never ends is stopped, its children with it', async () => {
  const path = script('sleep 60 & echo $! > "$0.pid"; sleep 60');
  expect(await nodeIo.run(path, [], 300)).toEqual({
    kind: 'failed',
    because: 'it did not end within 0.3 s and was stopped',
  });
  const child = Number(readFileSync(`${path}.pid`, 'utf8'));
  expect(child).toBeGreaterThan(1);
  await expect.poll(() => isRunning(child)).toBe(false);
});
