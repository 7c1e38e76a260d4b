// Machines of Talos asked by a stand-in for talosctl that prints what the real one prints (test/kube/talos.ts), through the product's own programs in a real shell.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { talosQuestions } from '../../src/kubernetes/read-talos.ts';
import { ParseError } from '../../src/model/errors.ts';
import type { TalosNode } from '../../src/model/talos.ts';
import { startApiServer } from '../kube/api-server.ts';
import { kubeNode } from '../kube/objects.ts';
import { fakeTalosctl, WELL, withAddress, XID_LINES } from '../kube/talos.ts';
import { type WatchedCluster, watchCluster } from '../kube/watched-cluster.ts';

const open: { close: () => Promise<void> }[] = [];
const path = process.env['PATH'];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-talos-'));
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

const FACTS = {
  stage: 'running',
  isReady: true,
  unmet: [],
  services: [
    { name: 'apid', isRunning: true, health: 'healthy' },
    { name: 'kubelet', isRunning: true, health: 'healthy' },
    { name: 'ext-iscsid', isRunning: true, health: 'unknown' },
  ],
  extensions: [
    { name: 'nonfree-kmod-nvidia-production', version: '550.127.05-v1.9.1' },
    { name: 'nvidia-container-toolkit-production', version: '550.127.05-v1.17.2' },
  ],
  disks: [
    {
      path: '/dev/nvme0n1',
      sizeBytes: 1_000_204_886_016,
      model: 'Samsung SSD 990 PRO 1TB',
      serial: 'S6Z1NJ0W',
      transport: 'nvme',
      isReadOnly: false,
    },
  ],
  mounts: [
    { source: '/dev/nvme0n1p6', target: '/var', sizeBytes: 997_550_000_000, usedBytes: 578_790_000_000 },
    { source: 'nas:/tank/ai', target: '/var/mnt/models', sizeBytes: 4e12, usedBytes: 1e12 },
  ],
  events: [],
  notes: [],
};

/** A cluster of nodes, one of them with another system, and the talosctl that is first on the PATH. */
async function talos(config?: string) {
  const fake = fakeTalosctl(folder);
  process.env['PATH'] = `${folder}${delimiter}${path}`;
  const api = await startApiServer(['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies']);
  open.push(api);
  const other = kubeNode('debian-0');
  const debian = { ...other, status: { ...Object(other['status']), nodeInfo: { osImage: 'Debian GNU/Linux 12' } } };
  api.put('nodes', withAddress(kubeNode('talos-0', { cards: 1 }), '10.0.0.7'), debian);
  const begin = (): WatchedCluster => {
    const watched = watchCluster(api, 'stand-in', {
      spec: { talos: { config: config ?? fake.config, context: 'lab' } },
    });
    open.push(watched);
    return watched;
  };
  return { api, fake, begin };
}

const told = async (watched: WatchedCluster, node = 'talos-0'): Promise<TalosNode | undefined> =>
  (await watched.until(({ talos: nodes }) => nodes.has(node))).talos.get(node);

