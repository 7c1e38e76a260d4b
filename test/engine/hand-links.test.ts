// Steps over links that are cut, over real ssh and at every point of the conversation: nothing runs twice, no byte is lost or doubled.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHand } from '../../src/engine/create-hand.ts';
import type { Hand, StepEnd, StepRun } from '../../src/engine/hand.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { key, startServer } from '../transport/server.ts';
import { endpoint, transport } from '../transport/support.ts';
import { clock, type HandNode, ROLLOUT, startHandNode, step } from './hand-node.ts';

const handNode = (): HandNode => {
  const node = startHandNode(['sh']);
  onTestFinished(() => node.close());
  return node;
};

/** Starts a step and follows it over every loss of the link, as a rollout does. */
async function persist(hand: Hand, run: StepRun): Promise<readonly [StepEnd, string]> {
  for (let tries = 0; tries < 5; tries++) if ((await hand.start(run)).kind !== 'lost') break;
  let text = '';
  for (let tries = 0; ; tries++) {
    const end = await hand.follow(run.name, Buffer.byteLength(text), (chunk) => {
      text += chunk.toString('latin1');
    });
    if (end.kind !== 'lost' || tries === 5) return [end, text];
  }
}

test('wherever the link is cut around a start, the step runs once and all of its output arrives', async () => {
  const node = handNode();
  const hand = node.hand();
  const effects = join(node.folder, 'effects');
  appendFileSync(effects, '');
  let cuts = 0;
  for (let number = 1; number <= 12; number++) {
    let writes = 0;
    node.onWrite = (text) => {
      if (!/^[SF] /.test(text)) return undefined;
      writes += 1;
      // Before the start is sent, behind it, behind the follow, and behind both, one after the other.
      const isCut = writes === 1 ? number % 4 !== 2 : writes === 2 && number % 4 >= 2;
      if (!isCut) return undefined;
      cuts += 1;
      return number % 4 === 0 && writes === 1 ? 'cut-before' : 'cut-after';
    };
    const run = step(number, ['sh', '-c', `echo ${number} >>${effects}; seq 1 2000`]);
    const [end, text] = await persist(hand, run);
    expect([number, end]).toEqual([number, { kind: 'exited', exitCode: 0, droppedBytes: 0 }]);
    expect(text).toBe(Array.from({ length: 2_000 }, (_, at) => `${at + 1}\n`).join(''));
  }
  expect(cuts).toBeGreaterThan(10);
  expect(readFileSync(effects, 'utf8')).toBe(Array.from({ length: 12 }, (_, at) => `${at + 1}\n`).join(''));
});

test('a stop whose link is cut is over when it is asked again, and the step is gone', async () => {
  const node = handNode();
  const hand = node.hand();
  const run = step(1, ['sleep', '1000']);
  await hand.start(run);
  node.onWrite = (text) => (text.startsWith('T ') ? 'cut-after' : undefined);
  expect(await hand.stop(run.name)).toEqual({ kind: 'lost', because: 'the link was cut' });
  node.onWrite = undefined;
  expect(['stopped', 'was-over']).toContain((await hand.stop(run.name)).kind);
  expect((await hand.follow(run.name, 0, () => {})).kind).toMatch(/^(?:killed|unknown)$/);
});

test('of two consoles that want a stale lock at once, exactly one gets it', async () => {
  const node = handNode();
  const author = { user: 'root', host: 'jump' };
  const hands = Array.from({ length: 6 }, () => node.hand());
  const [first, ...others] = hands;
  await first?.lock({ rollout: ROLLOUT, stage: 0, author, reason: '' });
  const lock = join(node.spool, 'lock.1');
  for (let round = 1; round <= 5; round++) {
    // An uptime of long ago is what a console leaves that gave no sign of life.
    const path = existsSync(lock) ? lock : join(node.spool, `lock.${round}`);
    const text = readFileSync(path, 'utf8');
    rmSync(path);
    appendFileSync(path, text.replace(/^\d+ */, '1 '.padEnd(12)));
    const claims = others.map((hand, at) =>
      hand.lock({ rollout: rolloutId(`2026112${round}-11000${at}-aaaa`), stage: 0, author, reason: '' }),
    );
    const kinds = (await Promise.all(claims)).map(({ kind }) => kind).sort();
    expect(kinds).toEqual(['held', 'held', 'held', 'held', 'locked']);
  }
});

