// The demo's jobs on nodes of its cluster are in its pods, as the product reads it from their cgroups; elsewhere they are in none.
import { expect, test } from 'vitest';
import { ANSWERERS } from '../../src/demo/answers/registry.ts';
import { workloadPods } from '../../src/demo/kube/objects.ts';
import { sharingIn } from '../../src/demo/kube/sharing.ts';
import { createWorld } from '../../src/demo/world.ts';
import { gpuProcesses } from '../../src/probes/gpu-processes.ts';
import { handClock } from '../screen.ts';

test('at any moment every process on the cards of a cluster node is in a pod that is there, and those of other nodes are in none', () => {
  const clock = handClock();
  const world = createWorld(24, 7, clock);
  const found = { inPods: 0, outside: 0, elsewhere: 0, elsewhereInPods: 0 };
  for (let minute = 0; minute < 60; minute++) {
    clock.advance(60_000);
    for (const name of ['gpu01', 'gpu11', 'gpu12']) {
      const node = world.node(name);
      if (node === undefined) throw new Error(`no ${name}`);
      const nowMs = clock.nowMs();
      const columns = { gpu: [], lsblk: [], units: [] };
      const reply = ANSWERERS.get('gpuProcesses')?.answer({
        node,
        world,
        nowMs,
        privilege: 'root',
        target: '',
        columns,
      });
      if (reply?.kind !== 'text') throw new Error('no answer');
      const parsed = gpuProcesses.parse({ stdout: reply.text, exitCode: reply.exitCode });
      const uids = parsed.kind === 'fact' ? parsed.value.map(({ podUid }) => podUid) : [];
      const pods = new Set(workloadPods(node, sharingIn(world), nowMs).map(({ metadata }) => metadata['uid']));
      const inPods = uids.filter((uid) => pods.has(uid)).length;
      if (name === 'gpu01') {
        found.elsewhere += uids.length;
        found.elsewhereInPods += inPods;
      } else {
        found.inPods += inPods;
        found.outside += uids.length - inPods;
      }
    }
  }
  expect([found.outside, found.elsewhereInPods]).toEqual([0, 0]);
  expect(Math.min(found.inPods, found.elsewhere)).toBeGreaterThan(60);
});
