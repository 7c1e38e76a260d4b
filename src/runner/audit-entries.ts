import type { AuditEntry } from '../journal/audit.ts';
import type { RolloutOrder } from '../journal/order.ts';
import { describeCommand } from '../model/command.ts';
import type { NodeName } from '../model/ids.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Rollout } from '../model/rollout.ts';
import type { RolloutRequest } from '../model/rollout-request.ts';
import { describeFailure } from '../model/step-failure.ts';

/** What the audit trail says when a rollout begins: every command, equal ones of several nodes once. */
export function startedEntry(rollout: Rollout, atMs: number): AuditEntry {
  const { id, action, author, reason, after, plan } = rollout;
  const jobs = plan?.kind === 'change' ? plan.stages.flatMap((stage) => stage.jobs) : [];
  const steps = jobs.flatMap(({ node, steps: all }) =>
    all.map(({ title, run }) => ({ node, what: { title, command: describeCommand(run) } })),
  );
  return {
    atMs,
    id,
    action,
    kind: 'started',
    title: plan?.title ?? action,
    author,
    ...(reason === undefined ? {} : { reason }),
    ...(after === undefined ? {} : { after }),
    steps: gathered(steps).map(({ nodes, what }) => ({ nodes, ...what })),
  };
}

/** What it says when somebody steers a rollout that runs; undefined for what steers nothing. */
export function steeredEntry(
  { id, action }: RolloutOrder,
  request: RolloutRequest,
  atMs: number,
): AuditEntry | undefined {
  if (!('author' in request) || request.kind === 'start') return undefined;
  const { canary, maxUnavailable, maxFailures } = 'limits' in request ? request.limits : NO_LIMITS;
  const what = {
    pause: 'paused',
    resume: 'resumed',
    abort: 'aborted',
    skip: `${'node' in request ? request.node : ''} taken out`,
    limit: `limited to ${canary} first, ${maxUnavailable} at once, ${maxFailures} failures`,
  };
  return { atMs, id, action, kind: 'steered', how: what[request.kind], author: request.author };
}

const NO_LIMITS = { canary: 0, maxUnavailable: 0, maxFailures: 0 };

/** What it says when the rollout is over: the end of every node, and why where it is no success. */
export function endedEntry(rollout: Rollout, atMs: number): AuditEntry {
  const results = rollout.stages.flat().map(({ node, state, steps }) => {
    const failed = steps.find(({ outcome }) => outcome?.kind === 'failed')?.outcome;
    const because = failed?.kind === 'failed' ? { because: describeFailure(failed.failure) } : {};
    return { node, what: { state, ...because } };
  });
  return {
    atMs,
    id: rollout.id,
    action: rollout.action,
    kind: 'ended',
    tookMs: atMs - (rollout.startedAtMs ?? atMs),
    results: gathered(results).map(({ nodes, what }) => ({ nodes, ...what })),
  };
}

function gathered<T>(
  all: readonly { readonly node: NodeName; readonly what: T }[],
): readonly { readonly nodes: string; readonly what: T }[] {
  const groups = new Map<string, { readonly what: T; readonly nodes: NodeName[] }>();
  for (const { node, what } of all) {
    const key = JSON.stringify(what);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { what, nodes: [node] });
    else group.nodes.push(node);
  }
  return [...groups.values()].map(({ what, nodes }) => ({ what, nodes: foldNodes(nodes) }));
}
