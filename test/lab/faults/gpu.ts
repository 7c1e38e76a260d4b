import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { projectRoot } from '../places.ts';
import { LabError } from '../run.ts';
import type { Fault, FaultTools } from './fault.ts';

async function needCard({ plan, says }: FaultTools): Promise<void> {
  if ((await says('test -x /usr/local/sbin/lab-gpu')).code !== 0) throw new LabError(`${plan.name} plays no GPU`);
}

/** Kernel lines of a recorded failure, with this card's address, as the driver prints them; the kernel marks them as a program's. */
async function logRecorded({ tells }: FaultTools, file: string, lines: RegExp): Promise<void> {
  const text = await readFile(resolve(projectRoot, '../shared/fixtures/gpu/dmesg', file), 'utf8');
  const chosen = text.split('\n').filter((line) => lines.test(line));
  if (chosen.length === 0) throw new LabError(`no line of ${file} is what this fault needs`);
  const address = (await tells('ls /sys/bus/pci/devices | tail -n 1 | cut -d. -f1')).trim();
  const own = chosen.map((line) =>
    line.replace(/^\[[^\]]*\] /, '').replace(/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}(?=\)|\.|: GPU-)/i, address),
  );
  await tells(own.map((line) => `printf '<3>%s\\n' '${line.replaceAll("'", "'\\''")}' > /dev/kmsg`).join('\n'));
}

/** Every nvidia-smi waits in the kernel where not even SIGKILL reaches it; healing lets them all go. */
export const wedgeNvidiaSmi = {
  does: 'makes every nvidia-smi hang in the kernel, unkillable, as with a wedged driver',
  inject: async (tools) => {
    await needCard(tools);
    await tools.tells('lab-gpu wedge');
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells('lab-gpu unwedge');
  },
} satisfies Fault;

/** The lines a real card left when it fell off the bus; the card itself goes on. */
export const xid = {
  does: 'writes the recorded kernel lines of an Xid 79 of this card',
  inject: async (tools) => {
    await needCard(tools);
    await logRecorded(tools, 'xid79-fallen-off-bus.log', /NVRM/);
    return undefined;
  },
  heal: async () => {
    // A line in the kernel's log stays until the log is emptied or the node restarts.
  },
} satisfies Fault;

/** The driver lost the card: nvidia-smi says so and exits 15, and the kernel log holds its Xid 79. */
export const gpuLost = {
  does: 'makes nvidia-smi answer that the card is lost (exit 15), with the kernel lines of its fall',
  inject: async (tools) => {
    await needCard(tools);
    await tools.tells('echo "gpu-lost $(($(ls /sys/bus/pci/devices | wc -l) - 1))" > /var/lib/lab-gpu/fails');
    await logRecorded(tools, 'xid79-fallen-off-bus.log', /NVRM/);
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells('rm -f /var/lib/lab-gpu/fails; dmesg --clear');
  },
} satisfies Fault;
