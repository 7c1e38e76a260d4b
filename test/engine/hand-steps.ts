// What tests of steps share: following one to its end, and finding what it has started.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { HandParts } from '../../src/engine/create-hand.ts';
import type { Hand, StepEnd, StepName } from '../../src/engine/hand.ts';
import { type HandNode, startHandNode, type step } from './hand-node.ts';

export interface Followed {
  readonly end: Promise<StepEnd>;
  readonly text: () => string;
  /** Resolves when the output so far holds the text. */
  readonly until: (text: string) => Promise<void>;
}

export function follow(hand: Hand, name: StepName, fromByte = 0): Followed {
  let text = '';
  const waiting = new Map<string, () => void>();
  const end = hand.follow(name, fromByte, (chunk) => {
    text += chunk.toString('utf8');
    for (const [wanted, resolve] of waiting) if (text.includes(wanted)) resolve();
  });
  return {
    end,
    text: () => text,
    until: (wanted) =>
      new Promise((resolve) => {
        if (text.includes(wanted)) resolve();
        waiting.set(wanted, resolve);
      }),
  };
}

/** Starts a step and follows it to its end. */
export async function ran(hand: Hand, run: ReturnType<typeof step>): Promise<readonly [StepEnd, string]> {
  expect(await hand.start(run)).toEqual({ kind: 'started' });
  const followed = follow(hand, run.name);
  return [await followed.end, followed.text()];
}

export function endAll(pids: readonly string[]): void {
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** What stands in the environment of all that a step has started. */
export const markOf = (node: HandNode, name: StepName): string => `MUSTER_STEP=${join(node.spool, name)}.`;

/** Makes df(1) say so much of a node. */
export function tellFree({ folder }: HandNode, freeKib: number): void {
  const told = `Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 99999 1 ${freeKib} 1% /run`;
  writeFileSync(join(folder, 'bin', 'df'), `#!/bin/sh\ncat <<'end'\n${told}\nend\n`, { mode: 0o755 });
}

/** What seq(1) says. */
export const lines = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index}\n`).join('');

/** Nodes under one shell, and hands on new ones; closed after each test. */
export function nodesUnder(command: readonly [string, ...string[]]) {
  const nodes: HandNode[] = [];
  afterEach(() => {
    for (const node of nodes.splice(0)) node.close();
  });
  const node = (env: Record<string, string> = {}): HandNode => {
    const made = startHandNode(command, env);
    nodes.push(made);
    return made;
  };
  return { node, hand: (parts: Partial<HandParts> = {}) => node().hand(parts) };
}
