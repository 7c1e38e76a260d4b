import { cmd, lasting } from '../model/command.ts';
import { absolutePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { CHANGE, directoryStep, NO_UNDO } from './local-steps.ts';

/** rmdir(1) refuses a mount point and whatever holds anything; that is no failure, and `-p` would take folders above it. */
const REMOVE = `[ -d "$1" ] && [ ! -L "$1" ] || exit 0
rmdir -- "$1" 2>/dev/null || echo "$1 is not empty or in use, and stays"`;

/** Removes the directory a mount of ours was at, where nothing is in it. */
export function removeMountPointStep(target: string): Step {
  return {
    ...CHANGE,
    title: `remove the mount point ${target} where it is empty`,
    run: lasting(cmd('sh', '-c', REMOVE, 'muster-remove-mount-point', target), target),
    guard: [{ kind: 'not-mounted', target: absolutePath(target) }],
    done: 'exit-code',
    preview: [{ kind: 'state', now: target, after: `no ${target}, unless anything lies in it` }],
    undo: [directoryStep({ path: target }, true, NO_UNDO)],
  };
}
