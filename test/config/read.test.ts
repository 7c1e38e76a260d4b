import { expect, test } from 'vitest';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import { type MemoryFile, memoryIo } from './memory-io.ts';

async function told(files: { readonly [path: string]: MemoryFile }, path = 'hosts'): Promise<string> {
  const read = await readInventory(path, memoryIo(files));
  return read.kind === 'invalid' ? formatProblems(read.errors) : 'good';
}

const asJson = 'what `ansible-inventory -i THIS --list` prints, saved as a .json file';

test.each<readonly [string, { readonly [path: string]: MemoryFile }, string, string]>([
  [
    'a path that is not there',
    {},
    'nowhere',
    'nowhere: there is no such file or folder\n  expected the path of an inventory; `muster init` writes a first one',
  ],
  [
    'an empty file',
    { hosts: ' \n' },
    'hosts',
    'hosts: it is empty\n  expected an inventory; `muster init` writes a first one',
  ],
  [
    'a binary file',
    { hosts: { binary: true } },
    'hosts',
    'hosts: it is no text file\n  expected an inventory in YAML, INI or JSON, as UTF-8',
  ],
  [
    'a file that may not be read',
    { hosts: { unreadable: 'EACCES: permission denied' } },
    'hosts',
    'hosts: it cannot be read: EACCES: permission denied',
  ],
  [
    'a folder without an inventory',
    { 'site/README.md': 'x', 'site/group_vars/all.yml': 'x: 1' },
    'site',
    'site: there is no inventory in this folder\n  expected files *.yaml of muster, or hosts, *.ini, *.yml of Ansible',
  ],
  [
    'an inventory encrypted as a whole',
    { hosts: '$ANSIBLE_VAULT;1.1;AES256\n3132\n' },
    'hosts',
    `hosts: it is encrypted with ansible-vault as a whole, which muster never opens\n  expected ${asJson}`,
  ],
  [
    'a playbook',
    { 'site.yml': '- hosts: all\n  tasks: []\n' },
    'site.yml',
    'site.yml: it is a list, as a playbook is\n  expected an inventory: a map with nodes (muster) or with groups of hosts (Ansible)',
  ],
  [
    'an inventory plugin',
    { 'aws.yml': 'plugin: amazon.aws.aws_ec2\n' },
    'aws.yml',
    `aws.yml: it configures the inventory plugin "amazon.aws.aws_ec2"\n  expected ${asJson}`,
  ],
  [
    'variables',
    { 'v.yml': 'some_variable: 1\nother: { x: 1 }\n' },
    'v.yml',
    'v.yml: it names no node\n  expected a map "nodes" (muster), or groups with "hosts" (Ansible)',
  ],
  ['a TOML inventory', { 'i.toml': '[a]\n' }, 'i.toml', `i.toml: TOML inventories are not read\n  expected ${asJson}`],
  [
    "Ansible's configuration",
    { 'ansible.cfg': '[defaults]\ninventory = ./inventory\n[other]\n' },
    'ansible.cfg',
    "ansible.cfg: it is Ansible's configuration, not an inventory\n  expected the inventory it names: ./inventory",
  ],
  [
    'an inventory with every host commented out',
    { hosts: '[all]\n#gpu01\n[x:children]\nall\n' },
    'hosts',
    'hosts: it lists no host\n  expected at least one host line that is not commented out',
  ],
  [
    'broken JSON',
    { 'l.json': '{"a": [}' },
    'l.json',
    'l.json: it is no JSON: Unexpected token \'}\', "{"a": [}" is not valid JSON',
  ],
])('%s gives one clear sentence', async (_, files, path, expected) => {
  expect(await told(files, path)).toBe(expected);
});

