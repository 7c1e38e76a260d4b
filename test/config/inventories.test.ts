import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fromSshAliases } from '../../src/config/from-ssh-config.ts';
import { importSshConfig } from '../../src/config/import.ts';
import { nodeIo } from '../../src/config/node-io.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import { generateSchema } from '../../src/config/schema.ts';
import { starterInventory } from '../../src/config/starter.ts';
import { toYaml } from '../../src/config/to-yaml.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { foldNodes } from '../../src/model/node-set.ts';
import { memoryIo } from './memory-io.ts';

const shipped = readdirSync('inventory').filter((name) => name.endsWith('.yaml'));

async function read(path: string): Promise<Inventory> {
  const result = await readInventory(path, nodeIo);
  if (result.kind === 'invalid') throw new Error(formatProblems(result.errors));
  return result.inventory;
}

async function readText(text: string): Promise<Inventory> {
  const result = await readInventory('/i.yaml', memoryIo({ '/i.yaml': text }));
  if (result.kind === 'invalid') throw new Error(formatProblems(result.errors));
  return result.inventory;
}

test.each(shipped)('%s is valid, names its schema, and has nothing to remark', async (name) => {
  const inventory = await read(`inventory/${name}`);
  expect({
    name: inventory.name,
    notices: inventory.notices,
    first: readFileSync(`inventory/${name}`, 'utf8').split('\n')[0],
  }).toEqual({
    name: name.replace('.yaml', ''),
    notices: [],
    first: '# yaml-language-server: $schema=schema.json',
  });
});

test.each(shipped)('%s, written out again, reads back as the same inventory', async (name) => {
  const inventory = await read(`inventory/${name}`);
  // Where an action stands in its file is another line there.
  const plain = ({ actions = [], ...rest }: Inventory) => ({
    ...rest,
    files: [],
    actions: actions.map(({ from: _, ...action }) => action),
  });
  expect(plain(await readText(toYaml(inventory)))).toEqual(plain(inventory));
});

test('the schema for editors is the one of the format', () => {
  expect(readFileSync('inventory/schema.json', 'utf8')).toBe(generateSchema());
});

test('the demo is 24 nodes: two servers, fourteen with GPUs, seven without, one at the edge', async () => {
  const { groups, nodes } = await read('inventory/demo.yaml');
  expect({
    groups: Object.fromEntries(Object.entries(groups).map(([group, names]) => [group, foldNodes(names)])),
    gpus: nodes.reduce((sum, node) => sum + (node.gpus?.count ?? 0), 0),
    isLoopback: nodes.every(({ address }) => address?.startsWith('127.')),
  }).toEqual({
    groups: {
      storage: 'nfs-a,nfs-b',
      gpu: 'gpu[01-14]',
      h100: 'gpu[01-04]',
      mig: 'gpu13',
      cpu: 'cpu[01-07]',
      edge: 'edge01',
      compute: 'gpu[01-14],cpu[01-07]',
    },
    gpus: 80,
    isLoopback: true,
  });
});

test('the starter is valid as it stands, and with every example switched on', async () => {
  const text = starterInventory();
  const { nodes, groups } = await readText(text);
  expect([nodes.map(({ name }) => name), groups]).toEqual([
    ['nfs-a', 'gpu01', 'gpu02', 'gpu03', 'gpu04'],
    { storage: ['nfs-a'], gpu: ['gpu01', 'gpu02', 'gpu03', 'gpu04'] },
  ]);
  const body = text.slice(text.indexOf('name:'));
  const all = body.replaceAll(/^# ((?:volumes|exports|mounts|sharing):| {2}.*)$/gm, '$1');
  const { volumes, exports, mounts, sharing } = await readText(all);
  expect([volumes.length, exports.length, mounts.length, sharing.length]).toEqual([1, 1, 2, 1]);
});

test('aliases of an ssh configuration become nodes; patterns and odd names are told', () => {
  const aliases = [
    { alias: 'gpu01', hostName: '10.0.0.1', user: 'admin', port: 2222, proxyJump: 'bastion,user@b2:22' },
    { alias: 'plain', hostName: 'plain', port: 22, proxyJump: 'none' },
    { alias: 'git hub' },
  ];
  const base = { via: 'ssh', transport: 'auto', labels: {}, groups: [] };
  const contained = fromSshAliases('~/.ssh/config', aliases, true);
  expect([contained.nodes, contained.notices]).toEqual([
    [
      { ...base, name: 'gpu01', address: '10.0.0.1', user: 'admin', port: 2222, jump: ['bastion', 'user@b2:22'] },
      { ...base, name: 'plain' },
    ],
    [
      {
        file: '~/.ssh/config',
        text: '"git hub" is left out: a node name has 1-253 letters, digits, ".", "_" or "-" and starts and ends with none of ".-"',
      },
    ],
  ]);
  expect(fromSshAliases('~/.ssh/config', aliases, false).nodes).toEqual([
    { ...base, name: 'gpu01' },
    { ...base, name: 'plain' },
  ]);
});

test('what an import could not take over stands as a comment at the end', () => {
  const inventory = fromSshAliases('/h/.ssh/config', [{ alias: 'n2' }, { alias: 'n1' }, { alias: '*\u001b' }], false);
  expect(toYaml(inventory)).toBe(`# Written by \`muster inventory import\` from /h/.ssh/config.
name: ssh

# Nodes by name or range; a more specific entry wins.
nodes:
  n2:
  n1:

# Not taken over, or worth a look:
#   /h/.ssh/config: "*\\u001b" is left out: a node name has 1-253 letters, digits, ".", "_" or "-" and starts and ends with none of ".-"
`);
});

test('~/.ssh/config is imported with its Include, patterns left out', async () => {
  const home = mkdtempSync(join(tmpdir(), 'muster-ssh-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, '.ssh'));
  writeFileSync(
    join(home, '.ssh/config'),
    'Include more\nHost gpu01 gpu02 *.example.org\n  User admin\nHost *\n  Port 2222\n',
  );
  writeFileSync(join(home, '.ssh/more'), 'Host nfs-a\n  HostName 10.0.0.1\n');
  const { nodes } = await importSshConfig({ HOME: home });
  expect(nodes.map(({ name }) => name)).toEqual(['nfs-a', 'gpu01', 'gpu02']);
});
