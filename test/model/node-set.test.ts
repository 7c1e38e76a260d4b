import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import { nearest } from '../../src/model/nearest.ts';
import { expandRanges } from '../../src/model/node-range.ts';
import { foldNodes, type NodeScope, parseNodeSet } from '../../src/model/node-set.ts';

const names = [
  'nfs-a',
  'nfs-b',
  ...Array.from({ length: 12 }, (_, index) => `gpu${String(index + 1).padStart(2, '0')}`),
  'cpu1',
  'cpu10',
];
const fleet: NodeScope = {
  nodes: names.map((name) => ({ name: nodeName(name) })),
  groups: {
    storage: ['nfs-a', 'nfs-b'].map(nodeName),
    gpu: names.filter((name) => name.startsWith('gpu')).map(nodeName),
    'rack-1': ['gpu02', 'gpu01', 'nfs-a'].map(nodeName),
  },
};

const folded = (text: string): string => {
  const parsed = parseNodeSet(text, fleet);
  return parsed.kind === 'ok'
    ? foldNodes(parsed.nodes)
    : `${parsed.column}: ${parsed.message}${parsed.nearest === undefined ? '' : ` -> ${parsed.nearest}`}`;
};

test.each([
  ['gpu[01-03]', 'gpu[01-03]'],
  ['gpu[01,03,05-07]', 'gpu[01,03,05-07]'],
  ['gpu[01-09/4]', 'gpu[01,05,09]'],
  ['gpu[08-10]', 'gpu[08-10]'],
  ['nfs-[a-b]', 'nfs-a,nfs-b'],
  ['gpu02,gpu01', 'gpu[01-02]'],
  ['gpu01 gpu02 , nfs-a,', 'nfs-a,gpu[01-02]'],
  ['@storage', 'nfs-a,nfs-b'],
  ['@rack-1&@gpu', 'gpu[01-02]'],
  ['@gpu!gpu[02-11]', 'gpu[01,12]'],
  ['@gpu & ! gpu[02-11]', 'gpu[01,12]'],
  ['@s*', 'nfs-a,nfs-b'],
  ['gpu0?', 'gpu[01-09]'],
  ['*-a', 'nfs-a'],
  ['cpu*', 'cpu[1,10]'],
  ['!@gpu', 'nfs-a,nfs-b,cpu[1,10]'],
  ['!gpu01,@rack-1', 'nfs-a,gpu02'],
  ['all,!@gpu,!cpu*', 'nfs-a,nfs-b'],
  ['@all!*', ''],
])('the node set %s is %s', (text, expected) => {
  expect(folded(text)).toBe(expected);
});

test.each([
  ['', '1: no node is named; expected e.g. gpu[01-16], @group or all'],
  ['gpu1', '1: no node is called "gpu1" -> gpu01'],
  ['gpu[01-14]', '1: no node is called "gpu[13-14]"'],
  ['storage', '1: no node is called "storage" -> @storage'],
  ['nfs-a,@gpus', '7: no group is called "gpus" -> @gpu'],
  ['@gpu01', '1: no group is called "gpu01" -> gpu01'],
  ['x*', '1: no node matches "x*"'],
  ['gpu[01-', '4: "[" without "]" after it'],
  ['gpu01]', '6: "]" without "[" before it'],
  ['gpu[3-1]', '5: the range ends at 1, before it begins at 3'],
  ['gpu[1-99/0]', '5: the step after "/" must be 1 or more'],
  ['gpu[01,x1]', '8: "x1" is no range; expected e.g. 01-16, 1-9/2 or a-f'],
  ['gpu[010-12]', '5: the ends of the range have different widths'],
  ['gpu[1-100001]', '5: stands for more than 100,000 names'],
  ['a[1-1000]b[1-1000]', '11: stands for more than 100,000 names'],
  ['gpu01&', '7: a node or group is missing at the end'],
  ['gpu01&,gpu02', '7: a node or group is missing before ","'],
  ['&gpu01', '1: a node or group is missing before "&"'],
  ['@constructor', '1: no group is called "constructor"'],
])('the node set "%s" is refused with the place', (text, expected) => {
  expect(folded(text)).toBe(expected);
});

test.each([
  [['gpu01', 'gpu02', 'gpu03', 'gpu04', 'gpu07', 'nfs-a'], 'gpu[01-04,07],nfs-a'],
  [['n1', 'n2', 'n10', 'n01'], 'n[1-2,01,10]'],
  [['n098', 'n099', 'n100', 'n101'], 'n[098-101]'],
  [['gpu01-ib0', 'gpu02-ib0'], 'gpu[01-02]-ib0'],
  [['r1n1', 'r1n2', 'r2n1', 'r2n2'], 'r[1-2]n[1-2]'],
  [['c1.example.com', 'c2.example.com', 'c1.example.com'], 'c[1-2].example.com'],
  [['12345678901234567890'], '12345678901234567890'],
  [[], ''],
])('%j folds to %s', (list, expected) => {
  expect(foldNodes(list)).toBe(expected);
});

test('what folding wrote is read back whole, whatever the names', () => {
  const mixed = [
    ...names,
    'n8',
    'n9',
    'n10',
    'n08',
    'n09',
    'n099',
    'n100',
    'r1-n01',
    'r2-n01',
    'r2-n02',
    'x',
    '10.0.0.9',
    '10.0.0.10',
  ];
  const scope = { nodes: mixed.map((name) => ({ name: nodeName(name) })), groups: {} };
  expect(parseNodeSet(foldNodes(mixed), scope)).toEqual({ kind: 'ok', nodes: mixed });
});

test('ten thousand names fold into one range', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `n${String(index).padStart(5, '0')}`);
  expect(foldNodes(many)).toBe('n[00000-09999]');
});

test('several ranges in one name stand for every combination', () => {
  expect(expandRanges('r[1-2]n[1-2]')).toEqual({ kind: 'ok', names: ['r1n1', 'r1n2', 'r2n1', 'r2n2'] });
});

test.each([
  ['nod', 'nodes'],
  ['exprots', 'exports'],
  ['GROUPS', 'groups'],
  ['zzz', undefined],
  ['', undefined],
])('the word nearest to %s is %s', (word, expected) => {
  expect(nearest(word, ['nodes', 'groups', 'exports', 'mounts'])).toBe(expected);
});

test('a word far too long has no nearest word', () => {
  expect(nearest('x'.repeat(100_000), ['nodes', 'x'.repeat(100_000)])).toBe(undefined);
});
