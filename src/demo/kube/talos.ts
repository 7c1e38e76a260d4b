import type { NodePlan } from '../cluster.ts';
import { MODELS } from '../gpu-models.ts';
import type { NodeState } from '../node-state.ts';
import type { World } from '../world.ts';

/** The machine of Talos in the demo's cluster: no SSH, not in the inventory, known through kubectl and talosctl alone. */
export const TALOS_NODE = 'talos-00';

/** What it is made of. */
export const TALOS_PLAN: NodePlan = {
  name: TALOS_NODE,
  role: 'gpu',
  number: 1,
  address: '127.77.255.10',
  gpus: [MODELS.l40s, MODELS.l40s],
  isMigNode: false,
  servers: [],
};

const TALOS = 'v1.9.1';
const DRIVER = '550.127.05';
/** What an image that was put together wrongly brings. */
const OTHER_DRIVER = '535.216.03';

/** The node as the demo builds any, with Talos on it. */
export const withTalos = (node: NodeState): NodeState => ({
  ...node,
  os: {
    ...node.os,
    id: 'talos',
    name: 'Talos',
    version: TALOS,
    prettyName: `Talos (${TALOS})`,
    kernel: '6.12.6-talos',
  },
});

/** What `talosctl -n NODE QUESTION` prints; a refusal in talosctl's words where there is no such machine or it is away. */
export function talosctlAnswer(
  world: World,
  program: string,
): { readonly text: string } | { readonly refusal: string } {
  const [, name = '', rest = ''] = /TALOSCONFIG=\$f talosctl .*?-n (\S+) (.*?) <\/dev\/null/.exec(program) ?? [];
  const node = name === TALOS_NODE ? world.node(name) : undefined;
  if (node === undefined || node.ailments.link !== 'up')
    return {
      refusal: `error: rpc error: code = Unavailable desc = connection error: dial tcp ${name}:50000: i/o timeout`,
    };
  const question = /^get (\w+)/.exec(rest)?.[1] ?? rest;
  const text = ANSWERS[question]?.(node);
  return text === undefined ? { refusal: `error: the demo knows no ${question}` } : { text };
}

const ANSWERS: { readonly [question: string]: (node: NodeState) => string } = {
  machinestatus: (node) =>
    resource(node, 'MachineStatuses.runtime.talos.dev', 'machine', {
      stage: 'running',
      status: { ready: true, unmetConditions: [] },
    }),
  services: (node) =>
    [
      service(node, 'apid', true),
      service(node, 'containerd', true),
      service(node, 'kubelet', true),
      service(node, 'udevd', true),
      service(node, 'ext-nvidia-persistenced', node.kube.isMisbuilt !== true),
    ].join(''),
  extensions: (node) =>
    [
      extension(node, '0', 'nonfree-kmod-nvidia-production', `${DRIVER}-${TALOS}`),
      extension(
        node,
        '1',
        'nvidia-container-toolkit-production',
        `${node.kube.isMisbuilt === true ? OTHER_DRIVER : DRIVER}-v1.17.2`,
      ),
    ].join(''),
  disks: (node) =>
    node.disks
      .map(({ model, serial }, index) =>
        resource(node, 'Disks.block.talos.dev', `nvme${index}n1`, {
          dev_path: `/dev/nvme${index}n1`,
          size: DISK_BYTES,
          readonly: false,
          cdrom: false,
          model,
          serial,
          transport: 'nvme',
        }),
      )
      .join(''),
  mounts: ({ address }) =>
    `NODE       FILESYSTEM       SIZE(GB)   USED(GB)   AVAILABLE(GB)   PERCENT USED   MOUNTED ON
${address}   /dev/loop0       0.07       0.07       0.00            100.00%        /
${address}   /dev/nvme0n1p6   997.55     578.79     418.76          58.02%         /var
`,
  dmesg: ({ address, bootedAtMs }) =>
    `${address}: kern:    info: [${new Date(bootedAtMs).toISOString().replace('Z', '000000Z')}]: nvme nvme0: 16/0/0 default/read/poll queues\n`,
};

const DISK_BYTES = 1_000_204_886_016;

/** As talosctl prints a resource: JSON with four spaces, one object after another. */
const resource = ({ address }: NodeState, type: string, id: string, spec: object): string =>
  `${JSON.stringify({ metadata: { namespace: 'runtime', type, id, version: 2, phase: 'running' }, node: address, spec }, null, 4)}\n`;

const service = (node: NodeState, id: string, isHealthy: boolean): string =>
  resource(node, 'Services.v1alpha1.talos.dev', id, { running: true, healthy: isHealthy, unknown: false });

const extension = (node: NodeState, id: string, name: string, version: string): string =>
  resource(node, 'ExtensionStatuses.runtime.talos.dev', id, { image: `${id}.sqsh`, metadata: { name, version } });
