import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alone } from './lock.ts';
import { isQemu, type NodePlan } from './nodes.ts';
import { labSources, placesOf } from './places.ts';
import { LabError, must, type Ran, run } from './run.ts';
import { changeState, type FreshDiskState, readState } from './state.ts';

/** A blank disk plugged into a running node for one test. It stays through restarts and power cuts until it is removed. */
export interface FreshDisk {
  /** e.g. `/dev/ubdd`. */
  readonly path: string;
  /** Name that no restart changes, e.g. `/dev/disk/by-id/lab-CLIENT-3-FRESH-2`. */
  readonly stablePath: string;
  /** As `lsblk -o SERIAL` shows it, e.g. `CLIENT-3-FRESH-2`. */
  readonly serial: string;
  readonly sizeBytes: number;
  /** Makes it larger, as a hypervisor does; the node sees it at its next start. */
  readonly enlarge: (sizeMiB: number) => Promise<void>;
  /** Unmounts what is on it and pulls it out. */
  readonly remove: () => Promise<void>;
}

/** What a fresh disk should be; 512 MiB unless said otherwise. */
export interface FreshDiskWish {
  readonly sizeMiB?: number;
}

/** The driver has ubda to ubdp. arch/um/drivers/ubd_kern.c, MAX_DEV. */
const MOST_DISKS = 16;

type Says = (script: string) => Promise<Ran>;

/** Plugs a blank disk into a node that is on, and waits until the node's udev knows it. */
export async function plugDisk(
  lab: string,
  plan: NodePlan,
  says: Says,
  { sizeMiB = 512 }: FreshDiskWish,
): Promise<FreshDisk> {
  if (isQemu(plan)) throw new LabError(`${plan.name} is played by QEMU; only nodes of user-mode Linux get fresh disks`);
  return alone(`disks of ${lab}/${plan.name}`, async () => {
    const known = (await readState(lab))?.nodes.find((node) => node.plan.name === plan.name);
    if (known === undefined) throw new LabError(`lab ${lab} has no node ${plan.name}`);
    const plugged = known.plugged ?? [];
    const number = (known.disksPlugged ?? 0) + 1;
    const kernelName = freeName(plan, plugged);
    const serial = `${plan.name.toUpperCase()}-FRESH-${number}`;
    const folder = placesOf(lab).node(plan.name);
    const disk: FreshDiskState = { kernelName, serial, file: join(folder, `fresh${number}.img`), sizeMiB };
    await mkdir(folder, { recursive: true });
    await must(['truncate', '-s', `${sizeMiB}M`, disk.file]);
    await keep(lab, plan, (disks) => [...disks, disk], number);
    await tell(says, plan, `${ruleScript(disk)}`);
    await mconsole(lab, plan, `config ${kernelName}=${disk.file}`);
    await tell(
      says,
      plan,
      `for turn in $(seq 100); do [ -b /dev/${kernelName} ] && break; sleep 0.1; done; udevadm settle; [ -b ${stableOf(serial)} ]`,
    );
    return freshDisk(lab, plan, says, disk);
  });
}

const stableOf = (serial: string): string => `/dev/disk/by-id/lab-${serial}`;

function freshDisk(lab: string, plan: NodePlan, says: Says, disk: FreshDiskState): FreshDisk {
  const { kernelName, serial, sizeMiB } = disk;
  return {
    path: `/dev/${kernelName}`,
    stablePath: stableOf(serial),
    serial,
    sizeBytes: sizeMiB * 2 ** 20,
    enlarge: async (moreMiB) => {
      if (moreMiB <= sizeMiB) throw new LabError(`${serial} has ${sizeMiB} MiB already`);
      await must(['truncate', '-s', `${moreMiB}M`, disk.file]);
      await keep(lab, plan, (disks) =>
        disks.map((one) => (one.serial === serial ? { ...one, sizeMiB: moreMiB } : one)),
      );
    },
    remove: () => unplugDisk(lab, plan, says, disk),
  };
}