describe('a machine of Talos', () => {
  test('is asked at its address with the context of the inventory, and a node with another system is not', async () => {
    const { fake, begin } = await talos();
    const watched = begin();
    expect(await told(watched)).toEqual({ facts: FACTS });
    expect(fake.calls()).toEqual([
      '--context lab -n 10.0.0.7 get machinestatus -o json',
      '--context lab -n 10.0.0.7 get services -o json',
      '--context lab -n 10.0.0.7 get extensions -o json',
      '--context lab -n 10.0.0.7 get disks -o json',
      '--context lab -n 10.0.0.7 mounts',
      '--context lab -n 10.0.0.7 dmesg',
    ]);
    expect([...watched.cluster().talos.keys()]).toEqual(['talos-0']);
  });

  test("has the Xids of its kernel's log with the machine's own time, and none that only a process wrote", async () => {
    const { fake, begin } = await talos();
    fake.answers('dmesg', XID_LINES);
    expect((await told(begin()))?.facts?.events).toEqual([
      {
        kind: 'xid',
        xid: 79,
        about: '0000:48:00',
        text: 'NVRM: Xid (PCI:0000:48:00): 79, pid=22884, name=ollama, GPU has fallen off the bus.',
        atMs: Date.parse('2026-04-22T21:25:20.505Z'),
      },
    ]);
  });

  test('tells the rest where one question is refused or unknown to it', async () => {
    const { fake, begin } = await talos();
    fake.answers('dmesg', 'error getting dmesg: rpc error: code = PermissionDenied desc = not authorized\n', 1);
    fake.answers('disks', 'rpc error: code = NotFound desc = resource "disks" is not registered\n', 1);
    expect(await told(begin())).toEqual({
      facts: {
        ...FACTS,
        disks: [],
        notes: [
          'cannot read the disks of talos-0: rpc error: code = NotFound desc = resource "disks" is not registered',
          'may not read the kernel log of talos-0; the talosconfig needs a role that may (os:reader)',
        ],
      },
    });
  });

  test.each<readonly [string, string, string]>([
    [
      'a machine that is off',
      'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.7:50000: connect: no route to host"\n',
      'talos-0 does not answer talosctl on this machine: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.7:50000: connect: no route to host"',
    ],
    [
      'a certificate that has expired',
      'rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: expired certificate"\n',
      'talos-0 does not accept the credentials of talosctl on this machine (expired?): rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: expired certificate"',
    ],
    [
      'a talosconfig without endpoints',
      'error constructing client: failed to determine endpoints\n',
      'talosctl on this machine cannot use its configuration: error constructing client: failed to determine endpoints',
    ],
  ])('%s is one sentence after one question', async (_, words, sentence) => {
    const { fake, begin } = await talos();
    fake.answers('machinestatus', words, 1);
    expect(await told(begin())).toEqual({ because: sentence });
    expect(fake.calls()).toHaveLength(1);
  });

  test('without a talosconfig is one sentence, and none is made', async () => {
    const missing = join(folder, 'nowhere');
    const { fake, begin } = await talos(missing);
    expect(await told(begin())).toEqual({
      because: `talosctl on this machine cannot use its configuration: no talosconfig at ${missing}`,
    });
    expect([existsSync(missing), fake.calls()]).toEqual([false, []]);
  });

  test('without talosctl is one sentence for every machine, and a person who asks again is answered at once', async () => {
    const { api, fake, begin } = await talos();
    api.put('nodes', withAddress(kubeNode('talos-1'), '10.0.0.8'));
    process.env['PATH'] = path;
    const watched = begin();
    const sentence = 'talosctl is not installed on this machine; install it there, or take "talos" out of the cluster';
    await watched.until(({ talos: nodes }) => nodes.size === 2);
    expect(Object.fromEntries(watched.cluster().talos)).toEqual({
      'talos-0': { because: sentence },
      'talos-1': { because: sentence },
    });
    process.env['PATH'] = `${fake.folder}${delimiter}${path}`;
    watched.retry();
    await watched.until(({ talos: nodes }) => nodes.get('talos-0')?.facts !== undefined);
    expect(watched.cluster().talos.get('talos-0')).toEqual({ facts: FACTS });
  });

  test('keeps what it told last, with the reason, when it answers no more, and goes with its node', async () => {
    const { api, fake, begin } = await talos();
    const watched = begin();
    await told(watched);
    fake.answers('machinestatus', '{\n    "spec": {\n', 0);
    watched.retry();
    await watched.until(({ talos: nodes }) => nodes.get('talos-0')?.because !== undefined);
    expect(watched.cluster().talos.get('talos-0')).toEqual({
      facts: FACTS,
      because:
        'what talosctl says of the machine status of talos-0 cannot be used: talosctl get machinestatus: line 2 is not as expected: "    \\"spec\\": {"',
    });
    await api.came('watch nodes');
    api.remove('nodes', kubeNode('talos-0'));
    await watched.until(({ tables }) => !tables.nodes.items.has('talos-0'));
    watched.retry();
    await watched.until(({ talos: nodes }) => nodes.size === 0);
  });
});

test('every answer that is cut off or not what was asked for is read or refused with its line, and nothing else is thrown', () => {
  const answers = [...Object.values(WELL), XID_LINES, '\u001b[2J', '}', '{\n}', '[]', 'NODE\n', '{\n"spec": null\n}'];
  for (const { read } of talosQuestions)
    for (const answer of answers)
      for (let end = answer.length; end >= 0; end -= 7) {
        try {
          read(answer.slice(0, end).split('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }
});
