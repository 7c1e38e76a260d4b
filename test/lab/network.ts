import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { addressOf, cardsOf, doorOf, type NodePlan } from './nodes.ts';
import { labRoot } from './places.ts';
import { isAlive, kill, markOf } from './processes.ts';
import { LabError, must, run } from './run.ts';

/** Labs kept in another folder are none of ours, and their names may be the same. */
const rootMark = createHash('sha256').update(labRoot).digest('hex').slice(0, 6);

/** A lab's network namespace; nothing outside it can reach the nodes. */
export const namespaceOf = (lab: string): string => `muster.${rootMark}.${lab}`;

/** The host's end of a node's cable for its users. 15 characters are the kernel's limit, so the number names it. */
export const cableOf = ({ number }: { readonly number: number }): string => `lan${number}`;
/** The host's end of the lab's own way in. */
export const doorCableOf = ({ number }: { readonly number: number }): string => `door${number}`;

/** Argument vector that runs a program inside the lab. */
export const inside = (lab: string, argv: readonly string[]): readonly string[] => [
  'ip',
  'netns',
  'exec',
  namespaceOf(lab),
  ...argv,
];

/**
 * Two bridges in a namespace of their own: `lan` (10.77.0.0/24) carries what users, NFS and muster do and gets the faults; `door`
 * (10.78.0.0/24) is how the lab itself looks at nodes that are cut off. The tables of nft(8) stand ready for rules.
 */
export async function makeNetwork(lab: string, nodes: readonly NodePlan[]): Promise<void> {
  const namespace = namespaceOf(lab);
  await must(['ip', 'netns', 'add', namespace]);
  const links = [
    'link set lo up',
    ...[
      { bridge: 'lan', address: '10.77.0.1/24', cable: cableOf },
      { bridge: 'door', address: '10.78.0.1/24', cable: doorCableOf },
    ].flatMap(({ bridge, address, cable }) => [
      `link add ${bridge} type bridge`,
      `addr add ${address} dev ${bridge}`,
      `link set ${bridge} up`,
      ...nodes.flatMap((node) => [
        `tuntap add dev ${cable(node)} mode tap`,
        `link set ${cable(node)} master ${bridge}`,
        `link set ${cable(node)} up`,
      ]),
    ]),
  ];
  await must(['ip', '-n', namespace, '-batch', '-'], { input: `${links.join('\n')}\n` });
  await must(inside(lab, ['nft', '-f', '-']), { input: TABLES });
}

/** `wires` sees what nodes send to each other, before it is forwarded; `console` what this namespace itself sends. */
const TABLES = `
table bridge lab {
  chain wires { type filter hook prerouting priority 0; }
}
table inet lab {
  chain console { type filter hook output priority 0; }
  chain answers { type filter hook input priority 0; }
}
`;

/** Adds rules `CHAIN RULE` that all carry the fault's name, so that they can be found again. */
export async function addRules(lab: string, name: string, rules: readonly string[]): Promise<void> {
  const script = rules.map((rule) => {
    const [chain = '', ...words] = rule.split(' ');
    return `add rule ${chain === 'wires' ? 'bridge' : 'inet'} lab ${chain} ${words.join(' ')} comment "${name}"`;
  });
  await must(inside(lab, ['nft', '-f', '-']), { input: `${script.join('\n')}\n` });
}

/** Removes the rules of that name. */
export async function removeRules(lab: string, name: string): Promise<void> {
  for (const family of ['bridge', 'inet']) {
    const listing = await must(inside(lab, ['nft', '-a', 'list', 'table', family, 'lab']));
    let chain = '';
    for (const line of listing.split('\n')) {
      chain = /^\s*chain (\w+)/.exec(line)?.[1] ?? chain;
      const handle = line.includes(`comment "${name}"`) ? /# handle (\d+)/.exec(line)?.[1] : undefined;
      if (handle !== undefined) {
        await must(inside(lab, ['nft', 'delete', 'rule', family, 'lab', chain, 'handle', handle]));
      }
    }
  }
}

/**
 * Pulls or plugs the node's cable at the bridge's end. Not by setting the tap down: user-mode Linux gets errors for what it sends then,
 * and after some of them its card stays dead until it is reset.
 */
export const setCable = (lab: string, node: NodePlan, state: 'up' | 'down'): Promise<string> =>
  must([
    'ip',
    '-n',
    namespaceOf(lab),
    'link',
    'set',
    cableOf(node),
    ...(state === 'up' ? ['master', 'lan'] : ['nomaster']),
  ]);

/**
 * Ends every process in the lab's namespace and removes it with all its cables. Only programs that `up` started, and what was run
 * inside the lab by name, can be in there.
 */
export async function removeNetwork(lab: string): Promise<void> {
  const namespace = namespaceOf(lab);
  if (!(await namespaces()).includes(namespace)) return;
  for (let turn = 0; turn < 10; turn++) {
    const pids = (await run(['ip', 'netns', 'pids', namespace])).stdout.split('\n').filter((pid) => pid !== '');
    if (pids.length === 0) break;
    const marks = (await Promise.all(pids.map((pid) => markOf(Number(pid))))).filter((mark) => mark !== undefined);
    const living = [];
    for (const mark of marks) if (mark.pid !== process.pid && (await isAlive(mark))) living.push(mark);
    await Promise.all(living.map(kill));
  }
  const { code, stderr } = await run(['ip', 'netns', 'del', namespace]);
  // Two programs may clear the same lab.
  if (code !== 0 && (await namespaces()).includes(namespace)) throw new LabError(stderr.trim());
}

/** Whether nothing listens at an address of this machine. */
export const isOpen = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });

/** Names of all network namespaces of this machine. */
export async function namespaces(): Promise<readonly string[]> {
  const { stdout } = await run(['ip', 'netns', 'list']);
  return stdout
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name !== '');
}

/** Lines that make the node's own ends of its cables; run on the node before systemd. */
export function nodeNetwork(node: NodePlan): string {
  const [lan, door] = cardsOf(node);
  return `ip link set lo up
ip addr add ${addressOf(node)}/24 dev ${lan}
ip link set ${lan} up
ip addr add ${doorOf(node)}/24 dev ${door}
ip link set ${door} up
`;
}
