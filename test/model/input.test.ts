import { expect, test } from 'vitest';
import type { Fields } from '../../src/model/action.ts';
import { nodeName } from '../../src/model/ids.ts';
import { readInput } from '../../src/model/input.ts';

const scope = { nodes: ['gpu01', 'gpu02', 'nfs-a'].map((name) => ({ name: nodeName(name) })), groups: {} };

const fields: Fields = {
  nodes: { kind: 'nodes', title: 'Nodes', help: 'where', isRequired: true },
  target: { kind: 'path', title: 'Mount point', help: 'where it is mounted', isRequired: true },
  how: { kind: 'choice', title: 'How', help: 'kind of mount', choices: ['automount', 'fstab'], default: 'automount' },
  keep: { kind: 'count', title: 'Keep', help: 'how many', min: 1, max: 9, default: 3 },
  force: { kind: 'flag', title: 'Force', help: 'even so', default: false },
  argv: { kind: 'lines', title: 'Arguments', help: 'one a line' },
  label: { kind: 'text', title: 'Label', help: 'a name' },
};

test('required fields are read, defaults are filled in, and what was not given stays away', () => {
  expect(readInput(fields, { nodes: 'gpu[01-02]', target: '/data/' }, scope)).toEqual({
    kind: 'input',
    input: { nodes: 'gpu[01-02]', target: '/data', how: 'automount', keep: 3, force: false },
  });
});

test('every wrong field is told at once, with what was meant', () => {
  expect(readInput(fields, { nodes: 'gpu03', taget: '/x', how: 'maybe', keep: '12', force: 'perhaps' }, scope)).toEqual(
    {
      kind: 'problems',
      problems: [
        { field: 'taget', because: 'there is no such field; did you mean target?' },
        { field: 'nodes', because: expect.stringContaining('gpu03') },
        { field: 'target', because: 'it is needed: where it is mounted' },
        { field: 'how', because: '"maybe" is none of automount, fstab' },
        { field: 'keep', because: '"12" is not a number from 1 to 9' },
        { field: 'force', because: '"perhaps" is neither yes nor no' },
      ],
    },
  );
});

test('several node sets are one, lines stay lines, and a switch is a switch', () => {
  expect(
    readInput(
      fields,
      { nodes: ['gpu01', 'nfs-a'], target: '/', argv: ['a b', 'c\nd'], force: true, keep: '1', label: ' x ' },
      scope,
    ),
  ).toEqual({
    kind: 'input',
    input: {
      nodes: 'gpu01,nfs-a',
      target: '/',
      how: 'automount',
      keep: 1,
      force: true,
      argv: ['a b', 'c', 'd'],
      label: 'x',
    },
  });
});

test('a path that is not absolute or that breaks a line is refused', () => {
  for (const target of ['data', './data', '/da\nta'])
    expect(readInput(fields, { nodes: 'gpu01', target }, scope)).toMatchObject({
      kind: 'problems',
      problems: [{ field: 'target' }],
    });
});

test('a secret keeps its blanks', () => {
  const secret: Fields = { password: { kind: 'secret', title: 'Password', help: 'of the share' } };
  expect(readInput(secret, { password: ' a b ' }, scope)).toEqual({ kind: 'input', input: { password: ' a b ' } });
  expect(readInput(secret, { password: '' }, scope)).toEqual({ kind: 'input', input: {} });
});

test('mount options with a password are refused, because what is given is kept with the plan', () => {
  const options: Fields = { options: { kind: 'text', title: 'Options', help: 'with commas', shape: 'mount-options' } };
  for (const word of ['pass', 'password', 'PASSWORD2'])
    expect(readInput(options, { options: `ro,${word}=geheim` }, scope)).toEqual({
      kind: 'problems',
      problems: [
        {
          field: 'options',
          because: `the options have "${word}=", which command lines, units and fstab show to everybody; leave it out`,
        },
      ],
    });
  expect(readInput(options, { options: 'nopass,bypass=1' }, scope).kind).toBe('input');
});

/** What is told of a value of a field; undefined where it is taken. */
function toldOf(field: Fields[string], text: string): string | undefined {
  const read = readInput({ it: field }, { it: text }, scope);
  return read.kind === 'input' ? undefined : read.problems.map(({ because }) => because).join('; ');
}

test('a path is whole, without dots, control characters or parts longer than a name; doubled slashes are one', () => {
  const path: Fields[string] = { kind: 'path', title: 'Path', help: 'where' };
  expect(toldOf(path, 'data')).toBe('"data" is not an absolute path');
  expect(toldOf(path, '/data/../etc')).toBe('"/data/../etc" has dots for a folder in it; write the path that is meant');
  expect(toldOf(path, '/a\x1b[2J')).toBe('"/a\x1b[2J" holds a control character');
  expect(toldOf(path, `/${'x'.repeat(256)}`)).toBe(`"/${'x'.repeat(58)}…" is longer than a path can be`);
  expect(toldOf(path, `/${'x/'.repeat(3_000)}`)).toContain('is longer than a path can be');
  expect(toldOf(path, '/日本/..hidden')).toBeUndefined();
  expect(toldOf({ ...path, isLocal: true }, '/a/../b')).toBeUndefined();
  expect(readInput({ it: path }, { it: '//srv///data//' }, scope)).toEqual({
    kind: 'input',
    input: { it: '/srv/data' },
  });
  expect(readInput({ it: path }, { it: '//' }, scope)).toEqual({ kind: 'input', input: { it: '/' } });
});

