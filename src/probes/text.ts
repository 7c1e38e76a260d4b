import { ParseError } from '../model/errors.ts';
import { absent } from '../model/probe.ts';

/** Rows a fact keeps at most: real nodes have hundreds; what sends more is broken or hostile. */
export const MAX_ROWS = 10_000;

/** Longest sentence of a node that goes into a message. */
const MAX_WORDS = 300;

/** One part of an answer that holds several outputs: what stands after `== name `, and the lines below it. */
export interface Section {
  readonly name: string;
  readonly rest: string;
  readonly text: string;
  /** 1-based line of the answer at which `text` starts. */
  readonly line: number;
}

const owned = new Map<string, string>();

/** Names kept to be shared: more than the mounts and sources of a large fleet, far less than what a hostile node could invent. */
const OWNED_KEPT = 4_096;
const OWNED_LENGTH = 200;

/**
 * The same text, one string for all nodes. A part of an answer keeps the whole answer in memory for as long as it lives itself, and a
 * thousand nodes mount the same things.
 */
export function ownText(text: string): string {
  const known = owned.get(text);
  if (known !== undefined) return known;
  const own = Buffer.from(text, 'utf8').toString('utf8');
  if (own.length > OWNED_LENGTH) return own;
  if (owned.size >= OWNED_KEPT) owned.clear();
  owned.set(own, own);
  return own;
}

/** Lines that are not empty, without a carriage return a terminal may have added. */
export function nonEmptyLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line !== '');
}

/** Parts of an answer that the fragment parted by lines `== name rest`; what stands before the first is the part named ``. */
export function sections(text: string): readonly Section[] {
  const found: Section[] = [];
  let name = '';
  let rest = '';
  let start = 0;
  let line = 1;
  let startLine = 1;
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    if (text.startsWith('== ', at)) {
      if (name !== '' || at > 0) found.push({ name, rest, text: text.slice(start, at), line: startLine });
      const head = text.slice(at + 3, end);
      const blank = head.indexOf(' ');
      name = blank < 0 ? head : head.slice(0, blank);
      rest = blank < 0 ? '' : head.slice(blank + 1);
      start = end + 1;
      startLine = line + 1;
    }
    at = end + 1;
    line += 1;
  }
  found.push({ name, rest, text: text.slice(start), line: startLine });
  return found.length > MAX_ROWS ? found.slice(0, MAX_ROWS) : found;
}

/** The first part of that name, if the answer has it. */
export const section = (parts: readonly Section[], name: string): Section | undefined =>
  parts.find((part) => part.name === name);

/** The exit code a fragment wrote after a section's name; 0 where it wrote none. */
export function exitCodeOf(part: Section): number {
  const code = wholeNumber(part.rest.split(' ', 1)[0] ?? '');
  return code ?? 0;
}

/** A decimal number of digits only, up to 2^64; undefined for everything else. */
export function wholeNumber(text: string): number | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 2 ** 64 ? value : undefined;
}

/** A decimal number with or without a fraction, never negative, never infinite; undefined for everything else. */
export function decimal(text: string): number | undefined {
  return /^\d{1,20}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined;
}

/** Undoes the `\040` escapes of mountinfo, fstab and exports. */
export const unescapeOctal = (text: string): string => (text.includes('\\') ? decodeOctets(text) : text);

/** Neighbouring escapes may spell one UTF-8 character, so they are gathered as bytes before they are decoded. */
function decodeOctets(text: string): string {
  return text.replace(/(?:\\[0-3][0-7]{2})+/g, (run) => {
    const octets = run
      .split('\\')
      .slice(1)
      .map((octal) => Number.parseInt(octal, 8));
    return Buffer.from(octets).toString('utf8');
  });
}

/** What an answer without text means: the node has no such thing, unless the fragment itself came to grief. */
export function nothing(
  probe: string,
  exitCode: number,
  because: string,
): { readonly kind: 'absent'; readonly because: string } {
  if (exitCode !== 0)
    throw new ParseError(probe, 1, '', `${probe}: the question ended with exit code ${exitCode} and no answer`);
  return absent(because);
}

/** A failure in the node's own words, on one line and bounded, or the given sentence where it said nothing. */
export function failedInWords(probe: string, words: string, otherwise: string): ParseError {
  const said = words.replace(/\s+/g, ' ').trim().slice(0, MAX_WORDS);
  return new ParseError(probe, 1, words, said === '' ? otherwise : said);
}

/** Members of `record` that have a value: optional members stay absent instead of undefined. */
export function present<T extends object>(record: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  if (isWhole(record)) return record;
  const kept: Partial<T> = {};
  for (const key in record) {
    const value = record[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

function isWhole<T extends object>(record: { readonly [K in keyof T]: T[K] | undefined }): record is T {
  for (const key in record) if (record[key] === undefined) return false;
  return true;
}

/** Docker, containerd, CRI-O and Podman put 64 hex digits into the path; without them a pod id still tells whose it is. */
export function containerOf(cgroup: string): string | undefined {
  const container = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:$|[/\s])/m.exec(cgroup)?.[1];
  if (container !== undefined) return container.slice(0, 12);
  return podUidOf(cgroup);
}

/** The uid of the Kubernetes pod a cgroup file names: systemd's slices write `_` for each `-` of it. */
export const podUidOf = (cgroup: string): string | undefined =>
  /[/-]pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})/.exec(cgroup)?.[1]?.replaceAll('_', '-');
