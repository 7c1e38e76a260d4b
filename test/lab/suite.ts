// npm run test:lab [-- [--all] [--labs=N] FILTER…]: brings labs up, runs test/lab/**/*.lab.test.ts on them, takes them down; files that
// failed run once more on a lab made anew.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Lab, upLab, whyNoLab } from './lab.ts';
import { projectRoot } from './places.ts';
import { type FileRun, fileRuns, secondRunLines, worthASecondRun } from './report.ts';
import { LabError, NoPackagesError } from './run.ts';
import { whyNoNode } from './trial.ts';

const say = (line: string): void => {
  process.stdout.write(`lab: ${line}\n`);
};

/** A single file wants one lab alone; of several each takes the next lab that is free. */
const labsAsked = process.argv.find((word) => word.startsWith('--labs='))?.slice('--labs='.length);

/** Several times what all files together take on two quiet cores: what is not over by then hangs. */
const LONGEST_MS = 60 * 60_000;

const words = process.argv.slice(2).filter((word) => word !== '--all' && !word.startsWith('--labs='));
const isAll = process.argv.includes('--all');
const firstOption = words.findIndex((word) => word.startsWith('-'));
/** Words that name files; options of vitest follow them. */
const filters = firstOption < 0 ? words : words.slice(0, firstOption);

/** So much memory sixteen nodes, four consoles and the tests want. */
const FOUR_LABS_BYTES = 5 * 2 ** 30;
/**
 * Tests wait for nodes and for deadlines, so four files at once, each on a lab of its own, keep two processors at work for 77 % of the time; a fifth
 * lab costs more for its boot and its nodes than it saves.
 */
const MOST_LABS = process.availableMemory() < FOUR_LABS_BYTES ? 2 : 4;
const LABS = Number(labsAsked ?? Math.min(MOST_LABS, filters.length === 0 ? MOST_LABS : filters.length));

let isInterrupted = false;

/** Milliseconds all processors together have worked, and have had, since the machine started. */
function processorTimes(): readonly [worked: number, had: number] {
  const times = cpus().map((cpu) => cpu.times);
  const had = times.reduce((sum, { user, nice, sys, irq, idle }) => sum + user + nice + sys + irq + idle, 0);
  return [had - times.reduce((sum, { idle }) => sum + idle, 0), had];
}

/** What a run of vitest came to. */
interface SuiteRun {
  readonly code: number;
  readonly files: readonly FileRun[];
}

async function vitest(labs: readonly Lab[], words: readonly string[]): Promise<SuiteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-lab-report-'));
  const report = join(folder, 'report.json');
  const program = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(projectRoot, 'test/lab/vitest.config.ts');
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const args = [program, 'run', '--config', config, ...reporters, ...words];
  const env = {
    ...process.env,
    MUSTER_LAB: labs.map(({ name }) => name).join(),
    ...(isAll ? { MUSTER_LAB_ALL: 'yes' } : {}),
  };
  const code = await new Promise<number>((resolve) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit', cwd: projectRoot, env });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        isInterrupted = true;
        child.kill(signal);
      });
    }
    const late = setTimeout(() => {
      say(`not over after ${LONGEST_MS / 60_000} min; ending it`);
      isInterrupted = true;
      child.kill('SIGTERM');
    }, LONGEST_MS);
    child.on('close', (code) => {
      clearTimeout(late);
      resolve(code ?? 130);
    });
  });
  const files = fileRuns(existsSync(report) ? readFileSync(report, 'utf8') : '');
  rmSync(folder, { recursive: true, force: true });
  return { code, files };
}

/** Brings labs up, runs the files on them and takes them down. */
async function runOn(count: number, title: string, words: readonly string[]): Promise<SuiteRun> {
  const [workedBefore, hadBefore] = processorTimes();
  const startedMs = Date.now();
  const labs = await upAll(count, title);
  try {
    return await vitest(labs, words);
  } finally {
    await Promise.all(labs.map((lab) => lab.down()));
    const [worked, had] = processorTimes();
    const busy = Math.round((100 * (worked - workedBefore)) / Math.max(1, had - hadBefore));
    say(
      `down after ${((Date.now() - startedMs) / 60_000).toFixed(1)} min; the processors worked ${busy} % of the time`,
    );
  }
}

/** The suite, and what failed in it once more: a file that needed that is counted and named. */
async function suite(): Promise<number> {
  const first = await runOn(LABS, 'test', words);
  const times = first.files.map(({ file, seconds }) => `${basename(file, '.lab.test.ts')} ${seconds}`);
  if (times.length > 1) say(`seconds by file: ${times.join(', ')}`);
  const again = first.code === 0 || isInterrupted ? [] : worthASecondRun(first.files);
  if (again.length === 0) return first.code;
  say(`once more, on nodes made anew: ${again.map(({ file }) => basename(file)).join(', ')}`);
  const second = await runOn(1, 'again', [...again.map(({ file }) => file), ...words.slice(filters.length)]);
  for (const line of secondRunLines(again, second.files)) say(line);
  say(`${again.length} of ${first.files.length} files needed a second run`);
  return second.code;
}

/** All labs or, where one cannot be had, none. */
async function upAll(count: number, title: string): Promise<readonly Lab[]> {
  const names = Array.from({ length: count }, (_, at) => `${title}-${process.pid}-${at + 1}`);
  const ups = await Promise.allSettled(names.map((name) => upLab({ name, ownerEnds: true, hours: 2, say })));
  const labs = ups.flatMap((up) => (up.status === 'fulfilled' ? [up.value] : []));
  for (const up of ups) {
    if (up.status === 'fulfilled') continue;
    await Promise.all(labs.map((lab) => lab.down()));
    throw up.reason;
  }
  return labs;
}

if (![1, 2, 3, 4, 5].includes(LABS)) {
  process.stderr.write('lab: --labs takes 1 to 5\n');
  process.exit(2);
}
const because = (await whyNoLab(say)) ?? (await whyNoNode());
if (because !== undefined) say(`no lab test was run: ${because}`);
else {
  try {
    process.exitCode = await suite();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const isMachine = error instanceof NoPackagesError;
    process.stderr.write(`lab: ${isMachine ? 'no lab test was run: ' : ''}${error.message}\n`);
    process.exitCode = isMachine ? 0 : 1;
  }
}
