// One node that says 200 MB while a console is open on its log: how long it takes, what runner and console need, and whether keys are heard.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleCpu } from './cpu-sampler.ts';
import { type Emulator, emulate } from './emulator.ts';
import type { Figure, Part } from './figure.ts';
import { median, pause, percentile } from './numbers.ts';
import { costOf, residentMb } from './process-figures.ts';
import { musterProgram, type OnTerminal, startOnTerminal } from './pty.ts';
import { runnersGone, runnersOf } from './runners.ts';
import { type BenchSshd, canSeparate, hasSshd, startBenchSshd } from './sshd.ts';

const BYTES = 200 * 1000 * 1000;
const LINE = `${'a line as programs write them, with a number of words in it '.repeat(2).trimEnd()}\n`;
/** So many that some fifty keys are pressed while they pour. */
const ROUNDS = 8;
const WITHIN_SEC = 120;
const COLUMNS = 120;
const ROWS = 40;
/** The last line of the file. */
const LAST = 'the-last-line';

/** A step that prints 200 MB, its log open in a console, against `ssh node cat` of the same file. */
export const logPart: Part = {
  name: 'log',
  what: 'one node says 200 MB with a console open on its log, against ssh node cat',
  run: async () => {
    if (!hasSshd) return { figures: [], missing: ['log: no /usr/sbin/sshd (Debian: openssh-server)'] };
    if (!canSeparate())
      return { figures: [], missing: ['log: only root may give a node of this machine a /run of its own'] };
    const sshd = await startBenchSshd(1, { ownRun: true });
    const state = mkdtempSync(join(tmpdir(), 'muster-bench-state-'));
    try {
      return { figures: await logFigures(sshd, state) };
    } finally {
      await runnersGone(state);
      await sshd.close();
      rmSync(state, { recursive: true, force: true });
    }
  },
};

interface Streamed {
  readonly wallSec: number;
  readonly runnerMb: number;
  readonly consoleMb: number;
  readonly keysMs: readonly number[];
  /** CPU ms by who used it. */
  readonly cpu: ReadonlyMap<string, number>;
}

/** Who used how much CPU in the median, in words. */
function cpuWords(streams: readonly Streamed[]): string {
  const names = new Set(streams.flatMap(({ cpu }) => [...cpu.keys()]));
  const sums = [...names].map((name) => [name, median(streams.map(({ cpu }) => cpu.get(name) ?? 0))] as const);
  const said = sums.filter(([, ms]) => ms >= 5).sort(([, a], [, b]) => b - a);
  const total = sums.reduce((sum, [, ms]) => sum + ms, 0);
  return `CPU ${(total / 1_000).toFixed(2)} s: ${said.map(([name, ms]) => `${name} ${(ms / 1_000).toFixed(2)}`).join(', ')}`;
}

async function logFigures(sshd: BenchSshd, state: string): Promise<readonly Figure[]> {
  const file = join(sshd.folder, 'said');
  writeLines(file);
  const ssh: number[] = [];
  const streams: Streamed[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [address = ''] = sshd.addresses;
    ssh.push(
      (await costOf(['sh', '-c', `ssh -F ${sshd.sshConfigFile} ${address} cat ${file} >/dev/null`], WITHIN_SEC))
        .wallSec,
    );
    streams.push(await stream(sshd, state, file, round));
    await runnersGone(state);
  }
  const keys = streams.flatMap(({ keysMs }) => keysMs);
  const most = (of: (streamed: Streamed) => number) => Math.max(...streams.map(of));
  return [
    {
      name: 'a step says 200 MB, console open on its log: wall',
      unit: 's',
      muster: median(streams.map(({ wallSec }) => wallSec)),
      peer: { name: 'ssh node cat', value: median(ssh) },
      target: { kind: 'ratio', atMost: 1.5 },
      note: `kept on the node, sent, masked, written to the log and shown; ssh throws it away; ${cpuWords(streams)}`,
    },
    {
      name: 'the same: resident memory of the runner, most',
      unit: 'MB',
      muster: most(({ runnerMb }) => runnerMb),
      target: { kind: 'value', atMost: 300 },
    },
    {
      name: 'the same: resident memory of the console, most',
      unit: 'MB',
      muster: most(({ consoleMb }) => consoleMb),
      target: { kind: 'value', atMost: 400 },
    },
    {
      name: 'the same: key to paint meanwhile, p99',
      unit: 'ms',
      muster: percentile(keys, 99),
      target: { kind: 'value', atMost: 100 },
      note: `${keys.length} keys, p50 ${percentile(keys, 50).toFixed(1)} ms`,
    },
  ];
}

function writeLines(path: string): void {
  const block = Buffer.from(LINE.repeat(10_000));
  const file = openSync(path, 'w');
  for (let written = 0; written < BYTES; written += block.length) writeSync(file, block);
  writeSync(file, `${LAST}\n`);
  closeSync(file);
}

