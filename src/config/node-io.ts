import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigIo, FileContent, PathKind, RunOutcome } from './io.ts';

/** An inventory of 10,000 nodes has about 2 MiB; what is larger is no inventory. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** What a dynamic inventory may print. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The disk of this machine. */
export const nodeIo = {
  readFile,
  readDir(path) {
    try {
      return readdirSync(path).sort();
    } catch {
      return [];
    }
  },
  stat,
  run,
  writeFile(path, text) {
    const beside = `${path}.${process.pid}.new`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(beside, text, { mode: 0o600 });
      chmodSync(beside, 0o644);
      renameSync(beside, path);
      return undefined;
    } catch (error) {
      removeQuietly(beside);
      return reason(error);
    }
  },
} satisfies ConfigIo;

function readFile(path: string): FileContent {
  const kind = stat(path);
  if (kind.kind !== 'file') return kind;
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES)
      return { kind: 'unreadable', because: `${Math.round(size / 1024 / 1024)} MiB is too large` };
    const bytes = readFileSync(path);
    if (bytes.includes(0)) return { kind: 'binary' };
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return error instanceof TypeError ? { kind: 'binary' } : { kind: 'unreadable', because: reason(error) };
  }
}

function stat(path: string): PathKind {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return { kind: 'folder' };
    if (found.isFile()) return { kind: 'file', isExecutable: (found.mode & 0o111) !== 0 };
    return { kind: 'unreadable', because: 'neither a file nor a folder' };
  } catch (error) {
    return isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')
      ? { kind: 'missing' }
      : { kind: 'unreadable', because: reason(error) };
  }
}

async function run(file: string, args: readonly string[], timeoutMs: number, input?: string): Promise<RunOutcome> {
  // Loaded only for the few who have an executable inventory: it would delay every start.
  const { execa } = await import('execa');
  // A group of its own: what the script started holds its output open, so it has to end with it.
  const child = execa(file, [...args], {
    detached: true,
    maxBuffer: MAX_OUTPUT_BYTES,
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  const end = (): void => endGroup(child.pid);
  process.once('exit', end);
  const deadline = new AbortController();
  const late = delay(timeoutMs, 'late' as const, { signal: deadline.signal }).catch(() => 'ended' as const);
  const result = await Promise.race([child, late]);
  deadline.abort();
  process.off('exit', end);
  if (result === 'late' || result === 'ended') {
    end();
    child.stdout.destroy();
    child.stderr.destroy();
    return { kind: 'failed', because: `it did not end within ${timeoutMs / 1000} s and was stopped` };
  }
  if (!result.failed) return { kind: 'ok', stdout: result.stdout };
  const words = result.stderr?.trim().split('\n').at(-1) ?? '';
  if (result.exitCode !== undefined)
    return { kind: 'failed', because: `it exited ${result.exitCode}${words === '' ? '' : `: ${words.slice(0, 300)}`}` };
  end();
  return { kind: 'failed', because: (result.shortMessage ?? 'it could not be started').slice(0, 300) };
}

/** Ends a process and all it started; one that is gone already is no error. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** What was half written is of no use; that it cannot be removed either adds nothing to the first reason. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The first reason is told.
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** The system's words without the path, which the message names already. */
const reason = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/, \w+ '.*$/s, '') : String(error);
