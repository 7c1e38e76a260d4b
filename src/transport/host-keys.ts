import { createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Hop } from '../model/endpoint.ts';
import { type HostKey, type KnownHostsLine, knownHostsName, parseKnownHosts } from './known-hosts.ts';

/** The known_hosts files as last read, and the keys accepted in this run where no file may keep them. */
export interface HostKeyFiles {
  readonly read: Map<string, ReadFile>;
  readonly remembered: KnownHostsLine[];
}

interface ReadFile {
  readonly stamp: string;
  readonly lines: readonly KnownHostsLine[];
  /** Number of the line a next one would be. */
  readonly nextLine: number;
}

/** Host keys of no file yet. */
export function createHostKeyFiles(): HostKeyFiles {
  return { read: new Map(), remembered: [] };
}

/** All lines of a hop's files, read again only when a file changed. A file that cannot be read counts as empty, as in ssh(1). */
export function linesFor(files: HostKeyFiles, hop: Hop): readonly KnownHostsLine[] {
  return [...hop.knownHostsFiles.flatMap((file) => linesOf(files, file)), ...files.remembered];
}

function linesOf(files: HostKeyFiles, file: string): readonly KnownHostsLine[] {
  if (file === '/dev/null') return [];
  try {
    const { mtimeMs, size, ino } = statSync(file);
    const stamp = stampOf({ mtimeMs, size, ino });
    const before = files.read.get(file);
    if (before?.stamp === stamp) return before.lines;
    const text = readFileSync(file, 'utf8');
    const lines = parseKnownHosts(file, text);
    files.read.set(file, {
      stamp,
      lines,
      nextLine: text.split('\n').length + (text === '' || text.endsWith('\n') ? 0 : 1),
    });
    return lines;
  } catch {
    return [];
  }
}

/** The names a hop's key is filed under, best first. An alias stands alone; an address carries its port. */
export function namesOf(hop: Hop): readonly string[] {
  if (hop.hostKeyName !== hop.address) return [hop.hostKeyName.toLowerCase()];
  const name = knownHostsName(hop.address, hop.port);
  return hop.port === 22 ? [name] : [name, hop.address.toLowerCase()];
}

/**
 * Files an accepted key: one appended line in the first known_hosts file, which is made if need be (0600 in a folder 0700); other lines are
 * never touched. With `/dev/null` or no file it is remembered for this run only. Throws what the file system says.
 */
export function rememberHostKey(files: HostKeyFiles, hop: Hop, presented: HostKey): void {
  const [file] = hop.knownHostsFiles;
  const name = namesOf(hop)[0] ?? hop.address;
  if (file === undefined || file === '/dev/null') {
    files.remembered.push({
      where: 'accepted in this run',
      marker: 'key',
      patterns: [name],
      isPlain: true,
      ...presented,
    });
    return;
  }
  const before = linesOf(files, file);
  const { nextLine = 1 } = files.read.get(file) ?? {};
  const isHashed = before.some((line) => line.hashed !== undefined);
  const sizeBefore = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const line = `${isHashed ? hashName(name) : name} ${presented.keyType} ${presented.key}`;
  const written = appendLine(file, line);
  const after = statSync(file);
  // A fleet's first visit files a thousand keys: the file is read anew only if somebody else wrote to it as well.
  if (after.size !== sizeBefore + written) files.read.delete(file);
  else
    files.read.set(file, {
      stamp: stampOf(after),
      lines: [...before, ...parseKnownHosts(file, line, nextLine)],
      nextLine: nextLine + 1,
    });
}

function stampOf({ mtimeMs, size, ino }: Pick<Stats, 'mtimeMs' | 'size' | 'ino'>): string {
  return `${mtimeMs}:${size}:${ino}`;
}

/** A file whose names are hashed stays so: a plain line would tell what the others hide. */
function hashName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** One write to a file opened for appending, so that two writers never mix their lines. Returns how many bytes it wrote. */
function appendLine(file: string, line: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const descriptor = openSync(file, 'a+', 0o600);
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    const endsOpen = size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    return writeSync(descriptor, `${endsOpen ? '\n' : ''}${line}\n`);
  } finally {
    closeSync(descriptor);
  }
}
