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
        { field: 'target', because: 'mount point is needed: where it is mounted' },
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
  const options: Fields = { options: { kind: 'text', title: 'Options', help: 'with commas', isMountOptions: true } };
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
