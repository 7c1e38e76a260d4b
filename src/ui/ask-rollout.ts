import { phraseFor } from '../model/confirmation.ts';
import { foldNodes } from '../model/node-set.ts';
import { riskOf } from '../model/plan.ts';
import type { Rollout } from '../model/rollout.ts';
import { readLimits } from '../model/rollout-limits.ts';
import { failuresOf } from '../model/rollout-pause.ts';
import { unreachable } from '../model/unreachable.ts';
import { reopenForm } from './dialogs/form.ts';
import { openWaves } from './dialogs/start.ts';
import { lineOf } from './line-edit.ts';
import type { Scene } from './scene.ts';
import { goTo, type Outcome, only, placeIn, say, type UiState } from './ui-state.ts';
import type { Line, RolloutAsk } from './view.ts';

/** What a key of a view asks of a rollout; what changes nodes or cannot be taken back asks first. */
export function askRollout(ask: RolloutAsk, ui: UiState, scene: Scene): Outcome {
  const { rollout } = ask;
  const nodes = nodeCount(rollout);
  switch (ask.kind) {
    case 'start':
      return askStart(ask, ui, scene, nodes);
    case 'limit':
      return only({ ...ui, dialog: openWaves(ask, nodes, ui.waves[rollout.id] ?? givenOf(rollout), scene.nowMs) });
    case 'resume':
      return confirm(ask, ui, scene, {
        title: rollout.phase === 'paused' ? 'Go on' : 'Take it up again',
        lines: goingOn(rollout),
        label: rollout.phase === 'paused' ? 'go on' : 'take it up again',
      });
    case 'skip':
      return confirm(ask, ui, scene, {
        title: 'Skip a node',
        lines: [
          [{ text: `Nothing is done on ${ask.node}, in this rollout and when it is tried again.` }],
          [{ text: 'The others do not wait for it.' }],
        ],
        label: `skip ${ask.node}`,
      });
    case 'abort':
      return confirm(ask, ui, scene, {
        title: 'Abort',
        lines: [
          [{ text: 'Nothing more starts, and what runs now is stopped on its node.' }],
          [{ text: 'What is done stays done; u takes it back afterwards.' }],
        ],
        label: `abort ${rollout.plan?.title ?? rollout.action}`,
      });
    case 'discard':
      return { ui: goTo(ui, placeIn('rollouts'), 'anew'), effects: [{ kind: 'rollout', ask }] };
    case 'edit': {
      const dialog = reopenForm(rollout, scene);
      return only(
        dialog === undefined ? say(ui, `there is no action ${rollout.action} here`, 'warning') : { ...ui, dialog },
      );
    }
    case 'open-log':
      return { ui: goTo(ui, placeIn('rollout-log'), 'deeper'), effects: [{ kind: 'rollout', ask }] };
    case 'replan':
      return {
        ui: say(ui, saidOf(ask.kind), 'notice'),
        effects: [{ kind: 'rollout', ask, insteadOf: rollout.id }],
      };
    case 'retry':
    case 'undo':
    case 'pause':
      return { ui: say(ui, saidOf(ask.kind, ask.onlyFailedStep), 'notice'), effects: [{ kind: 'rollout', ask }] };
    default:
      return unreachable(ask.kind);
  }
}

/** What is said of a key that acts at once, because nothing on a node is changed by it. */
function saidOf(kind: 'retry' | 'replan' | 'undo' | 'pause', onlyFailedStep = false): string {
  const looks = 'looking at the nodes again:';
  switch (kind) {
    case 'retry':
      return onlyFailedStep
        ? `${looks} a new plan for the step that failed, and nothing else`
        : `${looks} a new plan for what failed, timed out or did not start`;
    case 'replan':
      return `${looks} the same plan, made from what they are now`;
    case 'undo':
      return `${looks} a plan that takes back what was changed`;
    case 'pause':
      return 'pausing: nodes under way finish, no other begins';
  }
}

/** What begins with the yes: whoever goes on accepts what failed, and lets nodes begin that have not. */
function goingOn(rollout: Rollout): readonly Line[] {
  const failed = failuresOf(rollout);
  const left = rollout.stages.flat().filter(({ state }) => state === 'queued').length;
  const begins =
    left === 0 ? 'No node is left to begin.' : `Left to begin: ${left === 1 ? '1 node' : `${left} nodes, in waves`}.`;
  return [
    ...(failed.length === 0
      ? []
      : [
          [
            {
              text: `${foldNodes(failed)} failed, and ${failed.length === 1 ? 'stays as it is' : 'stay as they are'}.`,
              role: 'warning' as const,
            },
          ],
        ]),
    [{ text: begins }],
    ...(rollout.phase === 'paused'
      ? []
      : [[{ text: 'Nodes with a step under way are asked first what became of it; nothing runs twice.' }]]),
  ];
}

function askStart(ask: RolloutAsk, ui: UiState, scene: Scene, nodes: number): Outcome {
  const { plan } = ask.rollout;
  if (plan?.kind !== 'change') return only(say(ui, 'there is nothing to run', 'warning'));
  const read = readLimits(ui.waves[ask.rollout.id] ?? {}, nodes);
  if (read.kind === 'problem') return only(say(ui, read.because, 'warning'));
  const { limits } = read;
  const first: Line = [{ text: plan.title, role: 'strong' }];
  const waves: Line = [
    {
      text: `${nodes} ${nodes === 1 ? 'node' : 'nodes'}; ${limits.canary} first, then at most ${limits.maxUnavailable} at once; ${
        limits.maxFailures === 0 ? 'the first failure pauses it' : `${limits.maxFailures} may fail`
      }`,
    },
  ];
  const left =
    plan.refused.length === 0
      ? []
      : [[{ text: 'Some nodes are left out; the plan says why.', role: 'warning' as const }]];
  const phrase = phraseFor(plan);
  const lines = [first, waves, ...left];
  if (phrase === undefined)
    return confirm({ ...ask, limits }, ui, scene, { title: 'Run the plan', lines, label: 'run it' });
  const isFinal = riskOf(plan) === 'destroys-data';
  return only({
    ...ui,
    dialog: {
      kind: 'phrase',
      title: isFinal ? 'This destroys data' : 'This interrupts users',
      lines: [...lines, [{ text: `${phrase.because}.`, role: isFinal ? 'critical' : 'warning' }]],
      phrase: phrase.phrase,
      ask: { ...ask, limits },
      line: lineOf(''),
      isWrong: false,
      openedAtMs: scene.nowMs,
    },
  });
}

function confirm(
  ask: RolloutAsk,
  ui: UiState,
  scene: Scene,
  { title, lines, label }: { readonly title: string; readonly lines: readonly Line[]; readonly label: string },
): Outcome {
  return only({
    ...ui,
    dialog: {
      kind: 'confirm',
      title,
      lines,
      key: 'y',
      label,
      effects: [{ kind: 'rollout', ask }],
      openedAtMs: scene.nowMs,
    },
  });
}

const nodeCount = ({ plan }: Rollout): number =>
  plan?.kind === 'change' ? new Set(plan.stages.flatMap(({ jobs }) => jobs.map(({ node }) => node))).size : 0;

function givenOf({ limits }: Rollout) {
  return limits === undefined
    ? { canary: '1', maxUnavailable: '10%', maxFailures: '0' }
    : {
        canary: String(limits.canary),
        maxUnavailable: String(limits.maxUnavailable),
        maxFailures: String(limits.maxFailures),
      };
}
