import type { Probe, ProbeName } from '../model/probe.ts';
import { blockDevices } from './block-devices.ts';
import { clock } from './clock.ts';
import { directories } from './directories.ts';
import { exportTable } from './exports.ts';
import { gpuDriver } from './gpu-driver.ts';
import { gpuErrors } from './gpu-errors.ts';
import { gpuProcesses } from './gpu-processes.ts';
import { gpus } from './gpus.ts';
import { identity } from './identity.ts';
import { kernelLog } from './kernel-log.ts';
import { load } from './load.ts';
import { maintenance } from './maintenance.ts';
import { mounts } from './mounts.ts';
import { nfsServer } from './nfs-server.ts';
import { nfsStats } from './nfs-stats.ts';
import { privilege } from './privilege.ts';
import { tools } from './tools.ts';
import { units } from './units.ts';
import { usage } from './usage.ts';
import { usb } from './usb.ts';

/** Every probe by the fact it yields, in the order a fresh connection asks them; a fact without a probe is a compile error. */
export const probes: { readonly [P in ProbeName]: Probe<P> } = {
  privilege,
  load,
  mounts,
  identity,
  clock,
  gpus,
  units,
  usage,
  directories,
  nfsStats,
  blockDevices,
  exports: exportTable,
  nfsServer,
  gpuDriver,
  gpuErrors,
  gpuProcesses,
  usb,
  kernelLog,
  maintenance,
  tools,
};
