import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../run.ts';

/**
 * Writes what the kernel of the recorded machine shows of its cards below /sys/bus and /sys/module, into `bus` and `module` of the folder
 * with the recording; the node lays them over its own. Made here, because a node takes five seconds of CPU for what takes none here.
 */
export async function writeKernelFiles(folder: string, sources: string): Promise<void> {
  const perl = ['perl', `-I${join(sources, 'gpu')}`, '-MLabGpu::Cards', '-e', 'LabGpu::Cards::prepare()'];
  await must(perl, { env: { LAB_GPU_RECORDING: folder } });
  const prepared = await readFile(join(folder, 'query-gpu.csv'), 'utf8').catch(() => undefined);
  const [titles = '', ...rows] = (prepared ?? (await readFile(join(folder, 'idle.query-gpu.csv'), 'utf8')))
    .trim()
    .split('\n');
  const names = titles.split(', ').map((title) => title.split(' ')[0]);
  const cards = rows.map((row) => new Map(row.split(', ').map((cell, at) => [names[at] ?? '', cell])));
  for (const card of cards) await writeDevice(folder, card.get('pci.bus_id') ?? '', card.get('pci.device_id') ?? '');
  await mkdir(join(folder, 'module/nvidia'), { recursive: true });
  await writeFile(join(folder, 'module/nvidia/version'), `${cards[0]?.get('driver_version') ?? ''}\n`);
}

/** One device: `00000000:18:00.0` and `0x233010DE`, device and vendor in one number. Files of sysfs as lspci(8) reads them. */
async function writeDevice(folder: string, busId: string, deviceId: string): Promise<void> {
  const device = join(folder, 'bus/pci/devices', busId.slice(4).toLowerCase());
  const id = deviceId.slice(2, 6).toLowerCase();
  await mkdir(device, { recursive: true });
  // The head of the configuration space: vendor, device, command, status, revision, class 0302; little-endian, the rest is zero.
  const config = Buffer.alloc(64);
  config.writeUInt16LE(0x10de, 0);
  config.writeUInt16LE(Number.parseInt(id, 16), 2);
  config.writeUInt16LE(0x0006, 4);
  config.writeUInt32LE(0x0302_00a1, 8);
  const files = {
    vendor: '0x10de\n',
    device: `0x${id}\n`,
    class: '0x030200\n',
    irq: '0\n',
    resource: '0x0000000000000000 0x0000000000000000 0x0000000000000000\n'.repeat(7),
    config,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(device, name), content);
}
