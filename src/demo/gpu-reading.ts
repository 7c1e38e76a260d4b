import { chance, wander } from './chance.ts';
import { type Job, jobOn } from './jobs.ts';
import type { DemoGpu, NodeState } from './node-state.ts';

/** What the sensors of one card say at a moment. */
export interface GpuReading {
  readonly busyPercent: number;
  readonly memoryUsedMib: number;
  readonly temperatureC: number;
  readonly memoryTemperatureC: number;
  readonly powerW: number;
  readonly smMhz: number;
  readonly memoryMhz: number;
  readonly fanPercent: number;
  /** Bits of clocks_event_reasons.active. */
  readonly reasons: number;
  readonly pcieGen: number;
  readonly job?: Job;
}

/** Memory the driver itself takes of an idle card. */
const DRIVER_MIB = 4;
/** How fast a card warms up and cools down: to about two thirds of the way in so many ms. */
const WARMING_MS = 70_000;
const COOLING_MS = 110_000;
const REASON_IDLE = 0x1;
const REASON_POWER_CAP = 0x4;
const REASON_HW_SLOWDOWN = 0x8;
const REASON_HW_THERMAL = 0x40;
/** Above this share of the limit a card is held down by its power budget. */
const POWER_CAP_RATIO = 0.97;

/** Utilisation follows the job on the card, power the utilisation, temperature the power with some minutes' delay, clocks all of them. */
export function readGpu(node: NodeState, gpu: DemoGpu, nowMs: number): GpuReading {
  const { now, last } = jobOn(node, gpu.index, nowMs);
  const held = node.stack.holders.filter(({ gpuIndex }) => gpuIndex === gpu.index);
  // Jobs find no room on a card whose memory somebody holds.
  const job = held.length > 0 ? undefined : now;
  const { model } = gpu;
  const busy = job === undefined ? 0 : busyRatio(gpu, job, nowMs);
  const warmth = warmthOf(gpu, job, last, nowMs);
  const noiseC = wander(gpu.seed + 4, nowMs, 15_000) * 2;
  const temperatureC = gpu.isThrottling
    ? 86 + noiseC
    : model.idleC + (model.loadC - model.idleC) * warmth + noiseC + chance(gpu.seed, 6) * 5;
  const powerRatio = job === undefined ? 0 : Math.min(1, busy * (0.82 + 0.2 * chance(gpu.seed, 7)));
  const powerW = model.idleW + (model.limitW - model.idleW) * powerRatio * (gpu.isThrottling ? 0.6 : 1);
  const limitW = gpu.settings.powerLimitW;
  const isCapped = powerW > limitW * POWER_CAP_RATIO;
  const heldMib = held.reduce((sum, { memoryMib }) => sum + memoryMib, 0);
  const idle = job === undefined ? REASON_IDLE : 0;
  return {
    busyPercent: Math.round(busy * 100),
    memoryUsedMib: Math.round(
      DRIVER_MIB + heldMib + (job === undefined ? 0 : model.memoryMib * memoryRatio(job, nowMs)),
    ),
    temperatureC: Math.round(temperatureC),
    memoryTemperatureC: Math.round(temperatureC + 6 + 8 * powerRatio),
    powerW: Math.min(powerW, limitW),
    smMhz: smMhz(gpu, job === undefined, isCapped),
    memoryMhz: job === undefined ? Math.round(model.maxMemoryMhz * 0.15) : model.maxMemoryMhz,
    fanPercent: Math.round(30 + 55 * Math.max(0, (temperatureC - 40) / 50)),
    reasons: idle | (isCapped ? REASON_POWER_CAP : 0) | (gpu.isThrottling ? REASON_HW_SLOWDOWN | REASON_HW_THERMAL : 0),
    pcieGen: job === undefined && !model.hasMemorySensor ? 1 : model.pcieGen,
    ...(job === undefined ? {} : { job }),
  };
}

/** Steps and epochs: quick ripples around the job's mean, and now and then a pause to load data. */
function busyRatio(gpu: DemoGpu, job: Job, nowMs: number): number {
  const isLoading = chance(job.seed, Math.floor(nowMs / 20_000)) < 0.07;
  const ripple = (wander(gpu.seed, nowMs, 6_000) - 0.5) * 0.14;
  return Math.max(0, Math.min(1, (isLoading ? 0.12 : job.busyRatio) + ripple));
}

/** Memory fills during the first minute and then stays. */
function memoryRatio(job: Job, nowMs: number): number {
  return job.memoryRatio * Math.min(1, 0.25 + (nowMs - job.startMs) / 60_000);
}

/** 0 cold to 1 fully warm: rises while a job runs, falls after it. */
function warmthOf(gpu: DemoGpu, job: Job | undefined, last: Job | undefined, nowMs: number): number {
  if (job !== undefined)
    return job.busyRatio * (1 - Math.exp(-(nowMs - job.startMs) / WARMING_MS)) * (0.92 + chance(gpu.seed, 8) * 0.12);
  return last === undefined ? 0 : last.busyRatio * Math.exp(-Math.max(0, nowMs - last.endMs) / COOLING_MS);
}

function smMhz({ model, isThrottling, seed }: DemoGpu, isIdle: boolean, isCapped: boolean): number {
  if (isIdle) return model.idleSmMhz;
  if (isThrottling) return Math.round(model.maxSmMhz * 0.42);
  return Math.round(model.maxSmMhz * (isCapped ? 0.86 : 0.97 + 0.03 * chance(seed, 9)));
}
