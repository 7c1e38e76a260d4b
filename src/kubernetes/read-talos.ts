import { ParseError } from '../model/errors.ts';
import { at, elements, type Json, text, words } from '../model/json.ts';
import { kernelEventOf } from '../model/kernel-line.ts';
import type { TalosDisk, TalosEvent, TalosExtension, TalosFacts, TalosMount, TalosService } from '../model/talos.ts';

/** Of one kind; a machine has some twenty services and as many loop devices. */
const MOST = 256;
/** Events kept, newest last. */
const EVENTS_KEPT = 50;
/** Characters of a line that are read. */
const MOST_CHARACTERS = 1_100;
const BYTES_PER_GB = 1_000_000_000;

/** One question to a machine of Talos: what `talosctl` is called with, and how its answer is read. */
export interface TalosQuestion {
  /** In the words of a sentence: "may not read its services". */
  readonly wanted: string;
  readonly argv: readonly string[];
  /** Throws a `ParseError` for what is none of talosctl's answers. */
  readonly read: (lines: readonly string[]) => Partial<TalosFacts>;
}

/**
 * What a machine is asked, in this order. Resources are asked for as JSON, which talosctl prints indented, one object after another; mounts and
 * the kernel's log have only texts. Source: siderolabs/talos, `cmd/talosctl/cmd/talos`.
 */
export const talosQuestions: readonly TalosQuestion[] = [
  { wanted: 'the machine status', argv: ['get', 'machinestatus', '-o', 'json'], read: readStatus },
  {
    wanted: 'the services',
    argv: ['get', 'services', '-o', 'json'],
    read: (lines) => ({ services: objectsIn(lines, 'services').flatMap(serviceOf) }),
  },
  {
    wanted: 'the extensions',
    argv: ['get', 'extensions', '-o', 'json'],
    read: (lines) => ({ extensions: objectsIn(lines, 'extensions').flatMap(extensionOf) }),
  },
  {
    wanted: 'the disks',
    argv: ['get', 'disks', '-o', 'json'],
    read: (lines) => ({ disks: objectsIn(lines, 'disks').flatMap(diskOf) }),
  },
  { wanted: 'the mounts', argv: ['mounts'], read: (lines) => ({ mounts: mountsIn(lines) }) },
  { wanted: 'the kernel log', argv: ['dmesg'], read: (lines) => ({ events: eventsIn(lines) }) },
];

/** The objects of an answer: each begins with a line `{` and ends with a line `}`. */
function objectsIn(lines: readonly string[], name: string): readonly Json[] {
  const objects: Json[] = [];
  let from: number | undefined;
  lines.forEach((line, index) => {
    const isEnd = line === '}';
    if (from === undefined && line === '{') from = index;
    else if (from === undefined && line.trim() !== '') throw new ParseError(`talosctl get ${name}`, index + 1, line);
    else if (from !== undefined && isEnd) {
      objects.push(parsed(lines.slice(from, index + 1), name, from + 1));
      from = undefined;
    }
  });
  if (from !== undefined) throw new ParseError(`talosctl get ${name}`, lines.length, lines.at(-1) ?? '');
  return objects.slice(0, MOST);
}

