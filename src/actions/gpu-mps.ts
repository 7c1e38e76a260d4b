import type { Action, Field, Input, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import { cmd } from '../model/command.ts';
import { type GpuSettings, type GpuStack, isMps, namedUsers } from '../model/gpu-state.ts';
import type { Step } from '../model/plan.ts';
import { CHANGE, NO_UNDO } from '../storage/local-steps.ts';
import { cardsOf, GPU_NEEDS, gpuFields, usersOf, whyUsersUnknown } from './gpu-cards.ts';
import { type ComputeMode, setStep } from './gpu-steps.ts';
import { already, type NodePlan, needsOn, nodesIn, planEach, refused } from './node-plans.ts';

const CONTROL = 'nvidia-cuda-mps-control';

const fields = {
  nodes: gpuFields.nodes,
  do: {
    kind: 'choice',
    title: 'Do',
    help: 'Start or stop the MPS control daemon of the node.',
    choices: ['start', 'stop'],
    default: 'start',
  },
  modes: {
    kind: 'choice',
    title: 'Compute modes',
    help: 'exclusive sets the cards to exclusive-process while MPS runs, as NVIDIA advises: then all goes through its one server.',
    choices: ['exclusive', 'keep'],
    default: 'exclusive',
  },
  pipe: {
    kind: 'path',
    title: 'Pipe folder',
    help: 'CUDA_MPS_PIPE_DIRECTORY, where programs look for the daemon; another one must be set for them, too.',
    default: '/tmp/nvidia-mps',
    shape: 'own-place',
  },
  log: {
    kind: 'path',
    title: 'Log folder',
    help: 'CUDA_MPS_LOG_DIRECTORY.',
    default: '/var/log/nvidia-mps',
    shape: 'own-place',
  },
} as const satisfies { readonly [name: string]: Field };

/**
 * CUDA's Multi-Process Service on a node without Kubernetes: programs of one user compute at the same time instead of in turns. They share
 * one server, so a fault of one may end all. NVIDIA MPS documentation, "Starting and Stopping MPS on Linux"; nvidia-cuda-mps-control(1).
 */
export const gpuMps = {
  name: 'gpu-mps',
  title: 'Start or stop MPS',
  summary:
    'The MPS control daemon of a node, with its cards exclusive to it; never under programs that run, which it would not reach.',
  targets: [
    { view: 'gpus', fills: { nodes: 'nodes' } },
    { view: 'nodes', fills: { nodes: 'nodes' } },
  ],
  fields,
  needs: (input, fleet) =>
    needsOn(nodesIn(input['nodes'], fleet), () => [
      ...GPU_NEEDS,
      { kind: 'probe', probe: 'tools' },
      { kind: 'check', check: 'gpuStack', target: 'all' },
    ]),
  plan(input, fleet) {
    const title = input['do'] === 'stop' ? 'stop MPS' : 'start MPS';
    const planNode = input['do'] === 'stop' ? planStop : planStart;
    return planEach(title, nodesIn(input['nodes'], fleet), fleet, (view) => planNode(input, view));
  },
} satisfies Action;

function planStart(input: Input, view: NodeView): NodePlan {
  const stack = checked(view.seen, 'gpuStack', 'all');
  if (stack === undefined) return unknown(view);
  const running = daemonOf(stack);
  if (running !== undefined) return already(`the MPS control daemon runs (${running.pid} ${running.user})`);
  if (view.seen.facts.tools?.includes(CONTROL) === false)
    return refused(
      `there is no ${CONTROL}`,
      'install the driver’s compute utilities (nvidia-compute-utils, or nvidia-driver-cuda)',
    );
  const chosen = cardsOf({}, view);
  if (!('cards' in chosen)) return chosen;
  const users = usersOf(view);
  if (users.length > 0)
    return refused(
      `its GPUs are in use by ${namedUsers(users)}`,
      'programs that run already would not go through MPS: wait until they have ended',
    );
  const why = whyUsersUnknown(view);
  if (why !== undefined) return why;
  const exclusive = input['modes'] === 'exclusive' ? modeSteps(chosen.cards, 'Default', 'Exclusive_Process') : [];
  const [pipe, log] = foldersOf(input);
  return { kind: 'steps', steps: [...exclusive, startStep(pipe, log, [stopStep(pipe, log, [], NO_UNDO)])] };
}

function planStop(input: Input, view: NodeView): NodePlan {
  const stack = checked(view.seen, 'gpuStack', 'all');
  if (stack === undefined) return unknown(view);
  if (daemonOf(stack) === undefined) return already('no MPS control daemon runs');
  const clients = usersOf(view).filter(({ words }) => !isMps(words));
  if (clients.length > 0)
    return refused(
      `${namedUsers(clients)} compute${clients.length === 1 ? 's' : ''} through it`,
      'wait until they have ended: they would end with its server',
    );
  const chosen = cardsOf({}, view);
  const back =
    'cards' in chosen && input['modes'] === 'exclusive' ? modeSteps(chosen.cards, 'Exclusive_Process', 'Default') : [];
  const [pipe, log] = foldersOf(input);
  return { kind: 'steps', steps: [stopStep(pipe, log, [startStep(pipe, log, NO_UNDO)]), ...back] };
}

const unknown = ({ seen }: NodeView): NodePlan =>
  refused(
    `whether MPS runs is not known: ${seen.failed.get('gpuStack all') ?? 'no answer'}`,
    'plan again when it answers',
  );

const daemonOf = ({ mps }: GpuStack) => mps.find(({ kind }) => kind === 'control');

const foldersOf = (input: Input): readonly [pipe: string, log: string] => [String(input['pipe']), String(input['log'])];

/** Only cards that have the one mode get the other: what somebody set on purpose stays. */
function modeSteps(cards: readonly GpuSettings[], from: ComputeMode, to: ComputeMode): readonly Step[] {
  const those = cards.filter(({ computeMode }) => computeMode === from);
  return those.length === 0 ? [] : [setStep({ what: 'computeMode', value: to }, those)];
}

const withFolders = (pipe: string, log: string, ...rest: readonly string[]) =>
  cmd('env', `CUDA_MPS_PIPE_DIRECTORY=${pipe}`, `CUDA_MPS_LOG_DIRECTORY=${log}`, CONTROL, ...rest);

function startStep(pipe: string, log: string, undo: Step['undo']): Step {
  return {
    ...CHANGE,
    title: 'start the MPS control daemon',
    run: withFolders(pipe, log, '-d'),
    guard: [{ kind: 'gpu-unused', about: 'the driver' }],
    done: [{ kind: 'mps', runs: true }],
    preview: [
      {
        kind: 'state',
        now: 'programs take turns on a card',
        after: `programs of one user compute together; pipe ${pipe}`,
      },
    ],
    undo,
    warnings: [
      'programs share one server: memory is not isolated from faults, and a fault of one may end all',
      'it does not come back by itself after a boot',
    ],
  };
}

function stopStep(pipe: string, log: string, undo: readonly Step[], instead?: Step['undo']): Step {
  return {
    ...CHANGE,
    title: 'stop the MPS control daemon',
    run: { ...withFolders(pipe, log), stdin: 'quit\n' },
    guard: [{ kind: 'gpu-unused', about: 'the MPS server', except: 'mps' }],
    done: [{ kind: 'mps', runs: false }],
    preview: [{ kind: 'state', now: 'the MPS control daemon runs', after: 'programs take turns on a card' }],
    undo: instead ?? undo,
    warnings: [],
  };
}
