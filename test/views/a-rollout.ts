// A rollout as its journal tells it: twelve clients mount a share after their server exported it. Tests cut it where they want.
import { cmd } from '../../src/model/command.ts';
import { absolutePath, nodeName } from '../../src/model/ids.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { type Rollout, type RolloutEvent, rolloutId } from '../../src/model/rollout.ts';
import { foldJournal } from '../../src/model/rollout-fold.ts';

export const ID = rolloutId('20261122-103015-k3f9');
export const AT_MS = Date.UTC(2026, 0, 2, 12, 30, 0);
const author = { user: 'ops', host: 'jump' };
const clients = Array.from({ length: 12 }, (_, index) => nodeName(`gpu${String(index + 1).padStart(2, '0')}`));
const target = absolutePath('/mnt/data');

const writeUnit: Step = {
  title: 'write /etc/systemd/system/mnt-data.mount',
  run: { ...cmd('sh', '-c', 'cat >"$1"', 'sh', '/etc/systemd/system/mnt-data.mount'), stdin: '[Mount]\n' },
  as: 'root',
  done: 'with-next',
  guard: [{ kind: 'file-unchanged', path: absolutePath('/etc/systemd/system/mnt-data.mount') }],
  risk: 'changes',
  timeoutMs: 30_000,
  preview: [
    {
      kind: 'file',
      path: '/etc/systemd/system/mnt-data.mount',
      after: '[Unit]\nDescription=data\n\n[Mount]\nWhat=nfs-a:/export/data\nWhere=/mnt/data\nType=nfs\n',
    },
  ],
  undo: [],
  warnings: [],
};

const startUnit: Step = {
  title: 'start mnt-data.mount',
  run: cmd('systemctl', 'start', 'mnt-data.mount'),
  as: 'root',
  done: [{ kind: 'mounted', target, fsType: 'nfs4' }],
  guard: [],
  risk: 'changes',
  timeoutMs: 60_000,
  preview: [{ kind: 'state', now: '/mnt/data is not mounted', after: 'nfs-a:/export/data at /mnt/data' }],
  undo: { never: 'this one is for a test' },
  warnings: ['jobs that look for /mnt/data see it at once'],
};

/** The plan with the risk of its last step as wished. */
export const planWith = (risk: 'changes' | 'interrupts-users'): Plan => ({
  kind: 'change',
  title: 'mount nfs-a:/export/data at /mnt/data',
  stages: [
    {
      title: 'the server',
      jobs: [{ node: nodeName('nfs-a'), steps: [{ ...writeUnit, title: 'write /etc/exports.d/data.exports' }] }],
    },
    { title: 'the clients', jobs: [jobOf(0, risk), ...clients.slice(1).map((_, index) => jobOf(index + 1, risk))] },
  ],
  already: [{ nodes: [nodeName('gpu13')], because: '/mnt/data is mounted as wished' }],
  refused: [{ nodes: [nodeName('gpu14')], because: 'it is lost since 12:01', tryThis: 'look at its power' }],
});

const jobOf = (index: number, risk: 'changes' | 'interrupts-users') => ({
  node: clients[index] ?? nodeName('gpu01'),
  steps: [writeUnit, { ...startUnit, risk }] as const,
});

const place = (node: string, stage: number, step: number) => ({ node: nodeName(node), stage, step });
const log = { fromByte: 0, toByte: 10, droppedBytes: 0 };

/** Planned and not started. */
export const planned = (risk: 'changes' | 'interrupts-users' = 'changes'): readonly RolloutEvent[] => [
  { kind: 'requested', id: ID, action: 'mount', input: { target: '/mnt/data' }, author, reason: 'new share' },
  { kind: 'planned', plan: planWith(risk) },
];

const ran = (node: string, stage: number, step: number, failed?: string): readonly RolloutEvent[] => [
  { kind: 'step-starting', attempt: 1, bootId: 'b', ...place(node, stage, step) },
  {
    kind: 'step-ended',
    attempt: 1,
    tookMs: 400,
    log,
    outcome:
      failed === undefined
        ? { kind: 'changed' }
        : { kind: 'failed', failure: { kind: 'exit', exitCode: 32, lastWords: failed } },
    ...place(node, stage, step),
  },
];

/** Server done, two clients done, two failed with the same words, one running, the rest waiting. */
export const underWay: readonly RolloutEvent[] = [
  ...planned(),
  { kind: 'started', author, limits: { canary: 1, maxUnavailable: 4, maxFailures: 2 } },
  ...ran('nfs-a', 0, 0),
  ...['gpu01', 'gpu02'].flatMap((node) => [...ran(node, 1, 0), ...ran(node, 1, 1)]),
  ...['gpu03', 'gpu04'].flatMap((node) => [
    ...ran(node, 1, 0),
    ...ran(node, 1, 1, 'mount.nfs: access denied by server'),
  ]),
  ...ran('gpu05', 1, 0),
  { kind: 'step-starting', attempt: 1, bootId: 'b', ...place('gpu05', 1, 1) },
];

/** The events folded, one second apart. */
export function rolloutOf(events: readonly RolloutEvent[]): Rollout {
  const rollout = foldJournal(
    events.map((event, index) => ({ seq: index + 1, atMs: AT_MS + index * 1_000, ...event })),
  );
  if (rollout === undefined) throw new Error('the journal says nothing');
  return rollout;
}
