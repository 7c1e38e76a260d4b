import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'muster-demo-';
const OWNER = 'owner';

/**
 * Makes a folder for a demo that only this user can enter, and removes those that demos left which were killed before they could. Whose a folder is stands in
 * it: a process by number and start, the boot, the pid namespace and the machine; one that cannot be told to be gone stays.
 */
export function makeDemoFolder(parent = tmpdir()): string {
  sweep(parent);
  // Mode 0700, as mkdtemp(3) makes it.
  const folder = mkdtempSync(join(parent, PREFIX));
  writeFileSync(join(folder, OWNER), markOf(process.pid), { mode: 0o600 });
  return folder;
}

function sweep(parent: string): void {
  for (const name of namesIn(parent)) {
    const folder = join(parent, name);
    if (!isOurs(folder) || !isGone(textOf(join(folder, OWNER)))) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody else clears it away just now.
    }
  }
}

function namesIn(parent: string): readonly string[] {
  try {
    return readdirSync(parent).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}

/** A link, or what another user put there under such a name, is left alone. */
function isOurs(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.();
  } catch {
    return false;
  }
}

/** `HOST BOOT PIDSPACE PID START`. */
function markOf(pid: number): string {
  return [hostname(), bootId(), pidSpace(), pid, startOf(pid)].join(' ');
}

function isGone(mark: string): boolean {
  const [host, boot, space, pid = ''] = mark.split(' ');
  if (!/^\d+$/.test(pid) || host !== hostname() || boot === '' || bootId() === '') return false;
  if (boot !== bootId()) return true;
  return space !== '' && space === pidSpace() && markOf(Number(pid)) !== mark;
}

const bootId = (): string => textOf('/proc/sys/kernel/random/boot_id').trim();

/** Field 22 of proc_pid_stat(5), behind a name that may hold anything; empty for a process that is gone. */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
