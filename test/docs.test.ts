// What the documents say is there: links lead to files, commands and options exist, and muster still says the sentences they explain.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CONSOLE_OPTIONS } from '../src/cli/console-options.ts';
import { commands } from '../src/cli/registry.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SKIPPED = new Set(['node_modules', 'dist', '.git', 'coverage']);

function files(folder: string, wanted: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : files(path, wanted);
    return wanted.test(path) ? [path] : [];
  });
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = files('', /\.md$/);

test('every link of a document leads to a file', () => {
  const dead = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path} -> ${target}`),
  );
  expect(dead).toEqual([]);
});

test('every npm script a document names is there', () => {
  const { scripts }: { readonly scripts: { readonly [name: string]: string } } = JSON.parse(read('package.json'));
  const missing = documents.flatMap((path) =>
    [...read(path).matchAll(/npm run ([a-z:-]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !Object.hasOwn(scripts, name))
      .map((name) => `${path}: npm run ${name}`),
  );
  expect(missing).toEqual([]);
});

test('every command and option that a document runs exists', async () => {
  const known = new Map(
    await Promise.all(
      Object.entries(commands).map(async ([name, load]) => {
        const { options, everyOption } = await load();
        return [name, [...Object.keys(options), ...Object.keys(everyOption?.() ?? {})]] as const;
      }),
    ),
  );
  const wrong = documents.flatMap((path) =>
    [...read(path).matchAll(/(?:^bin\/|`(?:bin\/)?)muster ([^`\n]*)/gm)].flatMap(([, line = '']) => {
      const words = line.replace(/#.*$/, '').trim().split(/\s+/);
      const [first = ''] = words;
      const isCommand = /^[a-z]+$/.test(first);
      const options = isCommand ? known.get(first) : Object.keys(CONSOLE_OPTIONS);
      if (options === undefined) return [`${path}: muster ${first}`];
      return words
        .map((word) => /^--([a-z-]+)/.exec(word)?.[1])
        .filter((name) => name !== undefined && name !== 'help' && name !== 'version' && !options.includes(name))
        .map((name) => `${path}: muster ${first} --${name}`);
    }),
  );
  expect(wrong).toEqual([]);
});

test('muster still says every sentence that the troubleshooting explains', () => {
  const source = [...files('src', /\.tsx?$/), ...files('views', /\.tsx?$/)].map(read).join('\n');
  const [, ...tables] = read('docs/troubleshooting.md').split('| sentence | what to do |');
  const sentences = tables.flatMap((table) =>
    (table.split('\n\n')[0] ?? '').split('\n').flatMap((row) => {
      const [, cell = ''] = row.split('|');
      return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
    }),
  );
  expect(sentences.length).toBeGreaterThan(20);
  expect(sentences.filter((sentence) => !source.includes(sentence))).toEqual([]);
});