test('over real ssh output flows, stops while its reader is busy, and resumes at the byte after a cut link', async () => {
  const spool = mkdtempSync(join(tmpdir(), 'muster-hand-'));
  onTestFinished(() => rmSync(spool, { recursive: true, force: true }));
  const server = await startServer();
  const keyFile = join(spool, 'key');
  writeFileSync(keyFile, key().private, { mode: 0o600 });
  const reach = () => {
    const hand = createHand(transport(), endpoint(server.port, { identityFiles: [keyFile] }), {
      clock,
      probes: {},
      checks: {},
      spool,
    });
    onTestFinished(() => hand.close());
    return hand;
  };
  const hand = reach();
  const halves = 'seq 1 600000; while [ ! -e "$0" ]; do sleep 0.1; done; seq 600001 900000';
  const run = step(1, ['sh', '-c', halves, join(spool, 'go')]);
  expect(await hand.start(run)).toEqual({ kind: 'started' });

  const chunks: Buffer[] = [];
  const busy = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const first = hand.follow(run.name, 0, (chunk) => {
    chunks.push(chunk);
    held.resolve();
    return busy.promise;
  });
  await held.promise;
  // A question of this hand may have to wait behind the output: one stream's window serves both. Another hand's has its own.
  const waits = hand.start(step(2, ['true']));
  const other = reach();
  const quick = step(3, ['true']);
  expect(await other.start(quick)).toEqual({ kind: 'started' });
  expect(await other.follow(quick.name, 0, () => {})).toMatchObject({ kind: 'exited' });
  expect(Buffer.concat(chunks).length).toBeLessThan(4 * 1024 * 1024);
  busy.resolve();
  expect(await waits).toEqual({ kind: 'started' });

  server.cut();
  expect(await first).toMatchObject({ kind: 'lost' });
  writeFileSync(join(spool, 'go'), '');
  const end = await hand.follow(run.name, Buffer.concat(chunks).length, (chunk) => void chunks.push(chunk));
  expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: 0 });
  const lines = Buffer.concat(chunks).toString('latin1').split('\n');
  expect(lines.length).toBe(900_001);
  expect(lines.every((line, at) => line === (at === 900_000 ? '' : String(at + 1)))).toBe(true);
});

/** A transport whose node says it is ready and then nothing but what `says` is given, on a clock that is turned by hand. */
function silentNode() {
  const events: (() => void)[] = [];
  let nowMs = 0;
  let say = (_output: string): void => {};
  const turning = {
    nowMs: () => nowMs,
    after: (delayMs: number, call: () => void) => {
      const dueMs = nowMs + delayMs;
      const event = () => (nowMs < dueMs ? void events.push(event) : call());
      events.push(event);
      return () => events.splice(events.indexOf(event), 1);
    },
  };
  const silent = {
    open: (
      _endpoint: unknown,
      _program: string,
      on: { onOpen: (how: { transport: 'ssh' }) => void; onStdout: (chunk: Buffer) => void },
    ) => {
      say = (output) => on.onStdout(Buffer.from(output));
      queueMicrotask(() => {
        on.onOpen({ transport: 'ssh' });
        say('motd\n\n# muster-hand 1 ready root \n');
      });
      return { write: () => {}, close: () => {} };
    },
    shell: () => ({ write: () => {}, resize: () => {}, close: () => {} }),
    close: async () => {},
  };
  const turn = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 5) {
      for (let wait = 0; wait < 10; wait++) await Promise.resolve();
      nowMs += 5_000;
      for (const call of events.splice(0)) call();
    }
  };
  const hand = createHand(silent, endpoint(1), { clock: turning, probes: {}, checks: {} });
  return { hand, turn, say: (output: string) => say(output) };
}

test('a silent link is given up while something is awaited', async () => {
  const { hand, turn } = silentNode();
  const end = hand.follow(step(1, ['x']).name, 0, () => {});
  await turn(25);
  expect(await end).toEqual({ kind: 'lost', because: 'no answer for 20 s' });
});

test('a question is not given up while a reader holds back the output its answer stands behind', async () => {
  const { hand, turn, say } = silentNode();
  const busy = Promise.withResolvers<void>();
  const end = hand.follow(step(1, ['x']).name, 0, () => busy.promise);
  await turn(5);
  say('output');
  const ends: unknown[] = [];
  const started = hand.start(step(2, ['y'])).then((kind) => ends.push(kind));
  await turn(120);
  expect(ends).toEqual([]);
  busy.resolve();
  await turn(60);
  await Promise.all([started, end]);
  expect(ends).toEqual([{ kind: 'lost', because: expect.stringContaining('no answer') }]);
});

test('a long input has the time a poor link needs for it, and a link that stays silent after that is given up', async () => {
  const { hand, turn } = silentNode();
  const ends: unknown[] = [];
  const started = hand
    .start(step(1, ['x'], { command: { argv: ['x'], stdin: 'x'.repeat(3 * 1024 * 1024) } }))
    .then((end) => ends.push(end));
  await turn(190);
  expect(ends).toEqual([]);
  await turn(60);
  await started;
  expect(ends).toEqual([{ kind: 'lost', because: expect.stringContaining('no answer') }]);
});
