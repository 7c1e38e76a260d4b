import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import { absolutePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import type { ExportWish } from './export-files.ts';
import { CHANGE, disableStep, enableStep, NO_UNDO } from './local-steps.ts';

/** The service of the kernel's NFS server; Debian's nfs-kernel-server is an alias of it. */
const NFS_SERVICE = 'nfs-server.service';

/** Starts the kernel's NFS server, which Debian leaves off while nothing is exported. */
export const startServerStep = (): Step => ({
  ...enableStep(NFS_SERVICE, 'the NFS server', { undo: [disableStep(NFS_SERVICE, 'the NFS server')] }),
  done: [{ kind: 'nfsd-threads', least: 1 }],
});

/** Has the kernel export what the files say: `-r` takes away what went, and no client notices. Never a restart: that stalls all of them. */
export function reloadExportsStep(wish: ExportWish, warnings: readonly string[]): Step {
  const [first, ...others] = wish.clients.map(
    ({ client, options }): Condition => ({ kind: 'exported', path: absolutePath(wish.path), client, options }),
  );
  return {
    ...CHANGE,
    title: 'reload the export table',
    run: cmd('exportfs', '-ra'),
    done: first === undefined ? 'exit-code' : [first, ...others],
    preview: [],
    undo: [],
    warnings,
  };
}

/** Has the kernel forget a share that stands in no file any more. */
export const reloadWithoutStep = (path: string, clients: readonly string[]): Step => ({
  ...CHANGE,
  title: `reload the export table without ${path}`,
  run: cmd('exportfs', '-ra'),
  done: clientsGone(path, clients),
  preview: [],
  undo: [],
});

function clientsGone(path: string, clients: readonly string[]): readonly [Condition, ...Condition[]] {
  const [first, ...others] = clients.map(
    (client): Condition => ({ kind: 'not-exported', path: absolutePath(path), client }),
  );
  return first === undefined ? [{ kind: 'not-exported', path: absolutePath(path) }] : [first, ...others];
}

/** Takes away an export that stands in no file, e.g. one made by `exportfs -o`. */
export const withdrawStep = (path: string, client: string): Step => ({
  ...CHANGE,
  title: `withdraw ${path} from ${client}`,
  run: cmd('exportfs', '-u', `${client}:${path}`),
  done: [{ kind: 'not-exported', path: absolutePath(path), client }],
  preview: [{ kind: 'state', now: `${path} is exported to ${client}, by no file`, after: 'not exported' }],
  undo: NO_UNDO,
});
