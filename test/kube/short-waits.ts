// Programs for the front of a PATH that make a script's waiting short. What a test waits for happens a turn later, not seconds.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Fills a folder with a `sleep` that is over at once, however long it was to be; returns the PATH that begins with it. */
export function shortWaits(folder: string): string {
  program(folder, 'sleep', 'exec /bin/sleep 0.1');
  return `${folder}:${process.env['PATH']}`;
}

/** From now on so many seconds pass at every look at the clock of scripts with this PATH. */
export function hurry(folder: string, seconds: number): void {
  const now = join(folder, 'now');
  const read = `[ -e '${now}' ] && read -r now <'${now}' || now=1700000000`;
  program(folder, 'date', `${read}\necho $((now + ${seconds})) >'${now}'\ncat '${now}'`);
}

function program(folder: string, name: string, script: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
