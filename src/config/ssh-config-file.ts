import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globMatches } from './ssh-config-pattern.ts';

/** Files that include each other are read this deep, as ssh(1) does. */
const DEEPEST_INCLUDE = 16;

/** More files than this is a loop of globs, not a configuration. */
const MOST_FILES = 1_000;

/** A setting as written: `identityfile`, `["~/.ssh/id_%r"]`. Keywords are lower case. */
export interface Setting {
  readonly kind: 'setting';
  readonly keyword: string;
  readonly words: readonly string[];
  /** The text after the keyword, for values that are commands. */
  readonly rest: string;
  readonly where: string;
}

/** What stands under one `Host` or `Match` line, up to the next of its file. */
export interface Block {
  readonly kind: 'host' | 'match';
  readonly words: readonly string[];
  readonly where: string;
  readonly section: Section;
}

/** A run of settings, blocks and included files, in order, with the blocks of plain host names found by name. */
export interface Section {
  readonly items: readonly (Setting | Block | Section)[];
  /** Places in `items` that any host must look at. */
  readonly general: readonly number[];
  /** Places of `Host` blocks without wildcards, by name: a thousand hosts must not read each other's blocks. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
}

/** Where `~` and relative includes of a file lead. */
export interface Folders {
  readonly home: string;
  /** `~/.ssh` for the user's file, `/etc/ssh` for the system's. */
  readonly includes: string;
}

/** Reads a configuration file with all it includes; a file that is not there or not readable is empty, as in ssh(1). */
export function readConfigFile(path: string, folders: Folders): Section {
  return readFile(path, folders, 0, { files: 0 });
}

function readFile(path: string, folders: Folders, depth: number, read: { files: number }): Section {
  read.files += 1;
  if (read.files > MOST_FILES || depth > DEEPEST_INCLUDE) return sectionOf([]);
  const top: (Setting | Block | Section)[] = [];
  const blocks: {
    readonly at: number;
    readonly kind: Block['kind'];
    readonly words: readonly string[];
    readonly where: string;
  }[] = [];
  const contents: (Setting | Block | Section)[][] = [];
  for (const [index, line] of textOf(path).split('\n').entries()) {
    const setting = parseLine(line, `${path}:${index + 1}`);
    if (setting === undefined) continue;
    const { keyword, words, where } = setting;
    const current = contents.at(-1) ?? top;
    if (keyword === 'host' || keyword === 'match') {
      blocks.push({ at: blocks.length, kind: keyword, words, where });
      contents.push([]);
    } else if (keyword === 'include') {
      const files = words.flatMap((word) => filesOf(word, folders));
      current.push(...files.map((file) => readFile(file, folders, depth + 1, read)));
    } else current.push(setting);
  }
  return sectionOf([
    ...top,
    ...blocks.map(({ at, ...block }): Block => ({ ...block, section: sectionOf(contents[at] ?? []) })),
  ]);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function sectionOf(items: readonly (Setting | Block | Section)[]): Section {
  const general: number[] = [];
  const byName = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    const isLiteral = 'kind' in item && item.kind === 'host' && item.words.every((word) => !/[*?!,]/.test(word));
    if (!isLiteral) general.push(index);
    else for (const name of new Set(item.words)) byName.set(name, [...(byName.get(name) ?? []), index]);
  }
  return { items, general, byName };
}

/** One line of ssh_config(5): `Keyword value`, `Keyword=value`, quotes, a comment at the end. */
export function parseLine(line: string, where: string): Setting | undefined {
  const [, keyword, rest] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
  if (keyword === undefined || rest === undefined) return undefined;
  return { kind: 'setting', keyword: keyword.toLowerCase(), words: wordsOf(rest), rest, where };
}

/** Words as OpenSSH's argv_split reads them: blanks part, quotes hold together, a backslash frees a quote, `#` ends the line. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    if (text.charAt(at) === '#') break;
    let word = '';
    let quote = '';
    for (; at < text.length && (quote !== '' || !/\s/.test(text.charAt(at))); at += 1) {
      const char = text.charAt(at);
      const next = text.charAt(at + 1);
      if (char === '\\' && (next === '"' || next === "'" || next === '\\' || (quote === '' && next === ' '))) {
        word += next;
        at += 1;
      } else if (quote === '' && (char === '"' || char === "'")) quote = char;
      else if (char === quote) quote = '';
      else word += char;
    }
    words.push(word);
  }
  return words;
}

function filesOf(word: string, { home, includes }: Folders): readonly string[] {
  const path =
    word === '~' || word.startsWith('~/')
      ? join(home, word.slice(1))
      : word.startsWith('/')
        ? word
        : join(includes, word);
  let found = ['/'];
  for (const part of path.split('/').filter((piece) => piece !== '')) {
    found = /[*?[]/.test(part)
      ? found.flatMap((folder) => entriesOf(folder, part))
      : found.map((folder) => join(folder, part));
  }
  return found;
}

function entriesOf(folder: string, pattern: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter(
      (name) => (name.startsWith('.') ? pattern.startsWith('.') : true) && globMatches(pattern, name, true),
    );
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}
