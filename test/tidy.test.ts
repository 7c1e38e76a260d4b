// The house rules as a test: layers, sizes, banned calls, registries, and what may never stand in a tracked file.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Which folders a folder may import. Adding an arrow here is a design decision: do it in its own commit. */
const mayImport: Record<string, readonly string[]> = {
  'src/model': [],
  'src/diagnosis': ['src/model'],
  'src/probes': ['src/model'],
  'src/storage': ['src/model'],
  'src/sharing': ['src/model'],
  'src/checks': ['src/model', 'src/probes'],
  'src/conditions': ['src/model'],
  'src/actions': ['src/model', 'src/storage', 'src/conditions', 'src/sharing'],
  'src/journal': ['src/model'],
  'src/runner': [
    'src/model',
    'src/engine',
    'src/journal',
    'src/transport',
    'src/probes',
    'src/checks',
    'src/conditions',
    'src/actions',
    'src/config',
  ],
  'src/store': ['src/model'],
  'src/engine': ['src/model'],
  'src/transport': ['src/model', 'src/engine'],
  'src/kubernetes': ['src/model', 'src/engine'],
  'src/demo': ['src/model', 'src/engine', 'src/transport'],
  'src/config': ['src/model'],
  'src/ui': ['src/model', 'src/store'],
  views: ['src/model', 'src/store', 'src/ui'],
  'src/cli': [
    'src/model',
    'src/diagnosis',
    'src/probes',
    'src/store',
    'src/engine',
    'src/config',
    'src/demo',
    'src/journal',
    'src/actions',
    'src',
  ],
};

/** Packages a folder may import; everything not named here is forbidden. */
const mayUse: Record<string, readonly string[]> = {
  'src/store': ['zustand'],
  'src/sharing': ['yaml'],
  'src/transport': ['ssh2', 'execa'],
  'src/kubernetes': ['yaml'],
  'src/demo': ['ssh2'],
  'src/config': ['yaml', 'zod', 'ssh-config', 'execa', 'nunjucks'],
  'src/ui': ['ink', 'react', 'ink-table', 'zustand', 'fuzzysort', 'string-width'],
  views: ['ink', 'react'],
  'src/cli': ['commander', 'react', 'ink', 'ink-table'],
  src: ['react', 'ink'],
};

/** Folders that are pure: no files, processes, network, clock or chance. */
const PURE = [
  'src/model',
  'src/diagnosis',
  'src/probes',
  'src/checks',
  'src/conditions',
  'src/storage',
  'src/sharing',
  'src/actions',
  'views',
];

const FILE_LIMIT_LINES = 300;

/** Longer still; the list only shrinks. */
const TOO_LONG: ReadonlySet<string> = new Set(['test/actions/sim-node.ts']);

const FUNCTION_LIMIT_LINES = 60;

interface Source {
  readonly path: string;
  readonly room: string;
  readonly text: string;
}

function walk(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const roomOf = (path: string): string => {
  const [top = '', second = ''] = path.split('/');
  if (top !== 'src') return top;
  return path.split('/').length === 2 ? 'src' : `src/${second}`;
};

const sources: readonly Source[] = [...walk('src'), ...walk('views')]
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, room: roomOf(path), text: readFileSync(join(root, path), 'utf8') }));

/** Tests, benchmark and lab. */
const tests: readonly Pick<Source, 'path' | 'text'>[] = walk('test')
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const importsOf = ({ text }: Source): readonly string[] =>
  [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');

/** Functions of the top level over the limit; what is inside of one counts with it. */
function longFunctions({ path, text }: Source): readonly string[] {
  const found: string[] = [];
  let start: number | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^(?:export )?(?:async )?function |^(?:export )?const \w+ = (?:async )?\(.*[({]$/.test(line)) start = index;
    if (start === undefined || !/^[})]+;?$/.test(line)) continue;
    const lines = index - start + 1;
    if (lines > FUNCTION_LIMIT_LINES) found.push(`${path}:${start + 1} has ${lines} lines`);
    start = undefined;
  }
  return found;
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');

const packageOf = (specifier: string): string =>
  specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : (specifier.split('/')[0] ?? '');

describe('layers', () => {
  test('a room imports only the rooms the table allows', () => {
    const broken = sources.flatMap((source) =>
      importsOf(source)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) =>
          relative(root, join(root, dirname(source.path), specifier))
            .split(sep)
            .join('/'),
        )
        .map(roomOf)
        .filter(
          (room) => source.room !== 'src' && room !== source.room && !(mayImport[source.room] ?? []).includes(room),
        )
        .map((room) => `${source.path} imports ${room}`),
    );
    expect(broken).toEqual([]);
  });

  test('a room uses only the packages the table allows', () => {
    const broken = sources.flatMap((source) =>
      importsOf(source)
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .map(packageOf)
        .filter((name) => !(mayUse[source.room] ?? []).includes(name))
        .map((name) => `${source.path} uses ${name}`),
    );
    expect(broken).toEqual([]);
  });

  test('pure rooms touch neither files, processes, network, clock nor chance', () => {
    const banned =
      /(?<!import \{ createHash \} )from 'node:(?!buffer)|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bprocess\./;
    const broken = sources.filter(({ room, text }) => PURE.includes(room) && banned.test(text)).map(({ path }) => path);
    expect(broken).toEqual([]);
  });
});

