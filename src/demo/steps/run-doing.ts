import type { Doing } from '../commands/doing.ts';
import type { World } from '../world.ts';

/** How a command ended: by itself, or because it was killed. */
export type DoingEnd = { readonly kind: 'exited'; readonly exitCode: number } | { readonly kind: 'killed' };

/** A command at work in the node's own time. */
export interface Running {
  /** Ends it; false while it sleeps in the kernel: then it ends when it wakes up. */
  readonly kill: () => boolean;
}

/** What drives a command and hears of it. */
export interface DoingEars {
  readonly world: World;
  readonly name: string;
  /** How much longer everything takes here than elsewhere. */
  readonly pace: number;
  /** False once the node has lost the power it started under: nothing of the command goes on. */
  readonly isPowered: () => boolean;
  readonly onSay: (text: string) => void;
  readonly onEnd: (end: DoingEnd) => void;
}

/** Plays a command moment by moment. */
export function runDoing(doing: Doing, { world, name, pace, isPowered, onSay, onEnd }: DoingEars): Running {
  let isOver = false;
  let isKilled = false;
  let isAsleep = false;
  let cancel = () => {};
  const end = (how: DoingEnd) => {
    if (isOver) return;
    isOver = true;
    cancel();
    if (isPowered()) onEnd(how);
  };
  const sleep = (isAwake: () => boolean, isKillable: boolean) => {
    isAsleep = !isKillable;
    const stop = world.watch(name, () => {
      if (!isAwake()) return;
      stop();
      isAsleep = false;
      if (isKilled) end({ kind: 'killed' });
      else go();
    });
    cancel = stop;
  };
  const go = () => {
    while (!isOver && isPowered()) {
      const next = doing.next();
      if (next.done) return end({ kind: 'exited', exitCode: next.value });
      const moment = next.value;
      if (moment.kind === 'say') onSay(moment.text);
      else if (moment.kind === 'wait') {
        cancel = world.clock.after(moment.isExact ? moment.ms : moment.ms * pace, go);
        return;
      } else if (!moment.isOver()) return sleep(moment.isOver, moment.isKillable === true);
    }
  };
  go();
  return {
    kill: () => {
      isKilled = true;
      if (isAsleep) return false;
      end({ kind: 'killed' });
      return true;
    },
  };
}
