// A node for a hand without ssh: its real program, steps and lock in a shell of this machine, in a spool of the test's own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHand, type HandParts } from '../../src/engine/create-hand.ts';
import type { Hand, StepRun } from '../../src/engine/hand.ts';
import { stepName } from '../../src/engine/hand.ts';
import type { Clock, SessionEvents, Transport } from '../../src/engine/ports.ts';
import { type Endpoint, localEndpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import { rolloutId } from '../../src/model/rollout.ts';

export const ROLLOUT = rolloutId('20261122-103015-k3f9');

/** Real time, as the transport's own clock has it. */
export const clock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A step of the test's rollout. */
export const step = (number: number, argv: readonly [string, ...string[]], more: Partial<StepRun> = {}): StepRun => ({
  name: stepName(ROLLOUT, 0, number, 1),
  command: { argv },
  as: 'root',
  timeoutMs: 60_000,
  ...more,
});

export interface HandNode {
  /** Holds the spool, and `bin`, which comes first in the node's PATH. */
  readonly folder: string;
  readonly spool: string;
  /** One more hand on the same node, as another console has it, or as an inventory has it that names it twice. */
  readonly hand: (parts?: Partial<HandParts>, name?: string) => Hand;
  /** Kills every local end of a link, as a crash of the console does. */
  readonly cut: () => void;
  /** Called with what a hand writes: the link may be cut instead of sending it, or right behind it. */
  onWrite: ((text: string) => 'cut-before' | 'cut-after' | undefined) | undefined;
  readonly close: () => void;
}

/** A node whose `sh` is the given shell. */
export function startHandNode(
  [command, ...before]: readonly [string, ...string[]],
  env: Record<string, string> = {},
): HandNode {
  const folder = mkdtempSync(join(tmpdir(), 'muster-hand-'));
  const bin = join(folder, 'bin');
  const spool = join(folder, 'spool');
  mkdirSync(bin);
  symlinkSync(`/bin/${command}`, join(bin, 'sh'));
  const children = new Set<ChildProcess>();
  const hands: Hand[] = [];

  const open = (_endpoint: Endpoint, program: string, events: SessionEvents) => {
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      children.delete(child);
      queueMicrotask(() => events.onClose({ kind: 'lost', because: 'the link was cut' }));
    };
    const start = `eval "$(head -c ${Buffer.byteLength(program)})"`;
    const child = spawn(command, [...before, '-c', start, 'muster'], {
      detached: true,
      env: { PATH: `${bin}:${process.env['PATH']}`, HOME: '/nonexistent', ...env },
      stdio: 'pipe',
    });
    children.add(child);
    child.stdin.on('error', () => {});
    child.stdout.on('data', (chunk: Buffer) => isOver || events.onStdout(chunk));
    child.stderr.on('data', (chunk: Buffer) => isOver || events.onStderr(chunk));
    child.on('close', end);
    child.stdin.write(program);
    queueMicrotask(() => events.onOpen({ transport: 'local' }));
    return {
      write: (text: string) => {
        if (isOver) return;
        const fate = node.onWrite?.(text);
        if (fate !== 'cut-before') child.stdin.write(text);
        if (fate === undefined) return;
        killGroup(child);
        end();
      },
      hold: (isHeld: boolean) => {
        if (isHeld) child.stdout.pause();
        else child.stdout.resume();
      },
      close: () => {
        child.stdin.end();
        end();
      },
    };
  };
  const shell: Transport['shell'] = () => ({ write: () => {}, resize: () => {}, close: () => {} });
  const transport: Transport = { open, shell, close: async () => {} };
  const node: HandNode = {
    folder,
    spool,
    onWrite: undefined,
    hand: (parts = {}, name = 'gpu01') => {
      const hand = createHand(transport, localEndpoint(nodeName(name)), {
        clock,
        probes: {},
        checks: {},
        spool,
        ...parts,
      });
      hands.push(hand);
      return hand;
    },
    cut: () => {
      for (const child of children) killGroup(child);
    },
    close: () => {
      for (const hand of hands) hand.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return node;
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
