import type { Action } from '../model/action.ts';
import { converge } from './converge.ts';
import { exportShare } from './export.ts';
import { mount } from './mount.ts';
import { provisionDisk } from './provision-disk.ts';
import { remount } from './remount.ts';
import { runCommand } from './run-command.ts';
import { runScript } from './run-script.ts';
import { shareStorage } from './share-storage.ts';
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
  shareStorage,
  converge,
  runCommand,
  runScript,
];
