// Makes the pictures of docs/ from a real run: the built program on a pseudo-terminal, on the demo fleet. `node test/picture/make.ts`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Console, projectRoot, start } from '../e2e/driver.ts';
import { svgOf } from './svg.ts';

const SIZE = { columns: 120, rows: 36 } as const;

/** The slowest thing waited for is a card that must be throttled for a while before it counts. */
const PATIENCE_MS = 60_000;

const ESCAPE = '\u001b';
const ENTER = '\r';

interface Picture {
  readonly file: string;
  readonly title: string;
  /** Keys to the wanted place; resolves once everything on it has come. */
  readonly go: (console: Console) => Promise<unknown>;
}

const PICTURES: readonly Picture[] = [
  {
    file: 'overview.svg',
    title: 'The overview of the demo fleet: links, GPUs and storage, what is wrong, and one cell for each node and GPU',
    go: async (console) => {
      console.press('2');
      await console.see(/gpu11 .*● up/);
      console.press('/', 'gpu11', ENTER, 'F');
      await console.see('node-lost');
      console.press(ENTER);
      await console.see(/gpu11 .*✗ lost/);
      console.press(ESCAPE);
      await console.see('gpu10');
      console.press('1');
      await console.see(
        (screen) => screen.includes('Overview') && /3 critical {2}4 warning[\s\S]*i findings/.test(screen),
        PATIENCE_MS,
      );
    },
  },
  {
    file: 'mounts.svg',
    title: 'The mounts of all nodes: one hangs and is described at the side; the others answer',
    go: async (console) => {
      console.press('3', '/', 'node~^gpu0[3-8]', ENTER);
      await console.see((screen) => screen.includes('/node~^gpu0[3-8]') && / gpu04 .*hung/.test(screen));
      for (let row = 0; row < 20 && !/>gpu04 .*hung/.test(console.screen().join('\n')); row++) {
        const before = cursorLine(console);
        console.press('j');
        await console.see(() => cursorLine(console) !== before);
      }
      console.press('d');
      // The frame is written from above: what stands low comes last.
      await console.see(/Wished state[\s\S]*more lines/);
    },
  },
  {
    file: 'gpus.svg',
    title: 'The GPUs of all nodes with their load, memory, temperature and power',
    go: async (console) => {
      console.press('d', '7');
      await console.see(
        /gpu01 +7 .*W[\s\S]*Enter processes .*disks {2}p processes {2}: go to {2}\/ filter {2}! faults {2}d describe\s*$/,
      );
    },
  },
  {
    file: 'plan.svg',
    title:
      'A plan: what is unmounted where, by which command, whom it interrupts, and which nodes are left out and why',
    go: async (console) => {
      console.press(ESCAPE, 'd', '3', '/', 'target=/data node~^(cpu|gpu)', ENTER, 'M', 'a');
      await console.see('Unmounts every layer');
      console.press('unm');
      await console.see((screen) => !screen.includes('provision-disk'));
      console.press(ENTER);
      await console.see('Mount point');
      console.press(ENTER);
      await console.see('Nothing has been changed yet', PATIENCE_MS);
    },
  },
  {
    file: 'rollout.svg',
    title: 'A rollout on its board: nodes by steps, one node first, then several at once; what failed stands on top',
    go: async (console) => {
      console.press('W');
      await console.see('Canary');
      console.press('\t', '\u0015', '3', '\t', '\u0015', '9', ENTER);
      await console.see((screen) => !screen.includes('Canary'));
      console.press('X');
      const question = await console.see(/type {2}interrupt .* {2}and Enter/);
      const [, phrase = ''] = /type {2}(interrupt .*?) {2}and Enter/.exec(question) ?? [];
      // No key is heard in the first 300 ms.
      await setTimeout(400);
      console.press(phrase);
      await console.see((screen) => screen.includes(`> ${phrase}`), PATIENCE_MS);
      console.press(ENTER);
      await console.see(/[2-9] done.*running/, PATIENCE_MS);
    },
  },
];

const cursorLine = (console: Console): number => console.screen().findIndex((line) => line.startsWith(' >'));

const console = start({
  ...SIZE,
  args: ['--demo', '--fault', 'hung-mount@gpu04,gpu-lost@gpu07'],
  env: { COLORTERM: 'truecolor' },
});
try {
  await console.see((screen) => screen.includes('hangs on gpu04') && screen.includes('GPU is lost'), PATIENCE_MS);
  for (const { file, title, go } of PICTURES) {
    await go(console);
    const svg = svgOf(console.buffer(), SIZE, title);
    writeFileSync(join(projectRoot, 'docs', file), svg);
    process.stdout.write(`docs/${file}: ${Math.ceil(Buffer.byteLength(svg) / 1024)} KiB\n`);
  }
  console.press('q');
  await console.exited;
} finally {
  await console.close();
}