/** Opens the log of a step that waits, then lets it speak; the time runs from there to the end of the command that asked for it. */
async function stream(sshd: BenchSshd, state: string, file: string, round: number): Promise<Streamed> {
  const go = join(sshd.folder, `go-${round}`);
  const line = `echo ready; while [ ! -e ${go} ]; do sleep 0.05; done; cat ${file}`;
  const options = ['-i', sshd.inventoryFile];
  const env = { XDG_STATE_HOME: state };
  const apply = spawn(
    process.execPath,
    [musterProgram, 'apply', 'run-command', ...options, '-l', 'all', '--yes', '--shell', '--', line],
    { stdio: 'ignore', env: { ...process.env, ...env } },
  );
  const ended = new Promise<number | null>((resolve) => apply.once('exit', resolve));
  const program = startOnTerminal({ argv: [musterProgram, ...options], columns: COLUMNS, rows: ROWS, env, leave: 'q' });
  try {
    const screen = emulate(program, COLUMNS, ROWS);
    await openLog(program, screen);
    writeFileSync(go, '');
    const startedAtMs = performance.now();
    const cpu = sampleCpu([sshd.pid, program.pid, apply.pid ?? 0, ...runnersOf(state)], sshd.mark, (pid, name) => {
      if (pid === program.pid) return 'console';
      if (pid === apply.pid) return 'apply';
      return name === 'node' || name === 'MainThread' ? 'runner' : name;
    });
    const watched = watch(program, screen, state, ended);
    if ((await ended) !== 0) throw new Error('the step that says 200 MB failed');
    const wallSec = (performance.now() - startedAtMs) / 1_000;
    const used = cpu.end();
    const most = await watched;
    const kept = logBytes(state);
    if (kept < BYTES) throw new Error(`of ${BYTES} bytes ${kept} are in the log`);
    return { wallSec, cpu: used, ...most };
  } finally {
    apply.kill('SIGKILL');
    await program.close();
  }
}

async function openLog(program: OnTerminal, { see }: Emulator): Promise<void> {
  const press = async (keys: string, wanted: RegExp) => {
    program.write(keys);
    if (!(await see(wanted, 20_000)))
      throw new Error(`after ${JSON.stringify(keys)} the screen does not show ${wanted}`);
  };
  if (!(await see(/1 up|n0001/, 20_000))) throw new Error('the console does not come up');
  await press('J', /run .*ready/);
  await press('\r', /n0001/);
  await press('\r', /ready/);
}

/** A key, and whether the screen shows that it was heard. */
interface KeyPress {
  readonly keys: string;
  readonly shows: RegExp;
  readonly isThere: boolean;
  /** Until the next one: keys are not heard for 300 ms after a dialog has opened. */
  readonly restMs: number;
}

const KEYS: readonly [KeyPress, ...KeyPress[]] = [
  { keys: '?', shows: /Help: /, isThere: true, restMs: 400 },
  { keys: '\x1b', shows: /Help: /, isThere: false, restMs: 60 },
  // The pane beside the log; the key between two dialogs, as one reads.
  { keys: 'd', shows: /│ Line\b/, isThere: true, restMs: 60 },
  { keys: 'd', shows: /│ Line\b/, isThere: false, restMs: 60 },
  { keys: 'd', shows: /│ Line\b/, isThere: true, restMs: 60 },
  { keys: 'd', shows: /│ Line\b/, isThere: false, restMs: 60 },
];

/** Presses keys until the command has ended; how long each took to show, and what the processes need meanwhile. */
async function watch(program: OnTerminal, screen: Emulator, state: string, ended: Promise<unknown>) {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const keysMs: number[] = [];
  let runnerMb = 0;
  let consoleMb = 0;
  for (let pressed = 0; !isOver; pressed += 1) {
    const { keys, shows, isThere, restMs } = KEYS[pressed % KEYS.length] ?? KEYS[0];
    const isHeard = () =>
      isThere === Array.from({ length: ROWS }, (_, at) => screen.row(at)).some((text) => shows.test(text));
    await screen.catchUp();
    const pressedAtMs = performance.now();
    program.write(keys);
    const untilMs = pressedAtMs + 2_000;
    let atMs: number | undefined;
    while (atMs === undefined && performance.now() < untilMs) {
      atMs = await screen.catchUp(isHeard);
      if (atMs === undefined) await program.until(() => true, 50, program.pieces.length);
    }
    keysMs.push((atMs ?? performance.now()) - pressedAtMs);
    consoleMb = Math.max(consoleMb, residentMb(program.pid));
    for (const pid of runnersOf(state)) runnerMb = Math.max(runnerMb, residentMb(pid));
    await pause(restMs);
  }
  return { keysMs, runnerMb, consoleMb };
}

/** Bytes of the newest rollout's log. */
function logBytes(state: string): number {
  const folder = join(state, 'muster', 'rollouts');
  const logs = join(folder, readdirSync(folder).sort().at(-1) ?? '', 'logs');
  return readdirSync(logs).reduce((sum, name) => sum + statSync(join(logs, name)).size, 0);
}
