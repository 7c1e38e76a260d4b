import { appendFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { groupWriter, openJournal } from '../../src/journal/journal-file.ts';

const author = { user: 'ada', host: 'desk' };
const fresh = () => join(mkdtempSync(join(tmpdir(), 'muster-journal-')), 'journal.jsonl');

test('records are numbered and timed when they are appended, and read back when the journal is opened again', async () => {
  const path = fresh();
  const journal = await openJournal(path, () => 7);
  await Promise.all([journal.append({ kind: 'resumed', author }).synced, journal.append({ kind: 'ended' }).synced]);
  await journal.close();
  const again = await openJournal(path, () => 9);
  const { record, synced } = again.append({ kind: 'taken-over', author });
  await synced;
  await again.close();
  expect({ records: again.records, record }).toEqual({
    records: [
      { seq: 1, atMs: 7, kind: 'resumed', author },
      { seq: 2, atMs: 7, kind: 'ended' },
    ],
    record: { seq: 3, atMs: 9, kind: 'taken-over', author },
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a last line that a crash cut off at any byte is taken away, and the next record stands on a line of its own', async () => {
  const whole = `${JSON.stringify({ seq: 1, atMs: 1, kind: 'ended' })}\n`;
  const torn = JSON.stringify({ seq: 2, atMs: 2, kind: 'resumed', author });
  for (let cut = 1; cut <= torn.length; cut += 7) {
    const path = fresh();
    writeFileSync(path, whole + torn.slice(0, cut));
    const journal = await openJournal(path, () => 3);
    await journal.append({ kind: 'ended' }).synced;
    await journal.close();
    expect({ cut, text: readFileSync(path, 'utf8'), broken: journal.broken }).toEqual({
      cut,
      text: `${whole}${JSON.stringify({ seq: 2, atMs: 3, kind: 'ended' })}\n`,
      broken: [],
    });
  }
});

test('a line in the middle that is no record is told by its number, and the others are read', async () => {
  const path = fresh();
  const ended = (seq: number) => `${JSON.stringify({ seq, atMs: 1, kind: 'ended' })}\n`;
  writeFileSync(path, `${ended(1)}\0\0\0\n${ended(2)}{"seq":3,"atMs":1,"kind":"planned","plan":{"kind":"change"}}\n`);
  const journal = await openJournal(path, () => 3);
  await journal.close();
  expect({ broken: journal.broken, read: journal.records.map(({ seq }) => seq) }).toEqual({
    broken: [2, 4],
    read: [1, 2],
  });
});

test('lines that come while the disk is busy are synced together, and each waits for its own', async () => {
  let text = '';
  let syncs = 0;
  const writer = groupWriter({
    appendFile: async (more) => {
      text += String(more);
    },
    datasync: async () => {
      syncs += 1;
    },
  });
  await Promise.all(Array.from({ length: 200 }, (_, index) => writer.write(`${index}\n`)));
  expect({ lines: text.split('\n').length - 1, syncs }).toEqual({ lines: 200, syncs: 1 });
});

test('a disk that takes no more is told to whoever waits, and nothing is written after the hole', async () => {
  let writes = 0;
  const writer = groupWriter({
    appendFile: () => {
      writes += 1;
      return Promise.reject(new Error('ENOSPC'));
    },
    datasync: () => Promise.resolve(),
  });
  await expect(writer.write('one\n')).rejects.toThrow('ENOSPC');
  await expect(writer.write('two\n')).rejects.toThrow('ENOSPC');
  expect(writes).toBe(1);
});

test('what another process appends is seen by a reader that follows', async () => {
  const path = fresh();
  const { watchRollout } = await import('../../src/journal/watch-rollout.ts');
  const seen: string[] = [];
  const line = (record: object) => `${JSON.stringify({ atMs: 1, ...record })}\n`;
  const isOver = new Promise<void>((resolve) => {
    const stop = watchRollout(path, ({ rollout }) => {
      seen.push(rollout.phase);
      if (rollout.phase !== 'ended') return;
      stop();
      resolve();
    });
  });
  writeFileSync(path, line({ seq: 1, kind: 'requested', id: '20261122-103015-k3f9', action: 'a', input: {}, author }));
  appendFileSync(path, line({ seq: 2, kind: 'ended' }));
  await isOver;
  expect(seen.at(-1)).toBe('ended');
});
