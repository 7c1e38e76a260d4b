import { once } from 'node:events';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callRunner } from '../../src/journal/call-runner.ts';
import { socketPath } from '../../src/journal/places.ts';
import { openDoor } from '../../src/journal/runner-door.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import type { RunnerMessage } from '../../src/model/rollout-request.ts';

const author = { user: 'ada', host: 'desk' };
const fresh = () => join(mkdtempSync(join(tmpdir(), 'muster-door-')), 'd.sock');

test('requests are answered each with its own answer, whatever order they are done in', async () => {
  const path = fresh();
  writeFileSync(path, 'left by a runner that was killed');
  const slow = Promise.withResolvers<void>();
  const door = await openDoor(
    path,
    async ({ kind }) => {
      if (kind === 'pause') await slow.promise;
      return kind === 'pause' ? 'it is not running' : undefined;
    },
    () => {},
  );
  const told: RunnerMessage[] = [];
  const call = await callRunner(path, (message) => told.push(message));
  const first = call?.request({ kind: 'pause', author });
  expect(await call?.request({ kind: 'resume', author })).toBeUndefined();
  slow.resolve();
  expect(await first).toBe('it is not running');
  door.tell({ kind: 'secret-wanted', id: 1, prompt: 'passphrase', echo: false });
  expect(await call?.request({ kind: 'resume', author })).toBeUndefined();
  expect(told).toEqual([{ kind: 'secret-wanted', id: 1, prompt: 'passphrase', echo: false }]);
  door.close();
  await call?.gone;
  expect(await call?.request({ kind: 'resume', author })).toBe('the runner is gone');
});

test('what is no request is refused, and a line without an end is cut off', async () => {
  const path = fresh();
  const door = await openDoor(
    path,
    async () => undefined,
    () => {},
  );
  const socket = connect(path);
  socket.write('{"kind":"format-disk"}\nnonsense\n');
  const [answer]: Buffer[] = await once(socket, 'data');
  const because = 'this is no request muster knows';
  expect(
    String(answer)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { kind: 'refused', request: 1, because },
    { kind: 'refused', request: 2, because },
  ]);
  socket.on('error', () => {});
  socket.write('x'.repeat(100_000));
  await once(socket, 'close');
  door.close();
});

test('nobody at the socket is no call', async () => {
  expect(await callRunner(fresh())).toBeUndefined();
});

test('the socket lies in a folder of this user alone, and its path is short enough for the kernel', () => {
  const id = rolloutId('20261122-103015-k3f9');
  const runtime = mkdtempSync(join(tmpdir(), 'muster-run-'));
  const path = socketPath(id, { XDG_RUNTIME_DIR: runtime });
  expect(path).toBe(join(runtime, 'muster', `${id}.sock`));
  expect(statSync(join(runtime, 'muster')).mode & 0o777).toBe(0o700);
  expect(socketPath(id, { XDG_RUNTIME_DIR: join(runtime, 'x'.repeat(120)) })).toBe(
    join(tmpdir(), `muster-${process.getuid?.()}`, `${id}.sock`),
  );
});
