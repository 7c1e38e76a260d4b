import type { Action, NodeView } from '../model/action.ts';
import { checked, type ServiceState } from '../model/check.ts';
import { cmd, lasting } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import type { Step } from '../model/plan.ts';
import { CHANGE, NO_UNDO, UNIT_LINKS, UNIT_MS } from '../storage/local-steps.ts';
import { mountFields } from './mount-fields.ts';
import { already, gather, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

const VERBS = ['start', 'stop', 'restart', 'enable', 'disable'] as const;
type Verb = (typeof VERBS)[number];

/** Starts, stops, restarts, enables or disables a unit, and says beforehand what goes with it. systemctl(1), systemd.kill(5). */
export const service = {
  name: 'service',
  title: 'Start, stop or restart a service',
  summary:
    'A systemd unit on a node set, with its state, the end of its log, who needs it, and what KillMode does to its children.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes', unit: 'unit' } }],
  fields: {
    nodes: mountFields.nodes,
    unit: {
      kind: 'text',
      title: 'Unit',
      help: 'A unit of systemd, e.g. nfs-server.service.',
      isRequired: true,
      completes: 'units',
      shape: 'unit',
    },
    do: { kind: 'choice', title: 'Do', help: 'What is done with it.', choices: VERBS, default: 'restart' },
  },
  needs: (input, fleet) =>
    needsOn(nodesIn(input['nodes'], fleet), () => [
      { kind: 'probe', probe: 'privilege' },
      { kind: 'check', check: 'service', target: unitOf(input['unit']) },
    ]),
  plan(input, fleet) {
    const unit = unitOf(input['unit']);
    const verb = VERBS.find((one) => one === input['do']) ?? 'restart';
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => planVerb(unit, verb, view));
    return planOf(`${verb} ${unit}`, stageOf(`${verb} ${unit}`, gathered.jobs), gathered);
  },
} satisfies Action;

/** `nfs-server` means the service, as for systemctl. */
const unitOf = (text: unknown): string => (/\.[a-z]+$/.test(String(text)) ? String(text) : `${String(text)}.service`);

/** Units that something else starts, or nothing: they have no [Install] section. systemctl(1), is-enabled. */
const UNSWITCHABLE = /^(static|generated|transient)$/;

const isRunning = ({ active }: ServiceState): boolean => active === 'active' || active === 'reloading';
const isAtBoot = ({ fileState }: ServiceState): boolean => /^(enabled|static|alias|generated|indirect)/.test(fileState);

function planVerb(unit: string, verb: Verb, { seen }: NodeView): NodePlan {
  const state = checked(seen, 'service', unit);
  if (state === undefined)
    return refused(`${unit}: ${seen.failed.get(`service ${unit}`) ?? 'no answer'}`, 'plan again when it answers');
  if (state.load !== 'loaded')
    return refused(
      `${unit} is ${state.load}`,
      state.load === 'masked' ? 'unmask it first' : 'look for its name with systemctl list-units',
    );
  if ((verb === 'enable' || verb === 'disable') && UNSWITCHABLE.test(state.fileState))
    return refused(
      `${unit} is ${state.fileState}: it has nothing that ${verb} could change`,
      'start or stop it, or mask it by hand',
    );
  const isActive = isRunning(state);
  const isEnabled = isAtBoot(state);
  const told = `${unit} is ${state.active} (${state.sub}), ${state.fileState || 'without a file'}`;
  const isSo = { start: isActive, stop: !isActive, restart: false, enable: isEnabled, disable: !isEnabled }[verb];
  return isSo ? already(told) : { kind: 'steps', steps: [verbStep(unit, verb, state, told)] };
}

function verbStep(
  unit: string,
  verb: Verb,
  state: ServiceState,
  told: string,
  undo: Step['undo'] = undoOf(unit, verb, state),
): Step {
  const run = cmd('systemctl', verb, '--', unit);
  const interrupts = verb === 'stop' || (verb === 'restart' && state.active === 'active');
  return {
    ...CHANGE,
    title: `${verb} ${unit}`,
    run: verb === 'enable' || verb === 'disable' ? lasting(run, UNIT_LINKS) : run,
    risk: interrupts ? 'interrupts-users' : 'changes',
    done: [doneOf(unit, verb, state)],
    timeoutMs: UNIT_MS,
    preview: [
      {
        kind: 'state',
        now: [told, ...state.lastLines.slice(-3)].join('; '),
        after: AFTER[verb],
      },
    ],
    undo,
    warnings: interrupts ? warningsOf(unit, state) : [],
  };
}

const AFTER = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  enable: 'enabled',
  disable: 'disabled',
} as const;

function doneOf(unit: string, verb: Verb, { invocationId }: ServiceState): Condition {
  switch (verb) {
    case 'start':
      return { kind: 'unit', unit, active: 'active' };
    case 'stop':
      return { kind: 'unit', unit, active: 'inactive' };
    case 'restart':
      return { kind: 'started-since', unit, invocationId };
    case 'enable':
      return { kind: 'unit', unit, isEnabled: true };
    case 'disable':
      return { kind: 'unit', unit, isEnabled: false };
  }
}

function undoOf(unit: string, verb: Verb, state: ServiceState): Step['undo'] {
  const opposites: { readonly [V in Verb]?: Verb } = {
    start: 'stop',
    stop: 'start',
    enable: 'disable',
    disable: 'enable',
  };
  const back = opposites[verb];
  if (back === undefined) return { never: 'a restart cannot be taken back' };
  const step = verbStep(unit, back, { ...state, active: 'active' }, unit, NO_UNDO);
  return [{ ...step, guard: [leftAs(unit, verb, state)], preview: [] }];
}

/** The unit as the action left it: what somebody made of it since is theirs, and not taken back. */
function leftAs(unit: string, verb: Verb, state: ServiceState): Condition {
  const runs = verb === 'start' || (verb !== 'stop' && isRunning(state));
  const isEnabled = verb === 'enable' || (verb !== 'disable' && isAtBoot(state));
  return { kind: 'unit', unit, load: 'loaded', active: runs ? 'active' : 'inactive', isEnabled };
}

function warningsOf(unit: string, { killMode, neededBy }: ServiceState): readonly string[] {
  const needed = neededBy.filter((name) => !name.endsWith('.target'));
  return [
    killMode === 'process'
      ? `KillMode=process: what ${unit} started goes on without it`
      : `KillMode=${killMode || 'control-group'}: everything ${unit} started ends with it`,
    ...(needed.length === 0 ? [] : [`${needed.join(', ')} ${needed.length === 1 ? 'needs' : 'need'} it`]),
  ];
}
