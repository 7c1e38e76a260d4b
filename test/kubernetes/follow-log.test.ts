// Logs of pods through the real kubectl against the test API server: followed, capped, neutralised, and gone on from the last line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { followLog } from '../../src/kubernetes/follow-log.ts';
import { localEndpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import { applyPodLog, type OpenPodLog, POD_LOG_LINES } from '../../src/model/pod-log.ts';
import { clock } from '../../src/transport/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';
import { type ApiServer, type Subresource, startApiServer } from '../kube/api-server.ts';
import { kubePod } from '../kube/objects.ts';
import { hasKubectl, kubeconfigOf } from '../kube/watched-cluster.ts';

if (!hasKubectl) test('kubectl is not installed here: no log is followed', () => {});

const NAME = { cluster: 'talos', namespace: 'ai', pod: 'web', isPrevious: false } as const;

interface Followed {
  readonly api: ApiServer;
  /** Resolves with the log as soon as it is so. */
  readonly until: (isSo: (log: OpenPodLog) => boolean) => Promise<OpenPodLog>;
}

/** Follows the log of a pod whose container says what `says` writes, asked the first time, the second time, … */
async function follow(
  says: (answer: ServerResponse, turn: number, query: URLSearchParams) => void,
  isPrevious = false,
): Promise<Followed> {
  let turn = 0;
  const log: Subresource = ({ query }, _, answer) => {
    answer.writeHead(200, { 'content-type': 'text/plain' });
    says(answer, ++turn, query);
  };
  const api = await startApiServer(['pods'], { log });
  const folder = mkdtempSync(join(tmpdir(), 'muster-log-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, kubeconfigOf(api.url));
  const transport = createTransport({ askSecret: async () => undefined });
  const waiting = new Set<() => void>();
  let open: OpenPodLog | undefined;
  const place = { transport, clock, endpoint: localEndpoint(nodeName('localhost')) };
  api.put('pods', kubePod('web', { node: 'gpu-0' }));
  const close = followLog(place, { name: 'talos', kubeconfig }, { ...NAME, isPrevious }, (event) => {
    open = applyPodLog(open, event);
    for (const look of waiting) look();
  });
  onTestFinished(async () => {
    close();
    await transport.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    api,
    until: (isSo) =>
      new Promise((resolve) => {
        const look = () => {
          if (open !== undefined && isSo(open)) resolve(open);
        };
        waiting.add(look);
        look();
      }),
  };
}

const at = (second: number): string => `2026-11-22T10:00:${String(second).padStart(2, '0')}.5Z`;

describe.runIf(hasKubectl)('the log of a pod', () => {
  test('comes line by line with its container, and what a terminal would obey is neutralised', async () => {
    let say = (_text: string) => {};
    const followed = await follow((answer) => {
      answer.write(`${at(1)} first\n`);
      say = (text) => answer.write(text);
    });
    await followed.until(({ lines }) => lines.length === 1);
    say(`${at(2)} \u001b[2Jred\n`);
    const log = await followed.until(({ lines }) => lines.length === 2);
    expect(log.lines[0]).toBe('main: first');
    expect(log.lines[1]).not.toContain('\u001b');
    expect(log.state).toEqual({ kind: 'following' });
  }, 30_000);

  test('a log that ends goes on from its last line, and says nothing twice', async () => {
    const sinces: (string | null)[] = [];
    const followed = await follow((answer, turn, query) => {
      sinces.push(query.get('sinceTime'));
      answer.write(`${at(1)} one\n${at(2)} two\n`);
      if (turn === 1) answer.end();
      else answer.write(`${at(3)} three\n`);
    });
    const log = await followed.until(({ lines }) => lines.length >= 3);
    expect(log.lines).toEqual(['main: one', 'main: two', 'main: three']);
    expect(sinces[0]).toBeNull();
    expect(sinces[1]).toMatch(/^2026-11-22T10:00:02/);
  }, 30_000);

  test('of a flood the last 2,000 lines are kept, and numbered as they came', async () => {
    const followed = await follow((answer) => {
      answer.write(Array.from({ length: 9_000 }, (_, index) => `${at(1)} line ${index + 1}\n`).join(''));
      answer.write(`${at(2)} last\n`);
    });
    const log = await followed.until(({ lines }) => lines.at(-1) === 'main: last');
    expect([log.lines.length, log.firstNumber]).toEqual([POD_LOG_LINES, 7_002]);
  }, 30_000);

  test('what a crash loop said before is read once; a pod that is gone and a refused verb are one sentence each', async () => {
    const before = await follow((answer) => void answer.end(`${at(1)} panic: out of memory\n`), true);
    const log = await before.until(({ state }) => state.kind === 'ended');
    expect(log).toMatchObject({
      lines: ['main: panic: out of memory'],
      state: { because: 'this is all that the containers before said' },
    });
    const gone = await follow((answer) => answer.end());
    gone.api.remove('pods', kubePod('web', { node: 'gpu-0' }));
    expect((await gone.until(({ state }) => state.kind === 'ended')).state).toEqual({
      kind: 'ended',
      because: 'the pod is gone',
    });
    const refused = await follow((answer) => answer.end());
    refused.api.refuse({ verb: 'get', resource: 'pods' });
    expect((await refused.until(({ state }) => state.kind === 'ended')).state).toEqual({
      kind: 'ended',
      because: 'may not get pods/log in ai as operator; grant the verb "get" to see them',
    });
  }, 30_000);
});
