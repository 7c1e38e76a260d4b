import { seedOf } from '../chance.ts';
import type { DemoExport, NodeState } from '../node-state.ts';
import { clientsOf } from '../world.ts';
import { type Answerer, type Asked, NOTHING, text } from './reply.ts';

/** Export files and the kernel's table. Without privilege the table stays closed. */
export const exportTable = {
  isInline: false,
  isStill: true,
  answer: (asked) => (!isServer(asked.node) ? NOTHING : text([...fileLines(asked.node), ...kernelLines(asked)])),
} satisfies Answerer;

/** Threads of the NFS server and the clients that hold state on it. */
export const nfsServer = {
  isInline: false,
  isStill: true,
  answer: (asked) => {
    if (asked.node.nfsdThreads === 0) return NOTHING;
    return text([
      '== threads',
      String(asked.node.nfsdThreads),
      '== busy',
      busyThreads(asked.node),
      ...(isAllowed(asked) ? clientLines(asked) : []),
    ]);
  },
} satisfies Answerer;

/** How many run, and how many wait for a disk. */
function busyThreads({ nfsdThreads, ailments }: NodeState): string {
  const running = Math.ceil(nfsdThreads / 4);
  return ailments.areNfsdThreadsBusy ? `${running} ${nfsdThreads - running}` : '1 1';
}

/** What `exportfs -s` prints for one clause. exportfs(8) */
export function kernelClause({ path, client, options }: DemoExport): string {
  const has = (option: string) => options.includes(option);
  const mountpoint = options.find((option) => option.startsWith('mp'))?.split('=')[1];
  const shown = [
    has('async') ? 'async' : 'sync',
    'wdelay',
    'hide',
    has('subtree_check') ? 'subtree_check' : 'no_subtree_check',
    ...(mountpoint === undefined ? [] : [`mountpoint=${mountpoint}`]),
    'sec=sys',
    has('rw') ? 'rw' : 'ro',
    'secure',
    has('no_root_squash') ? 'no_root_squash' : 'root_squash',
    'no_all_squash',
  ];
  return `${path}  ${client}(${shown.join(',')})`;
}

function fileLines(node: NodeState): readonly string[] {
  const files = [...node.files].filter(
    ([path]) => path === '/etc/exports' || /^\/etc\/exports\.d\/[^/]+\.exports$/.test(path),
  );
  return files
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([path, { text }]) => [`== file ${path}`, ...text.split('\n')]);
}

function kernelLines(asked: Asked): readonly string[] {
  if (!isAllowed(asked))
    return [
      '== kernel 1',
      'exportfs: could not open /var/lib/nfs/.etab.lock for locking: errno 13 (Permission denied)',
    ];
  return ['== kernel 0', ...asked.node.exports.map(kernelClause)];
}

function clientLines({ node, world }: Asked): readonly string[] {
  return clientsOf(world, node.name).flatMap((client, at) => [
    `== client ${at + 2}`,
    `clientid: 0x${seedOf(client.seed, node.name).toString(16)}6a2f41c3`,
    `address: "${client.address}:${700 + (client.seed % 300)}"`,
    'status: confirmed',
    'seconds from last renew: 21',
    `name: "Linux NFSv4.2 ${client.name}"`,
    'minor version: 2',
    'Implementation domain: "kernel.org"',
    `Implementation name: "Linux ${client.os.kernel}"`,
    'Implementation time: [0, 0]',
    'callback state: UP',
    `callback address: ${client.address}:0`,
  ]);
}

/** A node with the server's packages: they bring the service, which may be off. */
function isServer({ nfsdThreads, services }: NodeState): boolean {
  return nfsdThreads > 0 || services.some(({ name }) => name === 'nfs-server.service');
}

function isAllowed({ node, privilege }: Asked): boolean {
  return node.privilege === 'root' || privilege === 'root' || (privilege !== 'none' && !node.ailments.refusesSudo);
}
