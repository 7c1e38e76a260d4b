// What a driver tells becomes steps and logs: with lines recorded from a real playbook, cut and read again wherever a runner may be killed.
import { expect, test } from 'vitest';
import { foldNodes } from '../../src/model/node-set.ts';
import { jobStateOf } from '../../src/model/rollout-fold.ts';
import { describeFailure } from '../../src/model/step-failure.ts';
import { newTaskWorld, RECORDED } from './task-world.ts';

const EXIT_4 = { kind: 'failed', failure: { kind: 'exit', exitCode: 4, lastWords: 'n3 : unreachable=1' } } as const;
const jsonLine = (line: object): Buffer => Buffer.from(`${JSON.stringify(line)}\n`);

test('every task stands on the board of its node: ok, changed, skipped, ignored, rescued, failed, unreachable', async () => {
  const world = newTaskWorld();
  const board = world.board();
  board.take(RECORDED);
  await board.end(EXIT_4);
  expect(world.told('n1')).toEqual([
    'play site.yml: changed',
    'Say hello: changed',
    'Not here: omitted',
    'Hidden: changed',
    'Fail softly: ignored (Fail softly: exited 3: oops)',
    'In a block: ignored (In a block: exited 4)',
    'Rescue it: already',
    'Loop: changed',
    'Write: changed',
    'Only n2 fails: omitted',
    'include_tasks: already',
    'Included: changed',
    'Handle: changed',
  ]);
  expect(world.told('n2').slice(0, 1)).toEqual(['play site.yml: failed (Only n2 fails: exited 9: bad disk)']);
  expect(world.told('n2').at(-1)).toBe('Only n2 fails: failed (Only n2 fails: exited 9: bad disk)');
  const refused = 'Failed to connect to the host via ssh: ssh: connect to host 127.0.0.9 port 1: Connection refused';
  expect(world.told('n3')).toEqual([
    `play site.yml: failed (unreachable: ${refused})`,
    `Say hello: failed (unreachable: ${refused})`,
  ]);
  expect(world.rollout().stages[0]?.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'failed']);
});

test('a node has its own log, with output and differences, and nothing of a task with no_log', async () => {
  const world = newTaskWorld();
  const board = world.board();
  board.take(RECORDED);
  await board.end(EXIT_4);
  expect(world.log('n1')).toContain('TASK Say hello: changed\nhello\n');
  expect(world.log('n1')).toContain('TASK Loop: changed\nitem a: a\nitem b: b\n');
  expect(world.log('n1')).toContain('+x=n1\n');
  expect(world.log('n1')).not.toContain('x=n2');
  expect(world.log('n1')).toContain('TASK Hidden: changed\nhidden: the task has no_log\n');
  expect(JSON.stringify(world.journal)).not.toContain('topsecret');
  const span = world.rollout().stages[0]?.[1]?.steps.at(-1)?.log;
  expect(world.log('n2').slice(span?.fromByte, span?.toByte)).toBe('TASK Only n2 fails: failed\nbad disk\n');
});

test('a runner killed after any byte leaves a journal and logs that its successor completes, without one word twice', async () => {
  const straight = newTaskWorld();
  const whole = straight.board();
  whole.take(RECORDED);
  await whole.end(EXIT_4);
  for (let cut = 0; cut < RECORDED.length; cut += 97) {
    const world = newTaskWorld();
    world.board().take(RECORDED.subarray(0, cut));
    const second = world.board();
    second.take(RECORDED.subarray(0, Math.floor(cut / 2)));
    second.take(RECORDED.subarray(Math.floor(cut / 2)));
    await second.end(EXIT_4);
    const kinds = (journal: typeof world.journal) => journal.map(({ kind, seq }) => `${seq} ${kind}`);
    expect(kinds(world.journal)).toEqual(kinds(straight.journal));
    for (const node of ['n1', 'n2', 'n3']) {
      expect(world.log(node)).toBe(straight.log(node));
      expect(world.told(node)).toEqual(straight.told(node));
    }
  }
});

test('of a node whose tasks say more than there is room for, the beginning and the end are kept and the bytes between counted', async () => {
  const world = newTaskWorld({ nodeBytes: 1_000, endsBytes: 200 });
  const lines = Array.from({ length: 100 }, (_, index) =>
    jsonLine({
      kind: 'task-ended',
      host: 'n1',
      task: `t${index}`,
      title: `Task ${index}`,
      outcome: 'ok',
      text: 'said',
    }),
  );
  const all = lines.map((_, index) => `TASK Task ${index}: ok\nsaid\n`).join('');
  world.board().take(Buffer.concat(lines.slice(0, 70)));
  // The first runner was killed, and what it kept of the end with it.
  const second = world.board();
  second.take(Buffer.concat(lines));
  await second.end({ kind: 'changed' });
  const [, before = '', count = '', after = ''] =
    /^([\s\S]*)\n\.\.\. here (\d+) bytes were left out: .* \.\.\.\n([\s\S]*)$/.exec(world.log('n1')) ?? [];
  expect(before).toBe(all.slice(0, before.length));
  expect(after).toMatch(/^TASK Task \d+: ok\n|^said\n/);
  expect(all.endsWith(after) && after.endsWith('TASK Task 99: ok\nsaid\n')).toBe(true);
  expect(before.length + Number(count) + after.length).toBe(all.length);
  const spans = world.rollout().stages[0]?.[0]?.steps.map(({ log }) => log);
  expect(spans?.[0]?.droppedBytes).toBe(Number(count));
  expect(Math.max(...(spans ?? []).map((span) => span?.toByte ?? 0))).toBe(world.log('n1').length);
});

