import { type NodeName, nodeName, whyNotNodeName } from '../model/ids.ts';
import { mixedDrivers, type TalosFacts, type TalosNode } from '../model/talos.ts';
import { perCluster } from './clusters.ts';
import type { FleetRule, Found, Symptom } from './rule.ts';
import { xidMeaning } from './xid-meanings.ts';

/** How long a line of the kernel's log stays news. */
const NEWS_MS = 24 * 60 * 60 * 1000;
/** A machine is not ready for a moment after each boot and upgrade. */
const PATIENCE_MS = 120_000;

/** A machine of Talos that is not as it should be, by what talosctl tells; its Xids stand with those of all other nodes. */
export const talosMachine = {
  kind: 'fleet',
  name: 'talos-machine',
  title: 'Talos machine in trouble',
  severities: ['warning', 'notice'],
  find: perCluster((cluster) =>
    [...cluster.talos].flatMap(([name, talos]): readonly Symptom[] => {
      if (whyNotNodeName(name) !== undefined) return [];
      const node = nodeName(name);
      return [...signsOf(node, talos), ...xidsOf(node, talos)];
    }),
  ),
  tell: ({ nodes, first, word }) => ({
    title: word('title') === '' ? first.text : `${nodes}: ${word('title')}`,
    nextMove: word('nextMove'),
  }),
} satisfies FleetRule;

function signsOf(node: NodeName, { facts, because }: TalosNode): readonly Symptom[] {
  const sign = (severity: 'warning' | 'notice', text: string, words: Symptom['words'], afterMs = 0): Symptom => ({
    cause: text,
    severity,
    evidence: { node, about: 'talos', text },
    ...(afterMs === 0 ? {} : { afterMs }),
    ...(words === undefined ? {} : { words }),
  });
  if (because !== undefined) return [sign('notice', because, { nextMove: ASK_BY_HAND })];
  return facts === undefined
    ? []
    : troublesIn(facts).map(({ text, nextMove, afterMs }) => sign('warning', text, { title: text, nextMove }, afterMs));
}

const ASK_BY_HAND =
  'Run the same talosctl command by hand where it runs; what Kubernetes says of the nodes is read all the same.';

interface Trouble {
  readonly text: string;
  readonly nextMove: string;
  readonly afterMs?: number;
}

function troublesIn({ stage, isReady, unmet, services, extensions }: TalosFacts): readonly Trouble[] {
  const waitsFor = unmet.map(({ name, reason }) => (reason === '' ? name : `${name} (${reason})`)).join(', ');
  const ill = services.filter(({ isRunning, health }) => isRunning && health === 'unhealthy').map(({ name }) => name);
  const mixed = mixedDrivers(extensions);
  return [
    ...(isReady === false
      ? [
          {
            text: `Talos is not ready at stage ${stage ?? '?'}${waitsFor === '' ? '' : `: ${waitsFor}`}`,
            nextMove: 'Look at talosctl services and talosctl dmesg of the node.',
            afterMs: PATIENCE_MS,
          },
        ]
      : []),
    ...(isReady !== false && ill.length > 0
      ? [
          {
            text: `service ${ill.join(', ')} of Talos is not healthy`,
            nextMove: 'Look at talosctl service and talosctl logs of it.',
            afterMs: PATIENCE_MS,
          },
        ]
      : []),
    ...(mixed === undefined
      ? []
      : [
          {
            text: `the NVIDIA extensions are of different drivers: ${mixed.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
            nextMove:
              'Build the installer image anew with extensions of one driver and one Talos release, and upgrade the node to it.',
          },
        ]),
  ];
}

/** As members of the finding that the same Xid on any other node has. */
const xidsOf = (node: NodeName, { facts }: TalosNode): readonly Found[] =>
  (facts?.events ?? []).flatMap(({ kind, xid, about, text, atMs }): readonly Found[] =>
    kind !== 'xid' || xid === undefined
      ? []
      : [
          {
            rule: 'xid',
            cause: String(xid),
            severity: xidMeaning(xid).severity,
            evidence: { node, about: about ?? 'kernel log', text },
            sinceMs: atMs,
            untilMs: atMs + NEWS_MS,
          },
        ],
  );
