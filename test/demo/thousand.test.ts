import { expect, test } from 'vitest';
import { startDemoProcess } from '../../src/demo/process.ts';
import { startFleet } from '../../src/engine/run-fleet.ts';
import type { ProbeSet } from '../../src/model/probe.ts';
import { load } from '../../src/probes/load.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';

// The fleet runs in its own process as in the product; the engine asks each node one question.

test('a thousand nodes connect and answer', async () => {
  const { endpoints, end } = await startDemoProcess({
    nodes: 1_000,
    entry: new URL('../../src/demo/main.ts', import.meta.url),
  });
  const only: ProbeSet = { load };
  const engine = startFleet(
    {
      nodes: endpoints.map((endpoint) => ({ endpoint, everyMs: {} })),
      lateAfterMs: 15_000,
      lostAfterMs: 30_000,
      maxConnecting: 64,
    },
    { probes: only, transport: createTransport({ askSecret: async () => undefined }), clock, random: Math.random },
  );
  const answered = new Set<string>();
  await new Promise<void>((resolve) => {
    engine.subscribe((batch) => {
      for (const event of batch) {
        if (event.kind === 'observation' && event.observation.outcome.kind === 'ok')
          answered.add(event.observation.node);
      }
      if (answered.size === endpoints.length) resolve();
    });
  });
  expect(answered.size).toBe(1_000);
  await engine.close();
  await end();
}, 120_000);
