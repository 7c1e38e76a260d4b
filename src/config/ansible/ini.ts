import { nearest } from '../../model/nearest.ts';
import type { InventoryProblem } from '../problem.ts';
import { type AnsibleTree, addVars, expandHostPattern, groupIn, hostIn } from './tree.ts';

type Section = { readonly kind: 'hosts' | 'children' | 'vars'; readonly group: string } | { readonly kind: 'unknown' };

const SECTION_KINDS = ['hosts', 'children', 'vars'];

/**
 * Adds an Ansible INI inventory to a tree: hosts before any section, `[group]`, `[group:children]`, `[group:vars]`, ranges, variables
 * with quotes, comments at the end of a line. Returns what could not be read.
 */
export function readIni(file: string, text: string, tree: AnsibleTree): readonly InventoryProblem[] {
  const problems: InventoryProblem[] = [];
  let section: Section = { kind: 'hosts', group: 'ungrouped' };
  text.split(/\r?\n/).forEach((source, index) => {
    const line = source.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return;
    const complain = (
      word: string,
      message: string,
      more: { readonly expected?: string; readonly nearest?: string } = {},
    ): void => {
      problems.push({
        file,
        line: index + 1,
        column: Math.max(0, source.indexOf(word)) + 1,
        source,
        length: word.length,
        message,
        ...more,
      });
    };
    const header = /^\[([^\]]*)\]\s*(?:[#;].*)?$/.exec(line);
    if (header !== null) section = openSection(header[1] ?? '', tree, complain);
    else if (section.kind === 'hosts') readHost(line, section.group, tree, complain);
    else if (section.kind === 'children') {
      const [name = ''] = shellWords(line);
      groupIn(tree, section.group).children.add(name);
      groupIn(tree, name);
    } else if (section.kind === 'vars') readVariable(line, section.group, tree, complain);
  });
  return problems;
}

type Complain = (
  word: string,
  message: string,
  more?: { readonly expected?: string; readonly nearest?: string },
) => void;

function openSection(header: string, tree: AnsibleTree, complain: Complain): Section {
  const [group = '', kind = 'hosts'] = header.split(':').map((part) => part.trim());
  if (group === '') {
    complain('[', 'a section without a name', { expected: '[group], [group:children] or [group:vars]' });
    return { kind: 'unknown' };
  }
  if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars') {
    const meant = nearest(kind, SECTION_KINDS);
    const expected = '[group], [group:children] or [group:vars]';
    complain(kind === '' ? header : kind, `no section can be called ${JSON.stringify(header)}`, {
      expected,
      ...(meant === undefined ? {} : { nearest: meant }),
    });
    return { kind: 'unknown' };
  }
  groupIn(tree, group);
  return { kind, group };
}

function readHost(line: string, group: string, tree: AnsibleTree, complain: Complain): void {
  const [pattern = '', ...assignments] = shellWords(line);
  // `name:2222` is a port; more than one colon is an IPv6 address, and a colon in brackets a range.
  const port = /^((?:\[[^\]]*\]|[^:[\]])+):(\d{1,5})$/.exec(pattern);
  const expanded = expandHostPattern(port?.[1] ?? pattern);
  if ('because' in expanded) {
    complain(pattern, `${JSON.stringify(pattern)} names no host: ${expanded.because}`);
    return;
  }
  const vars: Record<string, unknown> = port === null ? {} : { ansible_port: Number(port[2]) };
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1)
      complain(assignment, `${JSON.stringify(assignment)} is no variable`, { expected: 'name=value after the host' });
    else vars[assignment.slice(0, at)] = literal(assignment.slice(at + 1));
  }
  for (const name of expanded.names) {
    addVars(hostIn(tree, name).vars, vars);
    groupIn(tree, group).hosts.add(name);
  }
}

function readVariable(line: string, group: string, tree: AnsibleTree, complain: Complain): void {
  const at = line.indexOf('=');
  if (at < 1) complain(line, `${JSON.stringify(line.slice(0, 60))} is no variable`, { expected: 'name=value' });
  else groupIn(tree, group).vars.set(line.slice(0, at).trim(), literal(line.slice(at + 1).trim()));
}

/** A value as Python would read it, as far as inventories need it: quoted text, numbers, True and False; anything else stays text. */
function literal(text: string): unknown {
  const quoted = /^(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:#.*)?$/.exec(text);
  if (quoted !== null) return (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(['"\\])/g, '$1');
  if (/^-?\d{1,15}$/.test(text) && !/^-?0\d/.test(text)) return Number(text);
  if (text === 'True' || text === 'False') return text === 'True';
  return text === 'None' ? null : text;
}

/** Words as shlex.split with comments: blanks part them, quotes keep them together, `#` at the start of a word ends the line. */
export function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && /["\\]/.test(line[at + 1] ?? ''))
        word = `${word ?? ''}${line[++at]}`;
      else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '#' && word === undefined) break;
    else if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '\\' && at + 1 < line.length) word = `${word ?? ''}${line[++at]}`;
    else word = `${word ?? ''}${character}`;
  }
  return word === undefined ? words : [...words, word];
}
