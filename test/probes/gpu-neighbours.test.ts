import { describe, expect, test } from 'vitest';
import { gpuDriver } from '../../src/probes/gpu-driver.ts';
import { gpuProcesses } from '../../src/probes/gpu-processes.ts';
import { project } from './nvidia-smi.ts';
import { capture, capturesIn, describeCaptures, factOf, failureOf, parse } from './support.ts';

const MIB = 1_048_576;

describe('gpuDriver', () => {
  const versions = `NVIDIA-SMI version  : 595.71.05
NVML version        : 595.71
DRIVER version      : 595.71.05
CUDA Version        : 13.2
`;

  test('cards on the bus, the loaded module, and the versions of driver and CUDA', () => {
    expect(factOf(gpuDriver, `pci=8\nmodule=595.58.01\n== version\n${versions}`)).toEqual({
      pciGpuCount: 8,
      moduleVersion: '595.58.01',
      driverVersion: '595.71.05',
      cudaVersion: '13.2',
    });
  });

  test('cards without a driver are a fact', () => {
    expect(factOf(gpuDriver, 'pci=2\nmodule=\n')).toEqual({ pciGpuCount: 2 });
    const words = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
    expect(factOf(gpuDriver, `pci=2\nmodule=\n== version\n${words}\n`)).toEqual({ pciGpuCount: 2 });
  });

  test('who has the cards, their files, and what containers are told', () => {
    const answer =
      'pci=3\nmodule=\ndrivers=nouveau,-,vfio-pci\nfiles=0\ntoolkit=no\ncdi=/etc/cdi/nvidia.yaml 570.124.06\n';
    expect(factOf(gpuDriver, answer)).toEqual({
      pciGpuCount: 3,
      foreignDrivers: ['nouveau', 'vfio-pci'],
      deviceFiles: 0,
      hasToolkit: false,
      cdi: { path: '/etc/cdi/nvidia.yaml', driverVersion: '570.124.06' },
    });
  });

  test('a stuck nvidia-smi keeps the versions of before', () => {
    const value = { pciGpuCount: 8, driverVersion: '595.71.05', cudaVersion: '13.2' };
    const previous = { value, atMs: 0 };
    expect(factOf(gpuDriver, 'pci=7\nmodule=595.71.05\n== stuck\n', { previous })).toEqual({
      ...value,
      pciGpuCount: 7,
      moduleVersion: '595.71.05',
    });
  });

  test('a node without card and driver has none; a tool without cards is a fact', () => {
    expect(parse(gpuDriver, 'pci=0\nmodule=\n')).toEqual({ kind: 'absent', because: 'no NVIDIA GPU on the PCI bus' });
    expect(factOf(gpuDriver, `pci=0\nmodule=\n== version\n${versions}`).pciGpuCount).toBe(0);
    expect(failureOf(() => parse(gpuDriver, 'pci=many\n'))).toMatch(/^gpuDriver: line 1/);
  });

  describeCaptures('versions', () => {
    test.each(capturesIn('gpu/captures'))('%s/version.txt', (host) => {
      const driver = host.split('__')[2];
      const value = factOf(gpuDriver, `pci=1\nmodule=${driver}\n== version\n${capture(`${host}/version.txt`)}`);
      expect([value.driverVersion, value.moduleVersion]).toEqual([driver, driver]);
      expect(value.cudaVersion).toMatch(/^13\.[12]$/);
    });
  });
});

