import { addressOf, cardsOf, isQemu } from '../nodes.ts';
import { LabError } from '../run.ts';
import type { Fault, FaultTools } from './fault.ts';

const cable = ({ plan }: FaultTools): string => `lan${plan.number}`;

/** The node's own end of it. */
const card = ({ plan }: FaultTools): string => cardsOf(plan)[0];

function portOf(argument: string | undefined): number {
  const port = Number(argument);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new LabError(`a port is needed, 1 to 65535, not "${argument ?? ''}"`);
  }
  return port;
}

/** The node vanishes without a word; its programs go on. */
export const linkDown = {
  does: 'pulls the node’s network cable',
  inject: async ({ cable: set }) => {
    await set('down');
    return undefined;
  },
  heal: async ({ cable: set }) => {
    await set('up');
  },
} satisfies Fault;

/** tc-tbf(8) on the cable for what the node receives, tc-netem(8) on the node for what it sends. */
export const linkSlow = {
  does: 'limits the node’s link to 64 kbit/s each way, with 300 ms of delay',
  inject: async (tools) => {
    const shape = [
      'tc',
      'qdisc',
      'add',
      'dev',
      cable(tools),
      'root',
      'tbf',
      'rate',
      '64kbit',
      'burst',
      '4kb',
      'latency',
      '2s',
    ];
    const { code, stderr } = await tools.tap(shape);
    if (code !== 0) throw new LabError(`this machine cannot limit a link: ${stderr.trim()}`);
    await tools.tells(`modprobe sch_netem && tc qdisc add dev ${card(tools)} root netem delay 300ms rate 64kbit`);
    return undefined;
  },
  heal: async (tools) => {
    await tools.tap(['tc', 'qdisc', 'del', 'dev', cable(tools), 'root']);
    await tools.says(`tc qdisc del dev ${card(tools)} root`);
  },
} satisfies Fault;

/** Packets to one port of the node are lost on the way, from other nodes and from the console. */
export const dropPort = {
  does: 'loses every packet to one TCP port of the node',
  argument: 'port',
  inject: async ({ plan, rules }, argument) => {
    const to = `ip daddr ${addressOf(plan)} tcp dport ${portOf(argument)} drop`;
    await rules('drop-port', [`wires ${to}`, `console ${to}`]);
    return undefined;
  },
  heal: ({ withoutRules }) => withoutRules('drop-port'),
} satisfies Fault;

/**
 * As a firewall that says no: connections of the console that stand are reset with the next packet, new ones are refused. Between
 * nodes this machine's bridge can only lose packets, so those go on.
 */
export const rejectPort = {
  does: 'answers every packet of the console to one TCP port of the node with a reset; other nodes still reach it',
  argument: 'port',
  inject: async ({ plan, rules }, argument) => {
    await rules('reject-port', [
      `console ip daddr ${addressOf(plan)} tcp dport ${portOf(argument)} reject with tcp reset`,
      // But for the resets that the rule above sends us, which seem to come from the node.
      `answers ip saddr ${addressOf(plan)} tcp sport ${portOf(argument)} tcp flags & rst == 0 reject with tcp reset`,
    ]);
    return undefined;
  },
  heal: ({ withoutRules }) => withoutRules('reject-port'),
} satisfies Fault;

/**
 * The mount stays in the table and everything that touches it waits in the kernel. On the server: those of all its clients. Where a folder of this
 * machine is mounted, the program that shares it stands still.
 */
export const hangMount = {
  does: 'loses everything between the node and NFS (virtiofs: stops who shares the folder), so that its hard mounts hang',
  inject: async ({ plan, rules, signalSharing }) => {
    if (isQemu(plan)) {
      await signalSharing('SIGSTOP');
      return undefined;
    }
    const node = addressOf(plan);
    const ways =
      plan.role === 'nfs-server'
        ? [`ip daddr ${node} tcp dport 2049 drop`, `ip saddr ${node} tcp sport 2049 drop`]
        : [`ip saddr ${node} tcp dport 2049 drop`, `ip daddr ${node} tcp sport 2049 drop`];
    await rules(
      'hang-mount',
      ways.map((way) => `wires ${way}`),
    );
    return undefined;
  },
  heal: async ({ withoutRules, signalSharing }) => {
    await signalSharing('SIGCONT');
    await withoutRules('hang-mount');
  },
} satisfies Fault;
