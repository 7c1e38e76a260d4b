import { describe, expect, test } from 'vitest';
import { applyCommand } from '../../src/cli/apply.ts';
import { planCommand } from '../../src/cli/plan.ts';
import { STARTING_VIEWS } from '../../src/config/action-schema.ts';
import { RESERVED_FIELDS } from '../../src/config/action-scope.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { readActions } from '../../src/config/read-actions.ts';
import { views } from '../../views/registry.ts';
import { memoryIo } from './memory-io.ts';

const read = (text: string) => readActions('/a', memoryIo({ '/a/own.yaml': text }));
const wrong = (text: string): string => formatProblems(read(text).problems);

test('every mistake comes at once, at its place, with what was meant', async () => {
  const text = `actions:
  Drop:
    title: Drop caches
    stesp: []
    steps: [{ run: [sync], done: exit-code }]
  drop:
    title: Drop caches
    steps: [{ run: [sync], don: exit-code, risk: breaks }]
`;
  await expect(wrong(text)).toMatchFileSnapshot('../fixtures/custom/unknown-keys.txt');
});

test('what does not fit together is told at its place', async () => {
  const text = `actions:
  Big_Name:
    title: t
    starts: { mounts: { path: target } }
    fields:
      nodes: { help: h }
      yes: { help: h }
      level: { kind: choice, help: h }
      count: { kind: count, min: 2, max: 1, help: h }
      maybe: { help: h, choices: [a] }
      list: { kind: lines, help: h, default: one }
      pin: { kind: secret, help: h, default: "1234" }
    steps:
      - { run: [echo, "{{ levl }}", "x{{ maybe }}", "{{ pin }}", "a{{ list }}", "{{ .Names }}"], done: exit-code }
      - { run: ["{{ level }}"] }
      - { run: echo hi, done: exit-code }
      - { run: "echo '{{ level }}' \\"{{ level }}\\" # {{ level }}", shell: true, done: exit-code }
      - { run: [mkfs.xfs, /dev/sdb], risk: destroys-data, done: exit-code }
      - { path: /etc/x, template: a/b, text: c, done: exit-code, mode: rw }
      - { path: /etc/x, text: c, validate: "check {{ level }}" }
      - { title: nothing, done: with-next }
      - { run: [a], guard: [{ mounted: { target: /a }, unit: { unit: b } }, {}], done: [{ file: { path: /a } }] }
`;
  await expect(wrong(text)).toMatchFileSnapshot('../fixtures/custom/misfits.txt');
});

describe('hostile files', () => {
  test.each([
    ['nothing', ''],
    ['a list', '- a'],
    ['a text', 'hello'],
    ['a bomb', `actions: &a { x: &b { title: *c } }`],
    ['deep', `actions: ${'{a: '.repeat(2000)}`],
    ['prototype', 'actions: { __proto__: { title: t, steps: [{ run: [a], done: exit-code }] } }'],
    [
      'constructor',
      'actions: { constructor: { title: t, fields: { constructor: { help: h } }, steps: [{ run: [a, "{{ toString }}"], done: exit-code }] } }',
    ],
    ['escapes', 'actions: { "\\e[2J": { title: "\\e[2J", steps: [] } }'],
  ])('%s is read or told, and never thrown', (_, text) => {
    const { actions, problems } = read(text);
    expect(actions).toEqual([]);
    expect(formatProblems(problems)).not.toContain('\u001b');
  });

  test('every truncation of a right file is read or told', () => {
    const text = `actions:
  drop:
    title: Drop caches
    fields: { level: { kind: count, min: 1, max: 3, default: 3, help: "which" } }
    steps: [{ run: [sysctl, -w, "vm.drop_caches={{ level }}"], done: exit-code }]
`;
    expect(read(text).actions.map(({ name }) => name)).toEqual(['drop']);
    for (let end = 0; end < text.length; end += 1) expect(() => wrong(text.slice(0, end))).not.toThrow();
  });
});

test('no field can be taken for an option of plan or apply', () => {
  const options = [...Object.keys(planCommand.options), ...Object.keys(applyCommand.options)].map((name) =>
    name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
  expect(options.filter((name) => !RESERVED_FIELDS.includes(name))).toEqual([]);
});

test('every view an action can start from is there', () => {
  const known: readonly string[] = views.map(({ name }) => name);
  expect(STARTING_VIEWS.filter((name) => !known.includes(name))).toEqual([]);
});
