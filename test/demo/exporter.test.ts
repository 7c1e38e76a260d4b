// The demo's dcgm-exporter, read over real SSH as the product reads one: through kubectl on a node.
import { expect, onTestFinished, test } from 'vitest';
import { startDemoFleet } from '../../src/demo/fleet.ts';
import { followClusters } from '../../src/kubernetes/follow-clusters.ts';
import type { CardMeters, MetersEvent } from '../../src/model/card-meters.ts';
import { localEndpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';

test('every card of the demo cluster has figures, and a node that is away says why it has none', async () => {
  const fleet = await startDemoFleet();
  onTestFinished(fleet.close);
  const away = 'gpu12';
  fleet.world.change(away, (node) => ({ ...node, ailments: { ...node.ailments, link: 'refusing' } }));
  const endpoint = fleet.endpoints.find(({ node }) => node === 'edge01');
  if (endpoint === undefined) throw new Error('no edge01');
  const transport = createTransport({ askSecret: async () => undefined });
  onTestFinished(transport.close);
  const told = await new Promise<readonly MetersEvent[]>((resolve) => {
    const events: MetersEvent[] = [];
    const clusters = followClusters(
      [{ spec: { name: 'lab', from: endpoint.node }, endpoint, clone: localEndpoint(nodeName('localhost')) }],
      {
        transport,
        clock,
        random: () => 0,
        tell: (batch) => {
          for (const event of batch) if (event.kind === 'meters') events.push(event.event);
          if (events.length === 2) resolve(events);
        },
      },
    );
    onTestFinished(clusters.close);
  });
  const cards = fleet.world.node('gpu11')?.gpus.filter(({ isLost }) => !isLost) ?? [];
  const figure = expect.any(Number);
  expect(told.toSorted((left, right) => left.node.localeCompare(right.node))).toEqual([
    {
      ...{ kind: 'cards', cluster: 'lab', node: 'gpu11', atMs: figure },
      cards: cards.map(
        ({ index, uuid, model }): CardMeters => ({
          ...{ gpu: String(index), uuid, model: model.name, pods: [] },
          ...{ utilisationRatio: figure, memoryUsedBytes: figure, memoryFreeBytes: figure },
          ...{ temperatureC: figure, powerW: figure, smClockMhz: figure },
        }),
      ),
    },
    {
      ...{ kind: 'trouble', cluster: 'lab', node: away },
      because: `the API server does not reach port 9400 of gpu-operator/nvidia-dcgm-exporter-${away}: i/o timeout`,
    },
  ]);
});
