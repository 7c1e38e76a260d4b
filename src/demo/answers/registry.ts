import { clock, identity, privilege, tools, usb } from './about.ts';
import { blockDevices } from './block-devices.ts';
import { directories } from './directories.ts';
import { exportTable, nfsServer } from './exports.ts';
import { gpuDriver, gpuErrors, gpuProcesses, gpus } from './gpus.ts';
import { kernelLog } from './kernel-log.ts';
import { load } from './load.ts';
import { maintenance } from './maintenance.ts';
import { mounts } from './mounts.ts';
import { nfsStats } from './nfs-stats.ts';
import type { Answerer } from './reply.ts';
import { units } from './units.ts';
import { usage } from './usage.ts';

/** The questions a demo node can answer, by the name of the probe that asks them. */
export const ANSWERERS: ReadonlyMap<string, Answerer> = new Map<string, Answerer>(
  Object.entries({
    identity,
    clock,
    privilege,
    tools,
    usb,
    load,
    mounts,
    nfsStats,
    usage,
    directories,
    exports: exportTable,
    nfsServer,
    blockDevices,
    units,
    gpus,
    gpuDriver,
    gpuErrors,
    gpuProcesses,
    kernelLog,
    maintenance,
  }),
);
