// npm run test:lab [-- FILTER]: brings a lab up, runs test/lab/**/*.lab.test.ts on it, takes it down.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Lab, upLab, whyNoLab } from './lab.ts';
import { projectRoot } from './places.ts';
import { LabError } from './run.ts';

const say = (line: string): void => {
  process.stdout.write(`lab: ${line}\n`);
};

function vitest(lab: Lab): Promise<number> {
  const program = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [program, 'run', '--config', join(projectRoot, 'test/lab/vitest.config.ts'), ...process.argv.slice(2)];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: 'inherit',
      cwd: projectRoot,
      env: { ...process.env, MUSTER_LAB: lab.name },
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.on('close', (code) => resolve(code ?? 130));
  });
}

const because = await whyNoLab(say);
if (because !== undefined) say(`no lab test was run: ${because}`);
else {
  try {
    const lab = await upLab({ name: `test-${process.pid}`, ownerEnds: true, hours: 1, say });
    try {
      process.exitCode = await vitest(lab);
    } finally {
      await lab.down();
      say('down');
    }
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab: ${error.message}\n`);
    process.exitCode = 1;
  }
}
