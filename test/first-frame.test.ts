// What is read before the first frame, guarded in the build itself: every file more, read one after the other, is half a millisecond of the start.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');

/** The file and all it imports before it runs. */
function readAtStart(file: string, read = new Map<string, string>()): ReadonlyMap<string, string> {
  if (read.has(file)) return read;
  const text = readFileSync(join(dist, file), 'utf8');
  read.set(file, text);
  for (const [, next = ''] of text.matchAll(/(?:^|;)(?:import|export)(?:\{[^}]*\}from)?"\.\/([^"]+)"/gm))
    readAtStart(next, read);
  return read;
}

test('the console reads two files before its first frame, and neither Ink, React, YAML, zod nor ssh2', () => {
  const read = readAtStart('start.js');
  const text = [...read.values()].join('');
  expect(read.size).toBe(2);
  expect(text.length).toBeLessThan(440 * 1024);
  expect(text).not.toMatch(/react\.element|yoga|YAMLParseError|ZodError|ssh-connection/);
});

test('a command reads neither the console nor the other commands before it is known which one is asked for', () => {
  expect([...readAtStart('muster.js').values()].join('').length).toBeLessThan(40 * 1024);
});