describe('gpuProcesses', () => {
  const id = '0123456789abcdef'.repeat(4);

  test('who runs what in which container, and memory held by something invisible', () => {
    const answer = `== apps 0
GPU-0a, 2165, /usr/bin/python3, 25000
GPU-0b, 2165, /usr/bin/python3, 512
MIG-0c, 77, a, b, c, [N/A]
GPU-0a, 99, [Not Found], 300
== ps
2165 alice 86400 python train.py --epochs 3
77 ? 5 
== cgroup 2165
0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3574e959_ff24_40d6_a6d0_5b9af3d743a0.slice/cri-containerd-${id}.scope
== cgroup 77
12:devices:/kubepods/besteffort/pod3574e959-ff24-40d6-a6d0-5b9af3d743a0
`;
    const alice = {
      user: 'alice',
      command: 'python train.py --epochs 3',
      container: '0123456789ab',
      podUid: '3574e959-ff24-40d6-a6d0-5b9af3d743a0',
      startedSecAgo: 86_400,
    };
    expect(factOf(gpuProcesses, answer)).toEqual([
      { gpuUuid: 'GPU-0a', pid: 2_165, name: '/usr/bin/python3', memoryBytes: 25_000 * MIB, ...alice },
      { gpuUuid: 'GPU-0b', pid: 2_165, name: '/usr/bin/python3', memoryBytes: 512 * MIB, ...alice },
      {
        gpuUuid: 'MIG-0c',
        pid: 77,
        name: 'a, b, c',
        container: '3574e959-ff24-40d6-a6d0-5b9af3d743a0',
        podUid: '3574e959-ff24-40d6-a6d0-5b9af3d743a0',
        startedSecAgo: 5,
      },
      { gpuUuid: 'GPU-0a', pid: 99, name: '[Not Found]', memoryBytes: 300 * MIB },
    ]);
  });

  test.each([
    ['Docker on cgroup 2', `0::/system.slice/docker-${id}.scope`],
    ['Docker on cgroup 1', `12:pids:/docker/${id}\n11:cpu:/docker/${id}`],
    ['CRI-O', `0::/kubepods.slice/crio-${id}.scope`],
    ['Podman', `0::/user.slice/user-1000.slice/libpod-${id}.scope/container`],
  ])('%s names the container', (_, cgroup) => {
    const answer = `== apps 0\nGPU-0a, 5, x, 1\n== ps\n== cgroup 5\n${cgroup}\n`;
    expect(factOf(gpuProcesses, answer)[0]?.container).toBe('0123456789ab');
  });

  test('no process is an empty fact, no tool and no device are absence, a sick driver is a failure in its words', () => {
    expect(factOf(gpuProcesses, '== apps 0\n\n== ps\n')).toEqual([]);
    expect(parse(gpuProcesses, '').kind).toBe('absent');
    expect(parse(gpuProcesses, '== apps 6\nNo devices were found\n== ps\n').kind).toBe('absent');
    const words = 'Failed to initialize NVML: Unknown Error';
    expect(failureOf(() => parse(gpuProcesses, `== apps 9\n${words}\n== ps\n`))).toBe(words);
  });

  describeCaptures('compute apps', () => {
    const columns = ['gpu_uuid', 'pid', 'process_name', 'used_gpu_memory'];
    test.each([
      ['linux-x86_64__nvidia-geforce-rtx-2080-super__595.71.05', [5_268, 'ffmpeg', 370, 5_267, 'ffmpeg', 230]],
      [
        'linux-x86_64__nvidia-h200__590.48.01',
        [10_291, '/root/tools/memhog', 2_566, 10_293, '/root/tools/memhog', 1_542, 10_309, './gpu_burn', 28_234],
      ],
    ])('%s', (host, expected) => {
      const rows = project(capture(`gpu/captures/${host}/load.compute-apps.csv`), columns);
      const found = factOf(gpuProcesses, `== apps 0\n${rows}== ps\n`);
      expect(found.flatMap(({ pid, name, memoryBytes = 0 }) => [pid, name, memoryBytes / MIB])).toEqual(expected);
    });

    test('every capture parses, and idle cards have no processes', () => {
      for (const host of capturesIn('gpu/captures')) {
        const rows = (state: string) => project(capture(`${host}/${state}.compute-apps.csv`), columns);
        const load = rows('load');
        expect(factOf(gpuProcesses, `== apps 0\n${load}== ps\n`).length).toBe(load.split('\n').length - 1);
        expect(factOf(gpuProcesses, `== apps 0\n${rows('idle')}== ps\n`).length).toBe(
          rows('idle').split('\n').length - 1,
        );
      }
    });
  });
});
