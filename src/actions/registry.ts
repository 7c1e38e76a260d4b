import type { Action } from '../model/action.ts';
import type { Inventory } from '../model/inventory.ts';
import { cleanup } from './cleanup.ts';
import { converge } from './converge.ts';
import { copyFile } from './copy-file.ts';
import { cordon, uncordon } from './cordon.ts';
import { customAction } from './custom.ts';
import { drain, evict } from './drain.ts';
import { drainNote } from './drain-note.ts';
import { editFile } from './edit-file.ts';
import { exportShare } from './export.ts';
import { gpuFree } from './gpu-free.ts';
import { gpuMig } from './gpu-mig.ts';
import { gpuMode } from './gpu-mode.ts';
import { gpuMps } from './gpu-mps.ts';
import { gpuRecover } from './gpu-recover.ts';
import { growDisk } from './grow-disk.ts';
import { mount } from './mount.ts';
import { playbook } from './playbook.ts';
import { provisionDisk } from './provision-disk.ts';
import { reboot } from './reboot.ts';
import { remount } from './remount.ts';
import { retireDisk } from './retire-disk.ts';
import { runCommand } from './run-command.ts';
import { runScript } from './run-script.ts';
import { service } from './service.ts';
import { shareStorage } from './share-storage.ts';
import { timeSlice } from './time-slice.ts';
import { unexport } from './unexport.ts';
import { unmount } from './unmount.ts';

/** Everything a user can ask for, in the order the palette lists it. */
export const actions: readonly Action[] = [
  mount,
  unmount,
  remount,
  exportShare,
  unexport,
  provisionDisk,
  growDisk,
  retireDisk,
  shareStorage,
  timeSlice,
  converge,
  cleanup,
  runCommand,
  runScript,
  service,
  reboot,
  editFile,
  copyFile,
  drainNote,
  playbook,
  gpuMode,
  gpuMig,
  gpuMps,
  gpuRecover,
  gpuFree,
  cordon,
  uncordon,
  drain,
  evict,
];

/** What can be asked for with this inventory: everything built in, then the actions of the user's own. */
export const actionsOf = ({ actions: own = [] }: Pick<Inventory, 'actions'>): readonly Action[] => [
  ...actions,
  ...own.map(customAction),
];
