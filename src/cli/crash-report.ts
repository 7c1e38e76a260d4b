import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir, release } from 'node:os';
import { join } from 'node:path';

/**
 * Writes what is known of a fault to `$XDG_STATE_HOME/muster/crash-TIME.txt` and returns the path, or the reason it could not be written.
 * Holds versions and the stack, nothing of the inventory and nothing a node sent.
 */
export function writeCrashReport(error: unknown): string {
  const folder = join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'muster');
  const now = new Date();
  const file = join(folder, `crash-${now.toISOString().replace(/[:.]/g, '-')}.txt`);
  const report = [
    `muster crashed at ${now.toISOString()}`,
    `node ${process.version} on ${process.platform} ${process.arch} ${release()}, TERM=${process.env['TERM'] ?? ''}, memory ${process.memoryUsage().rss} B`,
    '',
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    '',
  ].join('\n');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, report, { mode: 0o600 });
    return file;
  } catch (reason) {
    return `not written (${reason instanceof Error ? reason.message : String(reason)})`;
  }
}