function parsed(lines: readonly string[], name: string, number: number): Json {
  try {
    return JSON.parse(lines.join('\n'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ParseError(`talosctl get ${name}`, number, lines[1] ?? '');
  }
}

function readStatus(lines: readonly string[]): Partial<TalosFacts> {
  const [status] = objectsIn(lines, 'machinestatus');
  const stage = words(at(status, 'spec', 'stage'), 40);
  const isReady = at(status, 'spec', 'status', 'ready');
  return {
    ...(stage === undefined ? {} : { stage }),
    ...(typeof isReady === 'boolean' ? { isReady } : {}),
    unmet: elements(at(status, 'spec', 'status', 'unmetConditions'))
      .slice(0, MOST)
      .map((condition) => ({ name: text(at(condition, 'name')), reason: text(at(condition, 'reason')) })),
  };
}

function serviceOf(object: Json): readonly TalosService[] {
  const name = text(at(object, 'metadata', 'id'));
  if (name === '') return [];
  const health =
    at(object, 'spec', 'unknown') === true
      ? 'unknown'
      : at(object, 'spec', 'healthy') === true
        ? 'healthy'
        : 'unhealthy';
  return [{ name, isRunning: at(object, 'spec', 'running') === true, health }];
}

/** `schematic` and `modules.dep` are entries of Talos itself and no extensions. */
function extensionOf(object: Json): readonly TalosExtension[] {
  const name = text(at(object, 'spec', 'metadata', 'name'));
  if (name === '' || name === 'schematic' || name === 'modules.dep') return [];
  return [{ name, version: text(at(object, 'spec', 'metadata', 'version')) }];
}

function diskOf(object: Json): readonly TalosDisk[] {
  const spec = at(object, 'spec');
  const path = text(at(spec, 'dev_path'));
  const sizeBytes = at(spec, 'size');
  if (!path.startsWith('/dev/') || typeof sizeBytes !== 'number') return [];
  if (path.startsWith('/dev/loop') || at(spec, 'cdrom') === true) return [];
  const [model, serial, transport] = ['model', 'serial', 'transport'].map((key) => words(at(spec, key), 80));
  return [
    {
      path,
      sizeBytes,
      ...(model === undefined ? {} : { model }),
      ...(serial === undefined ? {} : { serial }),
      ...(transport === undefined ? {} : { transport }),
      isReadOnly: at(spec, 'readonly') === true,
    },
  ];
}

const MOUNT =
  /^\S{1,255} +(?<source>\S{1,400}) +(?<size>\d{1,12}\.\d\d) +(?<used>\d{1,12}\.\d\d) +\d{1,12}\.\d\d +\d{1,3}\.\d\d% +(?<target>\/.*)$/;

/** `NODE FILESYSTEM SIZE(GB) USED(GB) AVAILABLE(GB) PERCENT USED MOUNTED ON`; what is on no disk and no server is left out. */
function mountsIn(lines: readonly string[]): readonly TalosMount[] {
  const [head = '', ...rest] = lines.filter((line) => line.trim() !== '');
  if (!/^NODE +FILESYSTEM +SIZE\(GB\) +USED\(GB\)/.test(head)) throw new ParseError('talosctl mounts', 1, head);
  const bySource = new Map<string, TalosMount>();
  rest.forEach((line, index) => {
    const { source, size, used, target } = MOUNT.exec(line.slice(0, MOST_CHARACTERS).trimEnd())?.groups ?? {};
    if (source === undefined || target === undefined) {
      // A name with spaces in it is somebody's share, not a broken answer; a line without figures is one.
      if (/ \d{1,12}\.\d\d +\d{1,3}\.\d\d% +\//.test(line.slice(0, MOST_CHARACTERS))) return;
      throw new ParseError('talosctl mounts', index + 2, line);
    }
    const isKept = (source.startsWith('/dev/') && !source.startsWith('/dev/loop')) || source.includes(':');
    if (!isKept || bySource.has(source) || bySource.size >= MOST) return;
    const bytes = (gigabytes: string | undefined) => Math.round(Number(gigabytes) * BYTES_PER_GB);
    bySource.set(source, { source, target, sizeBytes: bytes(size), usedBytes: bytes(used) });
  });
  return [...bySource.values()];
}

/** `NODE: kern: warning: [TIME]: TEXT`. Other facilities than the kernel's own are left out: any process may write there. */
function eventsIn(lines: readonly string[]): readonly TalosEvent[] {
  return lines
    .flatMap((line): readonly TalosEvent[] => {
      const stamped = /^\S{1,255}: +kern: +[a-z]{1,10}: +\[(?<time>[0-9TZ:.+-]{20,40})\]: (?<text>.*)$/s.exec(
        line.slice(0, MOST_CHARACTERS),
      )?.groups;
      const atMs = Date.parse(stamped?.['time'] ?? '');
      const event = Number.isNaN(atMs) ? undefined : kernelEventOf(stamped?.['text'] ?? '');
      return event === undefined ? [] : [{ ...event, atMs }];
    })
    .slice(-EVENTS_KEPT);
}
