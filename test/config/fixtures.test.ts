// Real inventories of other projects: each reads without a crash, to a value a person would expect or to one clear sentence.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import { toYaml } from '../../src/config/to-yaml.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { foldNodes } from '../../src/model/node-set.ts';
import { memoryIo } from './memory-io.ts';

const folder = '../shared/fixtures/ansible-ssh/inventory';
const fixture = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');

/** Reads texts as files of memory, so that variables lie where their project has them. */
async function read(path: string, files: { readonly [path: string]: string }): Promise<Inventory> {
  const result = await readInventory(path, memoryIo(files));
  if (result.kind === 'invalid') throw new Error(formatProblems(result.errors));
  return result.inventory;
}

const groupsOf = ({ groups }: Inventory) =>
  Object.fromEntries(Object.entries(groups).map(([group, names]) => [group, foldNodes(names)]));

describe.runIf(existsSync(folder))('with the recorded inventories beside the project', () => {
  test('goldentooth: seventeen nodes, addresses from host_vars, shares from templates over hostvars and groups', async () => {
    const inventory = await read('/gt/inventory', {
      '/gt/ansible.cfg': fixture('goldentooth-ansible.cfg'),
      '/gt/inventory/hosts': fixture('goldentooth-hosts.yaml'),
      '/gt/inventory/host_vars/allyrion.yaml': fixture('host_vars-goldentooth-allyrion.yaml'),
      '/gt/inventory/host_vars/velaryon.yaml': fixture('host_vars-goldentooth-velaryon.yaml'),
      '/gt/group_vars/all/vault': fixture('ansible-vaulted.inventory'),
      '/gt/group_vars/all/vars.yaml': `nfs:
  mounts:
    primary:
      share: "{{ hostvars[groups['nfs_server'] | first].ipv4_address }}:/mnt/usb1"
      mount: '/mnt/nfs'
      safe_name: 'mnt-nfs'
      type: 'nfs'
      options: {}
    gpu_storage:
      share: "{{ hostvars['velaryon'].ipv4_address }}:/mnt/gpu-storage"
      mount: '/mnt/gpu-storage'
      safe_name: 'mnt-gpu\\x2dstorage'
      type: 'nfs'
      options: {}
`,
    });
    const pis = [
      'allyrion',
      'bettley',
      'cargyll',
      'dalt',
      'erenford',
      'fenn',
      'gardener',
      'harlton',
      'inchfield',
      'jast',
      'karstark',
      'lipps',
      'manderly',
      'norcross',
      'oakheart',
      'payne',
    ];
    const { nodes, groups, exports, mounts, notices, name } = inventory;
    const [allyrion] = nodes;
    expect({ name, names: nodes.map((node) => node.name), allyrion }).toEqual({
      name: 'gt',
      names: [...pis, 'velaryon'],
      allyrion: {
        name: 'allyrion',
        via: 'ssh',
        transport: 'auto',
        address: '10.4.0.10',
        labels: {},
        groups: [
          'all_nodes',
          'all_pis',
          'all_pi_4b',
          'all_pi_4b_8gb',
          'ray',
          'ray_worker',
          'consul',
          'consul_client',
          'docker',
          'haproxy',
          'nfs_server',
          'prometheus',
          'envoy',
          'zfs',
        ],
      },
    });
    expect(Object.keys(groups)).toHaveLength(38);
    expect({
      all: groups['all_nodes'],
      four: groups['all_pi_4b_4gb'],
      gpu: groups['ray_worker_gpu'],
      servers: groups['nfs_server'],
    }).toEqual({
      all: [...pis, 'velaryon'],
      four: ['karstark', 'lipps'],
      gpu: ['velaryon'],
      servers: ['allyrion', 'velaryon'],
    });
    const options = ['rw', 'sync', 'no_root_squash', 'no_subtree_check'];
    const mount = { fsType: 'nfs', options: [], how: 'automount', absent: false };
    expect({ exports, mounts }).toEqual({
      exports: [
        { node: 'allyrion', path: '/mnt/usb1', clients: [{ client: '*', options }] },
        { node: 'velaryon', path: '/mnt/gpu-storage', clients: [{ client: '10.4.0.0/20', options }] },
      ],
      mounts: [
        { ...mount, source: '10.4.0.30:/mnt/gpu-storage', target: '/mnt/gpu-storage', nodes: pis },
        { ...mount, source: '10.4.0.10:/mnt/usb1', target: '/mnt/nfs', nodes: [...pis.slice(1), 'velaryon'] },
      ],
    });
    expect(notices.map(({ file, text }) => `${file}: ${text}`)).toEqual([
      '/gt/inventory/hosts: "localhost" at the top is taken for an empty group, as Ansible does; a host belongs under "hosts"',
      '/gt/group_vars/all/vault: skipped: encrypted with ansible-vault, which muster never opens',
      `/gt/inventory: ${pis.slice(1).join(',')}: no address is given; reached by name, as DNS or ~/.ssh/config know it`,
    ]);
  });

  test('DeepOps: a virtual cluster with its Slurm variables', async () => {
    const inventory = await read('/d/config/inventory', {
      '/d/config/inventory': fixture('deepops-virtual-full.ini'),
      '/d/config/group_vars/slurm-cluster.yml': fixture('group_vars-deepops-slurm-cluster.yml'),
    });
    expect(inventory.nodes.map(({ name, address, user, password }) => [name, address, user, password])).toEqual([
      ['virtual-mgmt01', '10.0.0.2', 'vagrant', 'ask'],
      ['virtual-mgmt02', '10.0.0.3', 'vagrant', 'ask'],
      ['virtual-mgmt03', '10.0.0.4', 'vagrant', 'ask'],
      ['virtual-login01', '10.0.0.5', 'vagrant', 'ask'],
      ['virtual-gpu01', '10.0.0.6', 'vagrant', 'ask'],
      ['virtual-gpu02', '10.0.0.7', 'vagrant', 'ask'],
    ]);
    expect(groupsOf(inventory)).toEqual({
      kube_control_plane: 'virtual-mgmt[01-03]',
      etcd: 'virtual-mgmt[01-03]',
      kube_node: 'virtual-mgmt[01-03],virtual-gpu[01-02]',
      k8s_cluster: 'virtual-mgmt[01-03],virtual-gpu[01-02]',
      'slurm-master': 'virtual-login01',
      'slurm-nfs': 'virtual-login01',
      'slurm-node': 'virtual-gpu[01-02]',
      'slurm-cache': 'virtual-login01',
      'slurm-nfs-client': 'virtual-gpu[01-02]',
      'slurm-metric': 'virtual-login01',
      'slurm-login': 'virtual-login01',
      'slurm-cluster': 'virtual-login01,virtual-gpu[01-02]',
    });
    const clients = [{ client: '*', options: ['rw', 'sync', 'no_root_squash'] }];
    const mount = {
      fsType: 'nfs',
      options: ['async', 'vers=3'],
      how: 'fstab',
      absent: false,
      nodes: ['virtual-gpu01', 'virtual-gpu02'],
    };
    expect({ exports: inventory.exports, mounts: inventory.mounts }).toEqual({
      exports: [
        { node: 'virtual-login01', path: '/home', clients },
        { node: 'virtual-login01', path: '/sw', clients },
      ],
      mounts: [
        { ...mount, source: 'virtual-login01:/home', target: '/home' },
        { ...mount, source: 'virtual-login01:/sw', target: '/sw' },
      ],
    });
  });

  test('ranges: an army of compute nodes with comments and an emoji behind them', async () => {
    const inventory = await read('/hpc.ini', { '/hpc.ini': fixture('hpc-gpu-ranges.ini') });
    expect({ count: inventory.nodes.length, groups: groupsOf(inventory), notices: inventory.notices }).toEqual({
      count: 34,
      groups: {
        hpc1_compute_nodes: 'compute[01-20].example.com',
        hpc1_gpu_nodes: 'gpu[01-08].example.com',
        hpc1_head_nodes: 'head01.example.com',
        storage_weka: 'weka[01-04].example.com',
        grafana: 'monitor.example.com',
      },
      notices: [],
    });
    expect(groupsOf(await read('/p.ini', { '/p.ini': fixture('pyinfra-ranges.ini') }))).toEqual({
      webservers: 'webserver-[1-3].net',
      dbservers: 'dbserver-[01-02].net',
      web_and_db_servers: 'webserver-[1-3].net,dbserver-[01-02].net',
    });
  });

  test.each([
    ['ansible-callback.ini', 'testhost,testhost[5,10-12]'],
    ['ansible-complex.ini', 'ihavenogroup,hostinall,test[1-6]'],
    ['ansible-delegate_to.ini', 'testhost,testhost[2-7]'],
    ['ansible-handler_race.ini', 'host[001-030]'],
    ['ansible-inventory_ini.ini', 'gitlab-runner-01,testhost'],
    ['ansible-list-success.json', 'bobby,cindy,greg,jan,marcia,peter,alice'],
    ['ansible-special_vars.ini', 'successful,failed,unreachable'],
    ['ansible-valid_sample.yml', 'something'],
    ['ansible-var_blending.ini', 'testhost,testhost2'],
    [
      'deepops-virtual-large-slurm.ini',
      'virtual-wm[01-02],virtual-login[01-02],virtual-cache[01-02],virtual-metric01,virtual-gpu[01-02],virtual-nfs01',
    ],
    ['kubespray-local.ini', 'node1'],
  ])('%s lists %s', async (name, expected) => {
    const inventory = await read(`/x/${name}`, { [`/x/${name}`]: fixture(name) });
    expect(foldNodes(inventory.nodes.map((node) => node.name))).toBe(expected);
  });

  test.each([
    ['ansible-inline-vault.yml', 'it is a list, as a playbook is'],
    ['ansible-list-empty.json', 'it lists no host'],
    ['ansible-valid_sample.toml', 'TOML inventories are not read'],
    ['ansible-vaulted.inventory', 'it is encrypted with ansible-vault as a whole, which muster never opens'],
    ['deepops-example.ini', 'it lists no host'],
    ['deepops-maas-inventory.yml', 'it names no node'],
    ['goldentooth-ansible.cfg', "it is Ansible's configuration, not an inventory"],
    ['group_vars-deepops-slurm-cluster.yml', 'it names no node'],
    ['group_vars-kubespray-addons.yml', 'it names no node'],
    ['group_vars-stackhpc-nfs.yml', 'it names no node'],
    ['group_vars-stackhpc-openhpc.yml', 'it names no node'],
    ['host_vars-goldentooth-allyrion.yaml', 'it names no node'],
    ['host_vars-myhost-vault.yml', 'it names no node'],
    ['kubespray-sample.ini', 'it lists no host'],
    ['stackhpc-caas-groups.ini', 'it lists no host'],
    ['vars-vaulted.yml', 'it names no node'],
  ])('%s is no inventory: %s', async (name, expected) => {
    const result = await readInventory(name, memoryIo({ [name]: fixture(name) }));
    expect(result.kind === 'invalid' && result.errors.map(({ message }) => message)).toEqual([expected]);
  });

  test.each(['goldentooth-hosts.yaml', 'deepops-virtual-full.ini', 'hpc-gpu-ranges.ini', 'ansible-delegate_to.ini'])(
    '%s, imported, reads back as the same inventory',
    async (name) => {
      const {
        files: _,
        notices: __,
        ansible,
        ...inventory
      } = await read(`/x/${name}`, { [`/x/${name}`]: fixture(name) });
      expect(ansible).toBe(`/x/${name}`);
      const {
        files: ___,
        notices: ____,
        ...again
      } = await read('/own.yaml', { '/own.yaml': toYaml({ ...inventory, files: [], notices: [] }) });
      const bySet = (nodes: Inventory['nodes']) =>
        nodes.map(({ groups, ...rest }) => ({ ...rest, groups: groups.toSorted() }));
      expect({ ...again, nodes: bySet(again.nodes) }).toEqual({ ...inventory, nodes: bySet(inventory.nodes) });
    },
  );

  test('every prefix of a real inventory ends in a value or in problems', async () => {
    for (const name of ['deepops-virtual-full.ini', 'ansible-list-success.json', 'goldentooth-hosts.yaml']) {
      const text = fixture(name);
      for (let end = 0; end < text.length; end += 37) {
        const result = await readInventory(name, memoryIo({ [name]: text.slice(0, end) }));
        expect(result.kind === 'ok' || result.errors.length > 0).toBe(true);
      }
    }
  });
});
