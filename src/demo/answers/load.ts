import { activityRate, activitySec, wander } from '../chance.ts';
import type { NodeRole, NodeState } from '../node-state.ts';
import { type Answerer, type Asked, text } from './reply.ts';

/** Mean share of CPU time in use by what a node is for. */
const BUSY: { readonly [R in NodeRole]: number } = { storage: 0.12, gpu: 0.28, cpu: 0.45, edge: 0.2 };
const JIFFIES_PER_SEC = 100;

/** /proc/loadavg, /proc/uptime, the first line of /proc/stat and the head of /proc/meminfo. */
export const load = {
  isInline: true,
  isStill: false,
  answer: (asked) => text([loadavgLine(asked), uptimeLine(asked), cpuLine(asked), ...memoryLines(asked)]),
} satisfies Answerer;

/** proc_loadavg(5) of the node now. */
export function loadavgLine({ node, nowMs }: Pick<Asked, 'node' | 'nowMs'>): string {
  const running = (agoMs: number) =>
    node.cpuCount * BUSY[node.role] * activityRate(node.seed, upMs(node, nowMs) - agoMs);
  const over = (minutes: number) =>
    ((running(0) + running(minutes * 20_000) + running(minutes * 40_000)) / 3).toFixed(2);
  const tasks = 400 + node.cpuCount * 9;
  return `${over(1)} ${over(5)} ${over(15)} ${Math.ceil(running(0))}/${tasks} ${lastPid(node, nowMs)}`;
}

/** proc_uptime(5) of the node now. */
export function uptimeLine({ node, nowMs }: Pick<Asked, 'node' | 'nowMs'>): string {
  const sec = upMs(node, nowMs) / 1000;
  return `${sec.toFixed(2)} ${(sec * node.cpuCount * (1 - BUSY[node.role])).toFixed(2)}`;
}

/** First lines of proc_meminfo(5), to MemAvailable. */
export function memoryLines({ node, nowMs }: Pick<Asked, 'node' | 'nowMs'>): readonly string[] {
  const totalKb = Math.floor(node.memoryBytes / 1024);
  const usedRatio = 0.15 + 0.45 * wander(node.seed + 31, nowMs, 240_000);
  const availableKb = Math.floor(totalKb * (1 - usedRatio));
  const line = (name: string, kb: number) => `${`${name}:`.padEnd(16)}${String(kb).padStart(8)} kB`;
  return [line('MemTotal', totalKb), line('MemFree', Math.floor(availableKb * 0.6)), line('MemAvailable', availableKb)];
}

function cpuLine({ node, nowMs }: Asked): string {
  const sec = upMs(node, nowMs) / 1000;
  const all = Math.floor(sec * node.cpuCount * JIFFIES_PER_SEC);
  const busy = Math.floor(
    activitySec(node.seed, upMs(node, nowMs)) * node.cpuCount * JIFFIES_PER_SEC * BUSY[node.role],
  );
  const system = Math.floor(busy * 0.18);
  const softirq = Math.floor(busy * 0.01);
  const iowait = Math.floor((all - busy) * 0.004);
  return `cpu  ${busy - system - softirq} 0 ${system} ${all - busy - iowait} ${iowait} 0 ${softirq} 0 0 0`;
}

function lastPid(node: NodeState, nowMs: number): number {
  return 1000 + (Math.floor(upMs(node, nowMs) / 700) % 4_000_000);
}

function upMs(node: NodeState, nowMs: number): number {
  return Math.max(1000, nowMs - node.bootedAtMs);
}