test('every wrong line of an INI inventory is told at its place', async () => {
  expect(
    await told({
      hosts:
        '[gpu\nok ansible_host=1.2.3.4 stray\n[web:vras]\nx=1\n[web:vars]\nno assignment\n[:vars]\n[web]\nn[1:\nn[5:1]\n',
    }),
  ).toBe(`hosts:1:1: "[gpu" names no host: a bracket without its partner
    1 | [gpu
      | ^^^^
hosts:2:25: "stray" is no variable
    2 | ok ansible_host=1.2.3.4 stray
      |                         ^^^^^
      = expected name=value after the host
hosts:3:6: no section can be called "web:vras"; did you mean "vars"?
    3 | [web:vras]
      |      ^^^^
      = expected [group], [group:children] or [group:vars]
hosts:6:1: "no assignment" is no variable
    6 | no assignment
      | ^^^^^^^^^^^^^
      = expected name=value
hosts:7:1: a section without a name
    7 | [:vars]
      | ^
      = expected [group], [group:children] or [group:vars]
hosts:9:1: "n[1:" names no host: a bracket without its partner
    9 | n[1:
      | ^^^^
hosts:10:1: "n[5:1]" names no host: [5:1] is no range; expected e.g. [01:20], [a:f] or [1:9:2]
   10 | n[5:1]
      | ^^^^^^`);
});

test('every wrong part of an Ansible YAML inventory is told at its place', async () => {
  expect(
    await told(
      { 'h.yml': 'all:\n  hosts: [a, b]\n  children: x\n  vars: 1\nweb:\n  hosts: { "n[1:": , m: 3 }\n' },
      'h.yml',
    ),
  ).toBe(`h.yml:2:10: the hosts of "all" are no map
    2 |   hosts: [a, b]
      |          ^^^^^^
      = expected a map of hosts, each with a ":" after it
h.yml:3:13: the children of "all" are no map
    3 |   children: x
      |             ^
      = expected a map of groups, e.g. { gpu: , cpu: }
h.yml:4:9: the variables of "all" are no map
    4 |   vars: 1
      |         ^
      = expected a map of variables
h.yml:6:12: "n[1:" names no host: a bracket without its partner
    6 |   hosts: { "n[1:": , m: 3 }
      |            ^^^^^^
h.yml:6:25: the variables of "m" are no map
    6 |   hosts: { "n[1:": , m: 3 }
      |                         ^
      = expected a map of variables, or nothing`);
});

test('a mistake in a file of variables is told in that file', async () => {
  expect(await told({ 'site/hosts': 'a.x\n', 'site/host_vars/a.x.yml': 'x: [1\ny: 2\n' }, 'site/hosts')).toMatch(
    /^site\/host_vars\/a\.x\.yml:2:1: /,
  );
});

test('an executable inventory runs only when it is named, with --list and a deadline', async () => {
  const io = memoryIo({
    'site/inv.py': { text: '#!/usr/bin/env python3\n', run: { kind: 'ok', stdout: '{"g": {"hosts": ["a.x"]}}' } },
  });
  const read = await readInventory('site/inv.py', io);
  expect({
    ran: io.ran,
    nodes: read.kind === 'ok' ? read.inventory.nodes.map(({ name }) => name) : read.errors,
  }).toEqual({
    ran: ['site/inv.py --list within 10000 ms'],
    nodes: ['a.x'],
  });
});

test.each([
  [
    'it exited 1: no cloud',
    { kind: 'failed', because: 'it exited 1: no cloud' } as const,
    'inv: running it with --list failed: it exited 1: no cloud',
  ],
  [
    'nonsense',
    { kind: 'ok', stdout: 'Traceback' } as const,
    'inv: what it printed: it is no JSON: Unexpected token \'T\', "Traceback" is not valid JSON',
  ],
  [
    'an empty list',
    { kind: 'ok', stdout: '{}' } as const,
    'inv: it lists no host\n  expected at least one host line that is not commented out',
  ],
])('an executable that ends in %s gives one clear sentence', async (_, run, expected) => {
  expect(await told({ inv: { text: '#!/bin/sh', run } }, 'inv')).toBe(expected);
});

test('a text that is executable by a careless copy is read, not run', async () => {
  const io = memoryIo({ hosts: { text: '[g]\na.x\n', run: { kind: 'failed', because: 'run' } } });
  expect([(await readInventory('hosts', io)).kind, io.ran]).toEqual(['ok', []]);
});

test('own files of a folder win over an Ansible inventory beside them', async () => {
  const read = await readInventory(
    'site',
    memoryIo({ 'site/muster.yaml': 'nodes: { a: }\n', 'site/hosts': '[g]\nb\n' }),
  );
  expect(read.kind === 'ok' && [read.inventory.nodes.map(({ name }) => name), read.inventory.notices]).toEqual([
    ['a'],
    [{ file: 'site/hosts', text: 'skipped: an Ansible inventory beside muster’s own' }],
  ]);
});
