import { expect, test } from 'vitest';
import { sharedPasswords } from '../../src/runner/passwords.ts';

test("sudo's password is asked once for all nodes of a user, and a wrong one once more", async () => {
  const asked: string[] = [];
  const passwords = sharedPasswords(
    async (prompt) => {
      asked.push(prompt);
      return `answer ${asked.length}`;
    },
    () => 0,
  );
  const give = (user: string, ...nodes: readonly string[]) =>
    Promise.all(nodes.map((node) => passwords(user, node, 'sudo: a password is required')));
  expect(await give('ops', 'n1', 'n2', 'n3')).toEqual(['answer 1', 'answer 1', 'answer 1']);
  expect(await give('ops', 'n2', 'n1', 'n4')).toEqual(['answer 2', 'answer 2', 'answer 2']);
  // One whose password is another: the answers before, then a question.
  expect(await give('ops', 'n4')).toEqual(['answer 1']);
  expect(await give('ops', 'n4')).toEqual(['answer 3']);
  expect(await give('other', 'n5')).toEqual(['answer 4']);
  expect(asked).toEqual([
    "n1: sudo: a password is required. sudo's password of ops, also for the other nodes",
    "n2: the password was not accepted. sudo's password of ops, also for the other nodes",
    "n4: the password was not accepted. sudo's password of ops, also for the other nodes",
    "n5: sudo: a password is required. sudo's password of other, also for the other nodes",
  ]);
});

test('who declines is asked no more for half a minute, and then again', async () => {
  let nowMs = 0;
  let count = 0;
  const passwords = sharedPasswords(
    async () => {
      count += 1;
      return undefined;
    },
    () => nowMs,
  );
  for (const node of ['n1', 'n2', 'n1']) expect(await passwords('ops', node, 'no')).toBe(undefined);
  expect(count).toBe(1);
  nowMs = 31_000;
  await passwords('ops', 'n1', 'no');
  expect(count).toBe(2);
});