test('a log that was cut in the middle of a line by the kill goes on at that byte', () => {
  const world = newTaskWorld();
  const line = jsonLine({ kind: 'task-ended', host: 'n1', task: 't', title: 'Say', outcome: 'ok', text: 'one\ntwo' });
  world.board().take(line);
  const whole = world.log('n1');
  world.board().take(line);
  expect(world.log('n1')).toBe(whole);
  expect(whole).toBe('TASK Say: ok\none\ntwo\n');
});

test('equal failures of several nodes are equal words, so that they are gathered', async () => {
  const world = newTaskWorld();
  const board = world.board();
  for (const host of ['n1', 'n2']) {
    board.take(
      jsonLine({ kind: 'task-ended', host, task: 't', title: 'Mount', outcome: 'failed', says: 'access denied' }),
    );
    board.take(jsonLine({ kind: 'host-ended', host, failed: 1, unreachable: 0 }));
  }
  await board.end(EXIT_4);
  const failures = (world.rollout().stages[0] ?? []).map(({ node, steps }) => {
    const outcome = steps.find((step) => step.outcome?.kind === 'failed')?.outcome;
    return { node, words: outcome?.kind === 'failed' ? describeFailure(outcome.failure) : '' };
  });
  const same = failures.filter(({ words }) => words === 'Mount: access denied');
  expect(foldNodes(same.map(({ node }) => node))).toBe('n[1-2]');
  expect(failures[2]?.words).toBe('not started: the playbook ended before its turn: n3 : unreachable=1');
});

test('a failure that the recap does not count was rescued, and its node has not failed', async () => {
  const world = newTaskWorld();
  const board = world.board();
  board.take(jsonLine({ kind: 'task-ended', host: 'n1', task: 't', title: 'Try', outcome: 'failed', says: 'no' }));
  expect(world.rollout().stages[0]?.[0]?.state).toBe('failed');
  board.take(jsonLine({ kind: 'host-ended', host: 'n1', failed: 0, unreachable: 0 }));
  await board.end({ kind: 'changed' });
  expect(world.told('n1')).toEqual(['play site.yml: already', 'Try: ignored (Try: no)']);
});

test('a task that ran when the playbook was stopped has failed, and the node says who stopped it', async () => {
  const world = newTaskWorld();
  const board = world.board();
  board.take(jsonLine({ kind: 'task-started', host: 'n1', task: 't', title: 'Wait', module: 'wait_for' }));
  expect(world.told('n1')).toEqual(['play site.yml: running', 'Wait: running']);
  await board.end({ kind: 'failed', failure: { kind: 'aborted' } });
  expect(world.told('n1')).toEqual([
    'play site.yml: failed (stopped by the operator)',
    'Wait: failed (Wait: the playbook ended while it ran; what it had begun there may have gone on)',
  ]);
});

test('a handler that runs a second time under the same id is a step of its own', async () => {
  const world = newTaskWorld();
  const board = world.board();
  const place = { host: 'n1', task: 'h', title: 'Restart', module: 'service' };
  for (const outcome of ['changed', 'ok']) {
    board.take(jsonLine({ kind: 'task-started', ...place }));
    board.take(jsonLine({ kind: 'task-ended', ...place, outcome }));
  }
  await board.end({ kind: 'changed' });
  expect(world.told('n1')).toEqual(['play site.yml: changed', 'Restart: changed', 'Restart: already']);
});

test('lines that are none, of nodes nobody asked about, or without an end change nothing', () => {
  const world = newTaskWorld();
  const board = world.board();
  const before = world.journal.length;
  board.take(Buffer.from('ERROR! no\n{"kind":"task-started"}\n{"kind":"task-ended","host":"n1","task":1}\n[]\n{\n'));
  board.take(jsonLine({ kind: 'task-started', host: 'n9', task: 't', title: 'x', module: 'y' }));
  board.take(Buffer.alloc(600 * 1024, 'x'));
  board.take(Buffer.from('\n'));
  expect(world.journal.length).toBe(before);
  board.take(jsonLine({ kind: 'task-started', host: 'n1', task: 't', title: 'x', module: 'y' }));
  expect(world.journal.length).toBe(before + 1);
});

test('where the password to be masked was lost, outcomes are told and words are not kept', async () => {
  const world = newTaskWorld();
  const board = world.board(true);
  board.take(RECORDED);
  await board.end(EXIT_4);
  expect(world.log('n1')).toBe('');
  expect(JSON.stringify(world.journal)).not.toContain('bad disk');
  expect(jobStateOf(world.rollout().stages[0]?.[0]?.steps ?? [])).toBe('succeeded');
});
