import { EXIT } from '../../src/cli/command.ts';
import type { JobState, Rollout } from '../../src/model/rollout.ts';
import type { Begun } from './kills.ts';
import type { LabNode } from './lab-node.ts';
import type { Product } from './product.ts';

/** What `kill -9` meets. */
export const VICTIMS = ['runner', 'command', 'sshd', 'power'] as const;
export type Victim = (typeof VICTIMS)[number];

/** Draws the moments; a failure names it. */
export const SEED = Number(process.env['MUSTER_LAB_SEED'] ?? Date.now() % 1_000_000);

/** The blow itself. */
export async function strike(victim: Victim, begun: Begun, node: LabNode): Promise<void> {
  if (victim === 'runner') begun.killRunner();
  else if (victim === 'command') begun.killCommand();
  else if (victim === 'sshd') await node.tells('pkill -KILL -u admin sshd; true');
  else await node.powerCycle();
}

/** What a person does afterwards: take it over where nobody drives it, go on where a lost node made it wait, and stay to the end. */
export async function toItsEnd(muster: Product, victim: Victim, begun: Begun): Promise<Rollout> {
  if (victim === 'runner') {
    // A rollout that was over before the blow fell is left by its command as any other is.
    const code = await begun.commandEnded;
    if (code !== EXIT.ok && code !== EXIT.failed) throw new Error(`the command of a killed runner ended with ${code}`);
    if (code === EXIT.failed) await muster.run(['rollouts', 'resume', begun.id]);
  }
  for (;;) {
    const { code } = await muster.run(['rollouts', 'attach', begun.id]);
    if (code !== EXIT.paused) return muster.rollout(begun.id);
    await muster.tells(['rollouts', 'resume', begun.id]);
  }
}

/** How a node's part of a rollout stands. */
export const stateOn = ({ stages }: Rollout, name: string): JobState | undefined =>
  stages.flat().find(({ node }) => node === name)?.state;
