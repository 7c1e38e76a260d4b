import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Facts, Usage } from '../../src/model/facts.ts';
import type { Lab } from './lab.ts';
import { projectRoot } from './places.ts';

/** A fact as `muster status --json` prints it; docs/json.md. */
export interface PrintedFact<T> {
  readonly state: 'ok' | 'absent' | 'failed' | 'hung' | 'waiting' | 'never';
  readonly ageMs: number | null;
  readonly value: T | null;
  readonly because?: string;
  readonly since?: string;
}

/** One node of a document. */
export interface PrintedNode {
  readonly name: string;
  readonly link: {
    readonly kind: string;
    readonly because?: string;
    readonly reason?: string;
    readonly sinceMs?: number;
    readonly lastHeardMs?: number;
    readonly roundTripMs?: number;
  };
  readonly facts: { readonly [P in Exclude<keyof Facts, 'usage'>]?: PrintedFact<Facts[P]> } & {
    readonly usage?: { readonly [target: string]: PrintedFact<Usage> };
  };
}

/** One document of `muster status --json --watch`. */
export interface Status {
  readonly at: string;
  readonly nodes: readonly PrintedNode[];
  readonly findings: readonly {
    readonly rule: string;
    readonly title: string;
    readonly evidence: readonly { readonly node: string }[];
  }[];
}

/** The product, watching the lab as a person's script would. */
export interface Watched {
  /**
   * The first document from now on that satisfies `wanted`, and the ms it took; rejects with the last one when `patience` times `withinMs` are over: on a
   * machine that does other things as well everything takes longer, and what was promised by the second is read from the documents.
   */
  readonly see: (
    what: string,
    wanted: (status: Status) => boolean,
    withinMs: number,
    patience?: number,
  ) => Promise<{ status: Status; afterMs: number }>;
  /** Called with every document until the returned function is. */
  readonly each: (look: (status: Status) => void) => () => void;
  readonly close: () => Promise<void>;
}

/** How many times longer than on a quiet machine is waited before a wait has failed. */
const PATIENCE = 4;

/** The node of that name in a document. */
export function nodeIn(status: Status, name: string): PrintedNode {
  const node = status.nodes.find((one) => one.name === name);
  if (node === undefined) throw new Error(`no node ${name} in the document of ${status.at}`);
  return node;
}

/** Whether every node's link is up. */
export const allUp = ({ nodes }: Status): boolean => nodes.every(({ link }) => link.kind === 'up');

/** Whether a finding of the rule has evidence of the node. */
export const hasFinding = (status: Status, rule: string, node: string): boolean =>
  status.findings.some((finding) => finding.rule === rule && finding.evidence.some((one) => one.node === node));

/** One look at the lab by a program that was not there before, as `muster status --json` prints it. */
export async function look(lab: Lab): Promise<Status> {
  const { stdout, stderr } = await lab.muster(['status', '--json'], { withinMs: 150_000 });
  if (stdout === '') throw new Error(`muster printed no status: ${stderr}`);
  return JSON.parse(stdout) as Status;
}

/** A node that many programs keep busy may not log anybody in for minutes. */
const LOOKING_MS = 300_000;

/** Looks again until a look is as wanted, because a busy node may be late with an answer; the last one where none is. */
export async function lookUntil(lab: Lab, wanted: (status: Status) => boolean): Promise<Status> {
  for (const endMs = Date.now() + LOOKING_MS; ; ) {
    const status = await look(lab);
    if (wanted(status) || Date.now() > endMs) return status;
  }
}

/** Processes of the product's user that are still on each node half a minute after the product has ended; none where all is well. */
export async function leftOn(lab: Lab): Promise<{ readonly [node: string]: string }> {
  const left = await Promise.all(
    lab.nodes.map(async (node) => {
      const script = `until=$((SECONDS + 30)); while pgrep -u admin >/dev/null; do
  [ $SECONDS -lt $until ] || { pgrep -u admin -a; break; }
  sleep 0.5
done`;
      const { code, stdout } = await node.says(script, { withinMs: 120_000 });
      return [node.name, code === 0 ? stdout.trim() : `asked in vain: exit ${code}`] as const;
    }),
  );
  return Object.fromEntries(left.filter(([, processes]) => processes !== ''));
}

/** Starts the built program inside the lab, where a refused or silent node is what it is, with an empty home. */
export function watch(lab: Lab): Watched {
  const home = mkdtempSync(join(tmpdir(), 'muster-lab-home-'));
  const muster = [
    process.execPath,
    join(projectRoot, 'bin', 'muster'),
    'status',
    '--json',
    '--watch',
    '--every',
    '0.5',
  ];
  const [program = '', ...args] = lab.inside([...muster, '-i', lab.insideInventory]);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'dumb', TZ: 'UTC' },
  });
  const lookers = new Set<(status: Status) => void>();
  let last: Status | undefined;
  let words = '';
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-2_000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = JSON.parse(line) as Status;
    for (const look of lookers) look(last);
  });
  return {
    see: (what, wanted, withinMs, patience = PATIENCE) =>
      new Promise((resolve, reject) => {
        const startedMs = Date.now();
        const stop = (): void => {
          clearTimeout(timer);
          lookers.delete(look);
        };
        const look = (status: Status): void => {
          if (!wanted(status)) return;
          stop();
          resolve({ status, afterMs: Date.now() - startedMs });
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`not seen within ${patience * withinMs} ms: ${what}\n${words}\n${briefly(last)}`));
        }, patience * withinMs);
        lookers.add(look);
      }),
    each: (look) => {
      lookers.add(look);
      return () => lookers.delete(look);
    },
    close: async () => {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What a failed wait has to show: links, facts that are not well, findings. */
function briefly(status: Status | undefined): string {
  if (status === undefined) return 'no document came';
  const nodes = status.nodes.map(({ name, link, facts }) => {
    const { usage, ...rest } = facts;
    const all = {
      ...rest,
      ...Object.fromEntries(Object.entries(usage ?? {}).map(([target, fact]) => [`usage:${target}`, fact])),
    };
    const odd = Object.entries(all).flatMap(([probe, fact]) =>
      fact.state === 'ok' || fact.state === 'absent'
        ? []
        : [`${probe} ${fact.state} ${fact.because ?? ''} ${fact.ageMs}`],
    );
    return `${name}: ${link.kind} ${link.because ?? ''} ${odd.join('; ')}`;
  });
  return [...nodes, ...status.findings.map(({ rule, title }) => `${rule}: ${title}`)].join('\n');
}
