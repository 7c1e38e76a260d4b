// Every fact muster prints of the lab's nodes, compared with what each node says over plain ssh, in the quiet and after a reboot.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { testLab } from './test-lab.ts';
import { differences, truthOf } from './truth.ts';
import { nodeIn, type Watched, watch } from './watch.ts';

let lab: Lab;
let muster: Watched;
beforeAll(async () => {
  lab = await testLab();
  muster = watch(lab);
  await muster.see('all nodes up', ({ nodes }) => nodes.every(({ link }) => link.kind === 'up'), 60_000);
});
afterAll(async () => {
  await muster.close();
});

/** The longest period of a fact compared here is 30 s; a slow node stretches it fourfold of its own time. */
const ROUND_MS = 90_000;

describe('facts', () => {
  test.each(['nfs-1', 'client-1', 'client-2', 'client-3'])('%s is as it says itself', async (name) => {
    const truth = await truthOf(lab.node(name));
    let last: readonly string[] = ['no document'];
    const agree = muster.see(
      'agreement',
      (status) => {
        last = differences(nodeIn(status, name), truth);
        return last.length === 0;
      },
      ROUND_MS,
    );
    await agree.catch(() => expect(last).toEqual([]));
  });
});