describe('hand', () => {
  test(`no file is longer than ${FILE_LIMIT_LINES} lines, neither of the program nor of its tests`, () => {
    const long = [...sources, ...tests]
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > FILE_LIMIT_LINES && !TOO_LONG.has(path));
    expect(long).toEqual([]);
  });

  test(`no function is longer than ${FUNCTION_LIMIT_LINES} lines`, () => {
    expect(sources.flatMap(longFunctions)).toEqual([]);
  });

  test('no default exports, no barrels, no unfinished work, no switched off types', () => {
    const rules: readonly [string, RegExp][] = [
      ['default export', /\bexport default\b/],
      ['barrel', /^export \* from/m],
      ['unfinished work', /\b(?:TODO|FIXME|XXX)\b/],
      ['any', /:\s*any\b|\bas any\b|<any>/],
      ['ts-ignore', /@ts-(?:ignore|nocheck)/],
    ];
    const broken = sources.flatMap(({ path, text }) =>
      rules
        .filter(([name, rule]) => rule.test(name === 'unfinished work' ? text : withoutComments(text)))
        .map(([name]) => `${path}: ${name}`),
    );
    expect(broken).toEqual([]);
  });

  test('classes are errors', () => {
    const broken = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:export )?class (\w+)\b(?! extends \w*Error\b)/gm)].map((match) => `${path}: ${match[1]}`),
    );
    expect(broken).toEqual([]);
  });

  test('every exported value has a doc comment', () => {
    const bare = sources.flatMap(({ path, text }) => {
      const lines = text.split('\n');
      return lines.flatMap((line, index) => {
        const match = /^export (?:async )?(?:const|function|class) (\w+)/.exec(line);
        const above = lines[index - 1]?.trim() ?? '';
        return match !== null && !above.endsWith('*/') && !above.startsWith('//') ? [`${path}: ${match[1]}`] : [];
      });
    });
    expect(bare).toEqual([]);
  });
});

describe('registries', () => {
  const rooms: readonly { readonly folder: string; readonly registry: string; readonly helpers: readonly string[] }[] =
    [
      { folder: 'src/probes', registry: 'src/probes/registry.ts', helpers: ['text.ts'] },
      {
        folder: 'src/diagnosis',
        registry: 'src/diagnosis/registry.ts',
        helpers: ['diagnose.ts', 'gather.ts', 'rule.ts'],
      },
      { folder: 'views', registry: 'views/registry.ts', helpers: [] },
      { folder: 'src/cli', registry: 'src/cli/registry.ts', helpers: ['main.ts', 'command.ts', 'context.ts'] },
    ];

  for (const { folder, registry, helpers } of rooms) {
    test(`every file of ${folder} that satisfies its contract is registered`, () => {
      const registered = readFileSync(join(root, registry), 'utf8');
      const missing = sources
        .filter(
          ({ path, room, text }) =>
            room === folder &&
            path !== registry &&
            /satisfies (?:Probe|Rule|ListView|CanvasView|View|CliCommand)\b/.test(text) &&
            !helpers.some((helper) => path.endsWith(`/${helper}`)),
        )
        .filter(({ path }) => !registered.includes(`./${path.split('/').at(-1)}`))
        .map(({ path }) => path);
      expect(missing).toEqual([]);
    });
  }
});

describe('tests', () => {
  test('no test is switched off, singled out, or mocks a module', () => {
    const broken = tests.filter(
      ({ path, text }) =>
        !path.endsWith('tidy.test.ts') &&
        /\b(?:it|test|describe)\.(?:only|skip|todo)\(|\b(?:vi|jest)\.mock\(/.test(text),
    );
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});
