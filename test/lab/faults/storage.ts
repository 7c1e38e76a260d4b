import { EXPORT_PATH } from '../nodes.ts';
import { LabError } from '../run.ts';
import { BOOT_MS, type Fault, type FaultTools } from './fault.ts';

function onlyServer({ plan }: FaultTools, what: string): void {
  if (plan.role !== 'nfs-server') throw new LabError(`${plan.name} has ${what} to lose; take the NFS server`);
}

/** The server answers, its service does not: clients' connections are refused and their hard mounts hang. */
export const stopNfs = {
  does: 'stops the NFS server',
  inject: async (tools) => {
    onlyServer(tools, 'no NFS server');
    await tools.tells('systemctl stop nfs-server.service', { withinMs: 120_000 });
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells('systemctl start nfs-server.service', { withinMs: 120_000 });
  },
} satisfies Fault;

/** Down to a few blocks: the server's data disk, any other node's root disk up to 97 %. */
export const fillDisk = {
  does: 'fills a disk of the node: the server’s data disk, else the root disk to 97 %',
  inject: async ({ plan, tells }) => {
    if (plan.role === 'nfs-server') {
      await tells(
        `head -c 10G /dev/zero > ${EXPORT_PATH}/.lab-filler 2>/dev/null; sync; [ "$(df --output=avail ${EXPORT_PATH} | tail -n 1)" -lt 1024 ]`,
        {
          withinMs: 180_000,
        },
      );
      return EXPORT_PATH;
    }
    await tells(
      `set -- $(df -B1 --output=size,used / | tail -n 1); fallocate -l $(( $1 * 97 / 100 - $2 )) /var/lab-filler`,
    );
    return '/';
  },
  heal: async ({ tells }) => {
    await tells(`rm -f ${EXPORT_PATH}/.lab-filler /var/lab-filler; sync`);
  },
} satisfies Fault;

/**
 * As the kernel does after an error. A disk of its own is told that an error was found: ext4 aborts its journal (ext4(5), mount option abort). Since 6.10 and
 * until 6.15 such a filesystem does not even open files any more, so that nobody gets into a node whose root disk it is; the root disk is turned
 * read-only by the kernel's emergency remount (sysrq `u`), which looks as an aborted one does before and after those.
 */
export const readOnlyDisk = {
  does: 'turns a filesystem of the node read-only, as after an I/O error: the server’s data disk, else the root disk',
  inject: async ({ plan, tells }) => {
    const target = plan.role === 'nfs-server' ? EXPORT_PATH : '/';
    const turn =
      target === '/'
        ? `echo u >/proc/sysrq-trigger; for turn in $(seq 100); do touch /.lab-probe 2>/dev/null || break; sleep 0.1; done`
        : `mount -o remount,abort ${target}`;
    await tells(`sync; ${turn}; ! touch ${target}/.lab-probe 2>/dev/null`);
    return target;
  },
  // Checked and mounted anew; a root disk comes back with a boot only, which checks it, too.
  heal: async ({ tells, closeDoor, powerOff, powerOn, waitForDoor, waitForSsh }, _argument, target) => {
    if (target !== '/') {
      await tells(
        `exportfs -ua; systemctl stop nfs-server.service; device=$(findmnt -no SOURCE ${target}); umount ${target} &&
{ e2fsck -p "$device" >/dev/null; [ $? -le 1 ]; } && mount ${target} && systemctl start nfs-server.service && exportfs -ra`,
        { withinMs: 180_000 },
      );
      return;
    }
    await closeDoor();
    await powerOff();
    await powerOn();
    if (!(await waitForDoor(BOOT_MS)) || !(await waitForSsh(BOOT_MS))) {
      throw new LabError(`the node did not come back within ${BOOT_MS / 1_000} s`);
    }
  },
} satisfies Fault;

/** The directory is another one than clients hold: filesystem made anew, exported again under the same name. */
export const staleHandle = {
  does: 'makes the exported filesystem anew, so that clients hold handles of one that is gone',
  inject: async (tools) => {
    onlyServer(tools, 'no export');
    await tools.tells(
      `set -e
exportfs -ua
systemctl stop nfs-server.service
device=$(findmnt -no SOURCE ${EXPORT_PATH})
umount ${EXPORT_PATH}
mkfs.ext4 -q -F -m 0 -L data "$device"
udevadm settle
mount ${EXPORT_PATH}
systemctl start nfs-server.service
exportfs -ra`,
      { withinMs: 180_000 },
    );
    return undefined;
  },
  heal: async () => {
    // Nothing to undo on the server: clients that mount again are well.
  },
} satisfies Fault;
