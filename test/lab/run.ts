import { spawn } from 'node:child_process';

/** What a command on this machine said and how it ended; `code` is 124 when it ran out of time and was killed. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the lab could not do: what happened, where, what to do. */
export class LabError extends Error {
  override readonly name: string = 'LabError';
}

/** Debian packages cannot be had here, by no fault of the project. */
export class NoPackagesError extends LabError {}

/** How a command is run; `withinMs` bounds it, 60 s unless said otherwise. */
export interface RunOptions {
  readonly input?: string;
  readonly withinMs?: number;
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
}

/** Runs a program to its end; never throws for what the program says. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, PATH: searchPath(), LC_ALL: 'C', ...options.env },
    });
    const texts = { stdout: '', stderr: '' };
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
      // A grandchild may hold the pipes open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    }, options.withinMs ?? 60_000);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      texts.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      texts.stderr += chunk;
    });
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: '', stderr: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: isLate ? 124 : (code ?? 137), ...texts });
    });
    child.stdin.end(options.input ?? '');
  });
}

/** Root's programs may be missing in the PATH of a shell that became root. */
export const searchPath = (): string => [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(':');

/** As `run`, but anything but exit code 0 is a `LabError` with the program's last words. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code === 0) return stdout;
  const words = (stderr.trim() || stdout.trim()).split('\n').slice(-4).join('; ');
  throw new LabError(`${argv.slice(0, 6).join(' ')}: ${code === 124 ? 'no end in time' : `exit ${code}`}: ${words}`);
}

/** Resolves after a time; the lab waits for machines, which tell nobody when they are ready. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
