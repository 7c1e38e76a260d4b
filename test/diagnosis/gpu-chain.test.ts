// The chain below nvidia-smi: the first broken link is the finding, and what only shows it is told with it.
import { describe, expect, test } from 'vitest';
import type { GpuDriver, GpuProcess } from '../../src/model/facts.ts';
import { answered, gpu, gpus, inventory, inventoryNode, observed, up } from '../store/builders.ts';
import { foundIn, told, watched } from './support.ts';

const fleet = inventory([inventoryNode('gpu01', { gpus: { count: 2 } }), 'gpu02']);
const GONE =
  "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.";

const below = (driver: Partial<GpuDriver>, because = GONE, kind: 'failed' | 'absent' = 'failed') => [
  up('gpu01'),
  observed('gpu01', 'gpus', { kind, because }),
  answered('gpu01', 'gpuDriver', { pciGpuCount: 2, deviceFiles: 2, ...driver }),
];

describe('GPUs that do not answer', () => {
  test.each<[string, Partial<GpuDriver>, string, string]>([
    [
      'nouveau has them',
      { foreignDrivers: ['nouveau'] },
      'nouveau has them on the PCI bus',
      'Keep nouveau from loading on gpu01',
    ],
    [
      'virtual machines have them',
      { foreignDrivers: ['vfio-pci'] },
      'vfio-pci has them on the PCI bus',
      'Look on gpu01 which virtual machine has the cards',
    ],
    [
      'the module is not loaded',
      {},
      'they are on the PCI bus, the kernel module nvidia is not loaded',
      'Run "muster plan gpu-recover -l gpu01"',
    ],
    [
      'there are no device files',
      { moduleVersion: '570.1', deviceFiles: 0 },
      'the module is loaded, there are no files of cards below /dev',
      'Run "nvidia-modprobe -u -c 0" on gpu01',
    ],
  ])('because %s are one finding that says so', (_, driver, text, move) => {
    const found = foundIn(fleet, below(driver));
    expect(told(found)).toEqual([`critical: the GPUs of gpu01 are not detected: ${text}`]);
    expect(found[0]?.nextMove).toContain(move);
  });

  test('because nothing is installed say what is missing', () => {
    expect(told(foundIn(fleet, below({}, 'no nvidia-smi on this node', 'absent')))).toEqual([
      'critical: the GPUs of gpu01 are not detected: they are on the PCI bus, the NVIDIA driver is not installed',
    ]);
    expect(told(foundIn(fleet, below({ moduleVersion: '570.1' }, 'no nvidia-smi on this node', 'absent')))).toEqual([
      'critical: the GPUs of gpu01 are not detected: the module is loaded, nvidia-smi is not installed',
    ]);
  });

  test('though all below them is well are told in the words of nvidia-smi', () => {
    const mismatch = 'Failed to initialize NVML: Driver/library version mismatch; NVML library version: 580.173';
    expect(told(foundIn(fleet, below({ moduleVersion: '570.1' }, mismatch)))).toEqual([
      `critical: the GPU driver of gpu01 fails: ${mismatch}`,
    ]);
  });
});

describe('memory that nothing computes with', () => {
  const held = [gpu(0, { memoryUsedBytes: 20 * 1024 ** 3 }), gpu(1)];
  const process = { gpuUuid: held[0]?.uuid ?? '', pid: 7, name: 'python' };
  const later = (processes: readonly GpuProcess[]) => {
    const it = watched(fleet);
    it.at(0, [up('gpu01'), answered('gpu01', 'gpus', held), answered('gpu01', 'gpuProcesses', processes)]);
    return told(it.at(61_000));
  };

  test('is told after a minute, also where only the driver still knows the process', () => {
    const words = 'warning: 1 GPU of gpu01 holds memory that nothing computes with';
    expect(later([])).toEqual([words]);
    expect(later([process])).toEqual([words]);
    expect(later([{ ...process, user: 'alice' }])).toEqual([]);
  });
});

describe('containers', () => {
  const driver = { pciGpuCount: 2, moduleVersion: '580.1', deviceFiles: 2 };
  const seen = (more: Partial<GpuDriver>) =>
    told(
      foundIn(fleet, [
        up('gpu01'),
        answered('gpu01', 'gpus', gpus(2)),
        answered('gpu01', 'tools', ['docker', 'nvidia-smi']),
        answered('gpu01', 'gpuDriver', { ...driver, ...more }),
      ]),
    );

  test('without the toolkit, or with a description of another driver, do not get the GPUs', () => {
    expect(seen({ hasToolkit: true, cdi: { path: '/etc/cdi/nvidia.yaml', driverVersion: '580.1' } })).toEqual([]);
    expect(seen({ hasToolkit: false })).toEqual([
      'notice: containers on gpu01 do not get the GPUs: docker without the NVIDIA container toolkit',
    ]);
    expect(seen({ hasToolkit: true, cdi: { path: '/etc/cdi/nvidia.yaml', driverVersion: '570.9' } })).toEqual([
      'warning: containers on gpu01 do not get the GPUs: /etc/cdi/nvidia.yaml is of driver 570.9, the module is 580.1',
    ]);
  });
});
