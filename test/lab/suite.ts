// npm run test:lab [-- [--all] [--labs=N] FILTER]: brings two labs up, runs test/lab/**/*.lab.test.ts on them, takes them down.
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Lab, upLab, whyNoLab } from './lab.ts';
import { projectRoot } from './places.ts';
import { LabError, NoPackagesError } from './run.ts';
import { whyNoNode } from './trial.ts';

const say = (line: string): void => {
  process.stdout.write(`lab: ${line}\n`);
};

/** Most of the time the tests wait for a node or a deadline, so two files at once, each with a lab of its own, take half as long. */
const LABS = Number(process.argv.find((word) => word.startsWith('--labs='))?.slice('--labs='.length) ?? 2);

/** Several times what all files together take on two quiet cores: what is not over by then hangs. */
const LONGEST_MS = 60 * 60_000;

const words = process.argv.slice(2).filter((word) => word !== '--all' && !word.startsWith('--labs='));
const isAll = process.argv.includes('--all');

/** Milliseconds all processors together have worked, and have had, since the machine started. */
function processorTimes(): readonly [worked: number, had: number] {
  const times = cpus().map((cpu) => cpu.times);
  const had = times.reduce((sum, { user, nice, sys, irq, idle }) => sum + user + nice + sys + irq + idle, 0);
  return [had - times.reduce((sum, { idle }) => sum + idle, 0), had];
}

function vitest(labs: readonly Lab[]): Promise<number> {
  const program = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    program,
    'run',
    '--config',
    join(projectRoot, 'test/lab/vitest.config.ts'),
    '--reporter=verbose',
    ...words,
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: 'inherit',
      cwd: projectRoot,
      env: {
        ...process.env,
        MUSTER_LAB: labs.map(({ name }) => name).join(),
        ...(isAll ? { MUSTER_LAB_ALL: 'yes' } : {}),
      },
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    const late = setTimeout(() => {
      say(`not over after ${LONGEST_MS / 60_000} min; ending it`);
      child.kill('SIGTERM');
    }, LONGEST_MS);
    child.on('close', (code) => {
      clearTimeout(late);
      resolve(code ?? 130);
    });
  });
}

/** All labs or, where one cannot be had, none. */
async function upAll(): Promise<readonly Lab[]> {
  const names = Array.from({ length: words.length === 1 ? 1 : LABS }, (_, at) => `test-${process.pid}-${at + 1}`);
  const ups = await Promise.allSettled(names.map((name) => upLab({ name, ownerEnds: true, hours: 2, say })));
  const labs = ups.flatMap((up) => (up.status === 'fulfilled' ? [up.value] : []));
  for (const up of ups) {
    if (up.status === 'fulfilled') continue;
    await Promise.all(labs.map((lab) => lab.down()));
    throw up.reason;
  }
  return labs;
}

if (![1, 2, 3, 4].includes(LABS)) {
  process.stderr.write('lab: --labs takes 1 to 4\n');
  process.exit(2);
}
const because = (await whyNoLab(say)) ?? (await whyNoNode());
if (because !== undefined) say(`no lab test was run: ${because}`);
else {
  try {
    const [workedBefore, hadBefore] = processorTimes();
    const startedMs = Date.now();
    const labs = await upAll();
    try {
      process.exitCode = await vitest(labs);
    } finally {
      await Promise.all(labs.map((lab) => lab.down()));
      const [worked, had] = processorTimes();
      const busy = Math.round((100 * (worked - workedBefore)) / Math.max(1, had - hadBefore));
      say(
        `down after ${((Date.now() - startedMs) / 60_000).toFixed(1)} min; the processors worked ${busy} % of the time`,
      );
    }
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const isMachine = error instanceof NoPackagesError;
    process.stderr.write(`lab: ${isMachine ? 'no lab test was run: ' : ''}${error.message}\n`);
    process.exitCode = isMachine ? 0 : 1;
  }
}
