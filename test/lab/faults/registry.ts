import { LabError } from '../run.ts';
import type { Fault } from './fault.ts';
import { gpuLost, wedgeNvidiaSmi, xid } from './gpu.ts';
import { clockSkew, killSshd, newHostKey, slowLogin, sudoDenied } from './login.ts';
import { dropPort, hangMount, linkDown, linkSlow, rejectPort } from './network.ts';
import { powerOff, reboot } from './power.ts';
import { fillDisk, readOnlyDisk, staleHandle, stopNfs } from './storage.ts';

export type { FaultTools } from './fault.ts';

/** Every fault by its name on the command line. */
export const faults = {
  'link-down': linkDown,
  'link-slow': linkSlow,
  'drop-port': dropPort,
  'reject-port': rejectPort,
  'hang-mount': hangMount,
  'power-off': powerOff,
  reboot,
  'kill-sshd': killSshd,
  'slow-login': slowLogin,
  'new-host-key': newHostKey,
  'sudo-denied': sudoDenied,
  'clock-skew': clockSkew,
  'stop-nfs': stopNfs,
  'fill-disk': fillDisk,
  'read-only-disk': readOnlyDisk,
  'stale-handle': staleHandle,
  'wedge-nvidia-smi': wedgeNvidiaSmi,
  xid,
  'gpu-lost': gpuLost,
} as const satisfies { readonly [name: string]: Fault };

/** A name of the table. */
export type FaultName = keyof typeof faults;

/** The fault of that name; throws and names all of them where there is none. */
export function faultNamed(name: string): Fault {
  const known: { readonly [name: string]: Fault } = faults;
  const fault = Object.hasOwn(known, name) ? known[name] : undefined;
  if (fault === undefined)
    throw new LabError(`no fault is called "${name}"; there are ${Object.keys(faults).join(', ')}`);
  return fault;
}
