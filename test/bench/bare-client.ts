// What ssh2 alone costs, with nothing of muster's around it. `once FILE`: connects to each node, runs one command, reads, ends.
// `watch FILE`: one channel a node with muster's program, and muster's questions in their periods; answers are read and dropped.
import { readFileSync } from 'node:fs';
import ssh2, { type ClientChannel, type PublicKeyAuthMethod } from 'ssh2';
import { composeProgram } from '../../src/engine/program.ts';
import { nextTurnMs, phaseOnBeatMs } from '../../src/engine/schedule.ts';
import { probes } from '../../src/probes/registry.ts';
import { algorithms } from '../../src/transport/algorithms.ts';
import { bootstrap } from '../../src/transport/bootstrap.ts';
import type { BareTask } from './bare.ts';

/** As many handshakes at once as muster makes. */
const MAX_CONNECTING = 64;
const TICK_MS = 100;
/** Numbers of asks are multiples of this and the question's place: what was asked need not be remembered. */
const PLACES = 32;
/** The checksum of an answer that came, by the number of its ask. */
const SUM = /^(?:= (\d+) \d+ \d+|[Ee] (\d+) \d+) (\S+)/gm;

/** Questions with a period and without targets: usage of mounts and directories is left out, so this is a little less than muster's traffic. */
const questions = Object.values(probes).filter((probe) => probe.everyMs > 0 && !('targets' in probe));

const [, , mode, taskFile = ''] = process.argv;
const task: BareTask = JSON.parse(readFileSync(taskFile, 'utf8'));
const parsed = ssh2.utils.parseKey(readFileSync(task.key));
if (parsed instanceof Error) throw parsed;
/** Parsed once for all, as muster does. */
const login: PublicKeyAuthMethod[] = [parsed].flat().map((key) => ({ type: 'publickey', username: task.user, key }));
const program = composeProgram(probes);
const command = mode === 'watch' ? bootstrap(program) : 'uptime';
const waiting = [...task.addresses];
let up = 0;

function next(): void {
  const address = waiting.shift();
  if (address === undefined) return;
  const client = new ssh2.Client();
  client.on('ready', () => {
    next();
    client.exec(command, (error, channel) => {
      if (error !== undefined) throw error;
      if (mode === 'watch') watch(address, channel);
      else read(channel, () => client.end());
    });
  });
  client.connect({
    host: address,
    port: task.port,
    username: task.user,
    authHandler: login,
    readyTimeout: 0,
    keepaliveInterval: 15_000,
    algorithms: algorithms(['ssh-ed25519']),
    hostVerifier: () => true,
  });
}

function read(channel: ClientChannel, done: () => void): void {
  channel.on('data', () => {});
  channel.stderr.on('data', () => {});
  channel.on('close', done);
}

/** Every write of a node holds all that is due, as muster's do. */
function watch(address: string, channel: ClientChannel): void {
  const sums = questions.map(() => '-');
  const due = questions.map(() => 0);
  let round = 0;
  let nextMs = 0;
  const taken = (chunk: Buffer): void => {
    for (const [, inline, child, sum] of chunk.toString('latin1').matchAll(SUM))
      sums[Number(inline ?? child) % PLACES] = sum ?? '-';
  };
  const tick = (): void => {
    const nowMs = Date.now();
    if (nowMs < nextMs) return;
    round += 1;
    let lines = '';
    nextMs = Number.POSITIVE_INFINITY;
    for (const [place, { name, everyMs }] of questions.entries()) {
      if (nowMs >= (due[place] ?? 0)) {
        lines += `A ${round * PLACES + place} ${name} ${sums[place]}\n`;
        due[place] = nextTurnMs(nowMs, everyMs, phaseOnBeatMs(address, name, everyMs));
      }
      nextMs = Math.min(nextMs, due[place] ?? 0);
    }
    channel.write(lines);
  };
  channel.on('data', taken);
  channel.stderr.on('data', taken);
  channel.write(program);
  channel.once('data', () => {
    channel.write('V sudo\n');
    ticks.push(tick);
    up += 1;
    if (up === task.addresses.length) console.log('up');
  });
}

const ticks: (() => void)[] = [];
if (mode === 'watch')
  setInterval(() => {
    for (const tick of ticks) tick();
  }, TICK_MS);
Buffer.poolSize = 1_024;
for (let place = 0; place < MAX_CONNECTING; place += 1) next();
