import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Beside a log: `gpu01.log.end`, with the newest output of a step whose middle is only counted, until the step ends and it stands in the log. */
const newestOf = (log: string): string => `${log}.end`;

/** Puts it in the place of the one before; readers never see half of it. A full disk takes none. */
export function writeNewest(log: string, text: string | Buffer): void {
  const path = newestOf(log);
  try {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    rmSync(`${path}.new`, { force: true });
  }
}

/** What it says is in the log now, or nowhere. */
export const removeNewest = (log: string): void => rmSync(newestOf(log), { force: true });

/** Undefined where there is none. */
export function readNewest(log: string): string | undefined {
  try {
    return readFileSync(newestOf(log), 'utf8');
  } catch {
    return undefined;
  }
}
