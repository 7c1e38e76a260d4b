import { expect, test } from 'vitest';
import { describeNoInventory, searchPlaces } from '../../src/config/places.ts';
import { memoryIo } from './memory-io.ts';

const at = { cwd: '/srv/ops', home: '/home/ann' };
const own = 'nodes: { a: }\n';

const found = (files: Record<string, string>, env: Record<string, string> = {}) =>
  searchPlaces({ ...at, env }, memoryIo(files));

test('the first documented place that exists is opened', () => {
  const places = [
    '/srv/ops/muster.yaml',
    '/srv/ops/muster/a.yaml',
    '/srv/ops/inventory/muster.yaml',
    '/home/ann/.config/muster/inventory.yaml',
    '/home/ann/.config/muster/inventory/x.yml',
    '/etc/muster/inventory.yaml',
  ];
  const opened = places.map(
    (_, index) => found(Object.fromEntries(places.slice(index).map((path) => [path, own]))).inventory,
  );
  expect(opened).toEqual([
    { path: '/srv/ops/muster.yaml', name: './muster.yaml' },
    { path: '/srv/ops/muster', name: './muster/' },
    { path: '/srv/ops/inventory/muster.yaml', name: './inventory/muster.yaml' },
    { path: '/home/ann/.config/muster/inventory.yaml', name: '~/.config/muster/inventory.yaml' },
    { path: '/home/ann/.config/muster/inventory', name: '~/.config/muster/inventory/' },
    { path: '/etc/muster/inventory.yaml', name: '/etc/muster/inventory.yaml' },
  ]);
});

test('$MUSTER_INVENTORY wins over every place, even when it names nothing that exists', () => {
  expect(found({ '/srv/ops/muster.yaml': own }, { MUSTER_INVENTORY: 'gone.yaml' }).inventory).toEqual({
    path: '/srv/ops/gone.yaml',
    name: '$MUSTER_INVENTORY',
  });
});

test('$XDG_CONFIG_HOME moves the place in the home folder; a relative one is ignored, as the specification says', () => {
  expect(found({ '/x/muster/inventory.yaml': own }, { XDG_CONFIG_HOME: '/x' }).inventory?.path).toBe(
    '/x/muster/inventory.yaml',
  );
  expect(found({ '/home/ann/.config/muster/inventory.yaml': own }, { XDG_CONFIG_HOME: 'x' }).inventory?.path).toBe(
    '/home/ann/.config/muster/inventory.yaml',
  );
});

test('a folder named muster without an inventory in it is no place', () => {
  expect(found({ '/srv/ops/muster/package.json': '{}' }).inventory).toBe(undefined);
});

test('Ansible inventories are offered, each once, and never opened unasked', () => {
  const { inventory, offered } = found(
    {
      '/srv/ops/ansible.cfg': '[defaults]\ninventory = inventory/hosts\n',
      '/srv/ops/inventory/hosts': '[a]\n',
      '/srv/ops/hosts.yml': 'all:\n',
      '/srv/ops/hosts.bak': '',
      '/etc/ansible/hosts': '[b]\n',
    },
    { ANSIBLE_INVENTORY: '/srv/missing' },
  );
  expect({ inventory, offered }).toEqual({
    inventory: undefined,
    offered: [
      { path: '/srv/ops/inventory/hosts', name: 'ansible.cfg: inventory/hosts' },
      { path: '/srv/ops/hosts.yml', name: './hosts.yml' },
      { path: '/etc/ansible/hosts', name: '/etc/ansible/hosts' },
    ],
  });
});

test('every place looked at is named, for the message when there is none', () => {
  expect(found({}).searched.map(({ name }) => name)).toEqual([
    './muster.yaml',
    './muster/',
    './inventory/muster.yaml',
    '~/.config/muster/inventory.yaml',
    '~/.config/muster/inventory/',
    '/etc/muster/inventory.yaml',
  ]);
});

test('when there is none, the sentence says where it was looked for and what to do next', () => {
  const searched =
    'no inventory in ./muster.yaml, ./muster/, ./inventory/muster.yaml, ~/.config/muster/inventory.yaml, ~/.config/muster/inventory/, /etc/muster/inventory.yaml';
  const last = '  `muster init` writes a first one, `muster demo` shows an embedded fleet';
  expect([describeNoInventory(found({})), describeNoInventory(found({ '/srv/ops/hosts': '[a]\n' }))]).toEqual([
    `${searched}\n  \`muster inventory import ssh-config\` makes one from ~/.ssh/config\n${last}`,
    `${searched}\n  \`muster -i /srv/ops/hosts\` opens the Ansible inventory ./hosts, \`muster inventory import /srv/ops/hosts -o muster.yaml\` takes it over\n${last}`,
  ]);
});
