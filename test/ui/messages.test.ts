import { expect, test } from 'vitest';
import { typedConsole } from './console.ts';
import { fakeRows, fakeView } from './fake-fleet.ts';

const LONG = `the inventory names gpu07 twice, at lab.yaml:12 and at lab.yaml:88; the second one counts, ${'and so on, '.repeat(6)}until it is mended`;
const views = [fakeView(() => fakeRows(40))];

test('a long notice stands whole in front of the last rows until a key is pressed', async () => {
  const { terminal, type } = await typedConsole(views, { notices: [LONG.slice(0, 150)] });
  expect(terminal.lines().slice(20, 24)).toMatchInlineSnapshot(`
    [
      "  n018                    9.0         well",
      "the inventory names gpu07 twice, at lab.yaml:12 and at lab.yaml:88; the second",
      "one counts, and so on, and so on, and so on, and so on, and so on, and",
      "? help  x export  Enter mounts  : go to  / filter  ! faults  d describe  a act",
    ]
  `);
  await type('j');
  expect(terminal.lines()[21]).toMatch(/^ {2}n0/);
});

test('a notice too long for three lines and the notices behind it are read whole with the key shown beside it', async () => {
  const { terminal, type, text } = await typedConsole(views, {
    notices: [`${LONG}. ${LONG}`, 'the theme pink is not known'],
  });
  expect(terminal.lines().slice(19, 24)).toMatchInlineSnapshot(`
    [
      "  n017                    2.0         well",
      "the inventory names gpu07 twice, at lab.yaml:12 and at lab.yaml:88; the second",
      "one counts, and so on, and so on, and so on, and so on, and so on, and so on,",
      "until it is mended. the inventory names gpu07 twice, at … N shows it all",
      "? help  x export  Enter mounts  : go to  / filter  ! faults  d describe  a act",
    ]
  `);
  await type('N');
  const shown = text()
    .replace(/[│•]|\s+/g, ' ')
    .replace(/ +/g, ' ');
  expect(shown).toContain(`${LONG}. ${LONG}`);
  expect(shown).toContain('the theme pink is not known');
  await type('\x1b[B');
  await type('q');
  expect(terminal.lines()[2]).toMatch(/NODE/);
});

test('a status of several lines gives way in the smallest terminal, too, and the first frame shows it as Ink does', async () => {
  const size = { columns: 60, rows: 15, size: { width: 60, height: 15 }, notices: [LONG] };
  const [plain, inked] = [await typedConsole(views, { ...size, isPlain: true }), await typedConsole(views, size)];
  expect(plain.terminal.lines()).toEqual(inked.terminal.lines());
  expect(plain.terminal.lines().slice(11, 14).join(' ')).toContain('N shows it all');
});