/** Every fresh disk of the node, plugged by whatever program. */
export async function freshDisks(lab: string, plan: NodePlan, says: Says): Promise<readonly FreshDisk[]> {
  const node = (await readState(lab))?.nodes.find((one) => one.plan.name === plan.name);
  return (node?.plugged ?? []).map((disk) => freshDisk(lab, plan, says, disk));
}

async function unplugDisk(lab: string, plan: NodePlan, says: Says, disk: FreshDiskState): Promise<void> {
  await alone(`disks of ${lab}/${plan.name}`, async () => {
    await says(releaseScript(disk));
    await mconsole(lab, plan, `remove ${disk.kernelName}`);
    await keep(lab, plan, (disks) => disks.filter(({ serial }) => serial !== disk.serial));
    await says(`rm -f ${ruleFile(disk)}; udevadm control --reload; udevadm settle`);
    await rm(disk.file, { force: true });
  });
}

function freeName(plan: NodePlan, plugged: readonly FreshDiskState[]): string {
  const taken = new Set(plugged.map(({ kernelName }) => kernelName));
  for (let at = plan.disks.length + 1; at < MOST_DISKS; at++) {
    const name = `ubd${String.fromCharCode('a'.charCodeAt(0) + at)}`;
    if (!taken.has(name)) return name;
  }
  throw new LabError(`${plan.name} has ${MOST_DISKS} disks already; remove one first`);
}

const keep = (
  lab: string,
  plan: NodePlan,
  change: (disks: readonly FreshDiskState[]) => readonly FreshDiskState[],
  disksPlugged?: number,
): Promise<void> =>
  changeState(lab, (state) => ({
    ...state,
    nodes: state.nodes.map((node) =>
      node.plan.name === plan.name
        ? { ...node, plugged: change(node.plugged ?? []), ...(disksPlugged === undefined ? {} : { disksPlugged }) }
        : node,
    ),
  }));

async function tell(says: Says, plan: NodePlan, script: string): Promise<void> {
  const { code, stdout, stderr } = await says(script);
  if (code !== 0) throw new LabError(`${plan.name}: exit ${code}: ${stderr.trim() || stdout.trim()}`);
}

const ruleFile = ({ kernelName }: FreshDiskState): string => `/etc/udev/rules.d/60-lab-${kernelName}.rules`;

/** User-mode disks have no serial number of their own; see seed.ts. */
const ruleScript = (disk: FreshDiskState): string =>
  `printf '%s\\n' '${diskRule(disk.kernelName, disk.serial)}' > ${ruleFile(disk)}; udevadm control --reload`;

/** The udev rule that gives a disk of the lab its serial number. */
export const diskRule = (kernelName: string, serial: string): string =>
  `SUBSYSTEM=="block", KERNEL=="${kernelName}", ENV{ID_SERIAL}="LAB_${serial}", ENV{ID_SERIAL_SHORT}="${serial}", SYMLINK+="disk/by-id/lab-${serial}"`;

/** The driver refuses to remove a disk that is in use. A few turns, because a lazy unmount ends when its last user does. */
const releaseScript = ({ kernelName }: FreshDiskState): string => `
exportfs -ra 2>/dev/null
for turn in $(seq 50); do
  busy=
  for device in $(lsblk -lnpo NAME /dev/${kernelName}); do
    findmnt -rno TARGET -S "$device" | while read -r target; do umount "$target" 2>/dev/null || umount -l "$target"; done
    swapoff "$device" 2>/dev/null
    fuser -s "$device" && busy=yes
  done
  [ -z "$busy" ] && break
  sleep 0.1
done
udevadm settle`;

/** Says a command to the node's kernel from outside; its own network and programs have no part in it. */
async function mconsole(lab: string, plan: NodePlan, command: string): Promise<void> {
  const socket = join(placesOf(lab).node(plan.name), plan.name, 'mconsole');
  const { code, stdout, stderr } = await run(['perl', join(labSources, 'mconsole.pl'), socket, command]);
  if (code !== 0) throw new LabError(`${plan.name}: ${command.split('=')[0]}: ${stdout.trim() || stderr.trim()}`);
}
