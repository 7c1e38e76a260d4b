import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rules } from '../../src/diagnosis/registry.ts';

const folder = new URL('../../src/diagnosis/', import.meta.url);

test('every rule has a file of its own name, and every file of a rule is registered', () => {
  const files = readdirSync(folder).filter((name) =>
    /^ {2}kind: '(node|fleet|join)',$/m.test(readFileSync(new URL(name, folder), 'utf8')),
  );
  expect(rules.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
});

test('every rule that reads one node names what it reads', () => {
  expect(rules.filter((rule) => rule.kind === 'node' && rule.reads.length === 0)).toEqual([]);
});
