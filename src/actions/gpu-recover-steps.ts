import type { FleetView, NodeView } from '../model/action.ts';
import type { ServiceState } from '../model/check.ts';
import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import type { Done, Step } from '../model/plan.ts';
import { CHANGE, UNIT_MS } from '../storage/local-steps.ts';
import { resetStep } from './gpu-steps.ts';
import type { GpuTrouble } from './gpu-trouble.ts';
import type { NodePlan } from './node-plans.ts';
import { planReboot } from './reboot.ts';

const DAEMON = 'nvidia-persistenced.service';

/** Unloading eight cards and waking them again takes a minute. */
const RELOAD_MS = 300_000;

/**
 * Unloads the driver's modules, dependents first, and loads them again with those that were there. The persistence daemon has the driver
 * open, so it steps aside meanwhile; it comes back whatever happens. What is in use is not unloaded: modprobe(8) refuses.
 */
const RELOAD = `set -u
daemon=$(systemctl is-active ${DAEMON} 2>/dev/null) || :
[ "$daemon" != active ] || systemctl stop ${DAEMON}
code=0 again=
for module in nvidia_drm nvidia_modeset nvidia_peermem nvidia_uvm nvidia; do
  [ -d "/sys/module/$module" ] || continue
  again="$module $again"
  modprobe -r "$module" || { code=$?; echo "$module stays: something uses it" >&2; break; }
done
for module in nvidia nvidia_uvm $again; do modprobe "$module" || code=$?; done
[ "$daemon" != active ] || systemctl start ${DAEMON} || code=$?
exit "$code"`;

/** Each card answers: how every rung is known to have helped. */
function answering({ wanted }: GpuTrouble): Done {
  const [first, ...others] = wanted.map(({ busId, about }): Condition => ({ kind: 'gpu-answers', busId, about }));
  return first === undefined ? [{ kind: 'gpu-module' }] : [first, ...others, { kind: 'gpu-module' }];
}

/** Rung 1: the daemon that keeps the driver awake. It disturbs nobody. */
export function persistencedStep({ invocationId, active }: ServiceState, { words }: GpuTrouble): Step {
  return {
    ...CHANGE,
    title: `restart ${DAEMON}`,
    run: cmd('systemctl', 'restart', '--', DAEMON),
    done: [{ kind: 'started-since', unit: DAEMON, invocationId }],
    timeoutMs: UNIT_MS,
    preview: [{ kind: 'state', now: `${words}; ${DAEMON} is ${active}`, after: 'started anew' }],
    undo: { never: 'a restart cannot be taken back' },
    warnings: [],
  };
}

/** Rung 2: the modules, for a driver that was updated under them or does not answer. */
export function reloadStep(trouble: GpuTrouble): Step {
  const isLoaded = trouble.modules.includes('nvidia');
  return {
    ...CHANGE,
    title: isLoaded ? 'unload the NVIDIA modules and load them again' : 'load the NVIDIA modules',
    run: cmd('sh', '-c', RELOAD, 'muster-gpu-reload'),
    guard: [{ kind: 'gpu-unused', about: 'the driver' }],
    done: answering(trouble),
    timeoutMs: RELOAD_MS,
    preview: [
      {
        kind: 'state',
        now: `${trouble.words}; loaded: ${trouble.modules.join(', ') || 'no module'}`,
        after: `modules loaded anew, ${trouble.wanted.length === 1 ? 'the card answers' : `${trouble.wanted.length} cards answer`}`,
      },
    ],
    undo: { never: 'a reload cannot be taken back' },
    warnings: isLoaded ? ['compute modes, power limits and MIG instances go back to what they are after a boot'] : [],
  };
}

/** Rung 3: one card at a time. */
export const resetSteps = ({ ill, words, wanted }: GpuTrouble): readonly Step[] =>
  ill.map((card) =>
    resetStep(
      card,
      {
        kind: 'gpu-answers',
        busId: card.busId,
        about: wanted.find(({ busId }) => busId === card.busId)?.about ?? `gpu${card.index}`,
      },
      { now: `(${words})`, after: 'answers and waits for no reset' },
    ),
  );

/** Rung 4: the reboot action's own step, that also wants every card back. */
export function rebootStep(trouble: GpuTrouble, view: NodeView, fleet: FleetView): NodePlan {
  const plan = planReboot(view, fleet);
  if (plan.kind !== 'steps') return plan;
  const back: readonly Condition[] = trouble.wanted.map(({ busId, about }) => ({ kind: 'gpu-answers', busId, about }));
  return {
    kind: 'steps',
    steps: plan.steps.map((step): Step => {
      const done: Done = typeof step.done === 'string' ? step.done : [...step.done, ...back];
      return {
        ...step,
        risk: 'interrupts-users',
        guard: [...step.guard, { kind: 'gpu-unused', about: 'the driver' }],
        done,
        preview: step.preview.map((each) =>
          each.kind === 'state' ? { ...each, now: `${trouble.words}; ${each.now}` } : each,
        ),
      };
    }),
  };
}