test('what is told of a very long value has its beginning only', () => {
  const long = 'x'.repeat(5_000);
  const texts: Fields = { ...fields, label: { kind: 'text', title: 'Label', help: 'a name' } };
  const given = { nodes: long, target: long, how: long, keep: long, force: long, label: long };
  const read = readInput(texts, given, scope);
  expect(read.kind === 'problems' && read.problems.map(({ field }) => field)).toEqual(Object.keys(given));
  expect(read.kind === 'problems' && read.problems.filter(({ because }) => because.length > 200)).toEqual([]);
});

test.for([
  ['age', '7d', '7'],
  ['age', '0', '-1d'],
  ['size', '1.9TB', '-1TB'],
  ['size', '16000000000000', '12'],
  ['label', 'gpu-storage', 'bad label!'],
  ['directories', 'data alice:users 0775', '../up 1000:1000'],
  ['directories', '/srv/data/x', 'data root:root 0999'],
  ['octal-mode', '0644', '0999'],
  ['filesystem-type', 'fuse.sshfs', '; rm -rf /'],
  ['source', '//nas/data set', '--bind'],
  ['mount-options', 'rw, noatime,context="a,b"', 'rw,no atime'],
  ['unit', 'dev-disk-by\\x2duuid.mount', '../../x'],
  ['unit', 'getty@tty1.service', '-H'],
  ['clients', '10.0.0.0/8(rw,sec=sys,fsid=0) fe80::/64 *.lab(ro) @gpu', '$(reboot)'],
  ['clients', '*', '-rf'],
  ['clients', 'gpu[0-9]?.lab', '/'],
  ['export-options', 'rw, sync,no_subtree_check,anonuid=65534', 'rw,no_rot_squash'],
  ['gpus', '0 gpu3, gpu01:gpu3', 'banana'],
  ['gpus', 'GPU-5f2c1f5a-6c4d-1c1e-9c5d-0c4d2b1a3e4f', 'all,-1'],
  ['pod', 'ml/train-0', 'train-0'],
] as const)('a text of the shape %s may be %s, and not %s', ([shape, right, wrong]) => {
  const field: Fields[string] = { kind: 'text', title: 'Text', help: 'what', shape };
  expect(toldOf(field, right)).toBeUndefined();
  expect(toldOf(field, wrong)).toContain(`"${wrong.split(',').at(-1)}"`);
});

test('nothing is mounted over the system, and no file is written in what is the kernel’s', () => {
  const at = (shape: 'own-place' | 'written-file', path: string) =>
    toldOf({ kind: 'path', title: 'Path', help: 'where', shape }, path) === undefined;
  const refused = ['/', '/etc', '/usr', '/var', '/proc/1/mem', '/sys/fs', '/dev/sda'];
  expect([...refused, '/data', '/var/lib/data', '/home', '/process'].filter((path) => !at('own-place', path))).toEqual(
    refused,
  );
  expect(['/etc/motd', '/proc/sys/vm/swappiness', '/sys/x'].filter((path) => !at('written-file', path))).toEqual([
    '/proc/sys/vm/swappiness',
    '/sys/x',
  ]);
});

test('one line of text holds no control character; a script, and lines of a file, may', () => {
  const text: Fields[string] = { kind: 'text', title: 'Text', help: 'what' };
  const lines: Fields[string] = { kind: 'lines', title: 'Lines', help: 'what' };
  expect([toldOf(text, 'a\nb'), toldOf(lines, 'a\n\x07b')]).toEqual([
    '"a\nb" holds a control character',
    '"\x07b" holds a control character',
  ]);
  expect([toldOf({ ...text, shape: 'free' }, 'a\nb'), toldOf({ ...lines, shape: 'free' }, '\x1b[1m')]).toEqual([
    undefined,
    undefined,
  ]);
  expect(toldOf({ ...text, shape: 'free' }, 'a\0b')).toBe('it holds a NUL byte');
});

test('a text that is taken exactly keeps the blanks around it, and loses the end of the line', () => {
  const exact: Fields = { it: { kind: 'text', title: 'Text', help: 'what', shape: 'exact' } };
  expect(readInput(exact, { it: '  - item \n' }, scope)).toEqual({ kind: 'input', input: { it: '  - item ' } });
  expect(readInput(exact, { it: '  ' }, scope)).toEqual({ kind: 'input', input: {} });
});
