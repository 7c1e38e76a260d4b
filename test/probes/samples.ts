// One good answer or more of every probe: what the hostile tests cut, garble and blow up.
import type { ProbeName } from '../../src/model/probe.ts';
import { GPU_FIELDS } from '../../src/probes/gpu-fields.ts';

const card = (index: number): string =>
  GPU_FIELDS.map((field) => {
    if (field === 'index') return String(index);
    if (field === 'uuid') return `GPU-0${index}`;
    if (field === 'pci.bus_id') return `00000000:0${index}:00.0`;
    if (field === 'clocks_event_reasons.active') return '0x0000000000000004';
    if (field === 'mig.mode.current') return 'Enabled';
    return /name|version/.test(field) ? 'NVIDIA H100' : '57';
  }).join(', ');

const LSBLK = JSON.stringify({
  blockdevices: [
    {
      name: '/dev/sda',
      kname: '/dev/sda',
      type: 'disk',
      size: 1_000_204_886_016,
      rota: true,
      model: 'Disk',
      mountpoints: [null],
      children: [{ name: '/dev/sda1', kname: '/dev/sda1', type: 'part', size: '1024', ro: '0', mountpoint: '/data' }],
    },
  ],
});

/** Good answers by probe; a probe without one is a compile error. */
export const samples: { readonly [P in ProbeName]: readonly string[] } = {
  identity: [
    'hostname=gpu01\nkernel=6.1.0\narch=x86_64\nboot=58ee\ncpus=64\nvirt=none\n== os-release\nPRETTY_NAME="Debian"\n',
  ],
  clock: ['1795335597.861631612\n', '1795335597\n'],
  privilege: ['root\n', 'sudo 12\n', 'refused sudo: a password is required\n'],
  maintenance: ['reason=new fans\nauthor=ada\nat=2026-11-22T10:00:00.000Z\n'],
  tools: ['lsblk\nparted\nnvidia-smi\n'],
  load: [
    '0.52 0.58 0.59 3/1274 93021\n86400.25 1234567.01\ncpu  7664 10 4259 278394 2057 0 76 244 500 0\nMemTotal:       24684084 kB\nMemFree:        24431708 kB\nMemAvailable:   24390200 kB\n',
  ],
  mounts: [
    '36 35 98:0 / /data rw,noatime shared:1 - xfs /dev/sdb rw\n37 35 0:45 /x /mnt/a\\040b rw - nfs4 nfs-a:/srv rw,vers=4.2\n38 35 0:46 / /auto rw - autofs systemd-1 rw,timeout=60,direct\n',
  ],
  nfsStats: [
    'device nfs-a:/srv mounted on /mnt/a with fstype nfs4 statvers=1.1\n\tage:\t100\n\tbytes:\t1 2 3 4 5 6 7 8\n\txprt:\ttcp 733 1 1 0 0 30 30 0 9 6 2 0 0\n\tper-op statistics\n\t        READ: 10 12 0 1 2 20 50 70 0\n\n',
  ],
  directories: ['d 0 0 1777 directory\nd link\nd error stat: x\nu 1000\ng \n'],
  usage: ['4096 262144 100000 86893 65536 65000\n'],
  exports: [
    '== file /etc/exports\n/srv -ro a(rw,sync) "b"(ro) # c\n/x\\040y \\\n  10.0.0.0/8(rw)\n\n== kernel 0\n/srv\n\t\t<world>(rw,sync)\n/x a(ro)\n',
  ],
  nfsServer: [
    '== threads\n8\n== busy\n1 2\n== client 3\naddress: "10.4.0.11:893"\nname: "Linux NFSv4.2 gpu01"\nminor version: 2\n',
  ],
  blockDevices: [
    `== lsblk 0\n${LSBLK}\n== by-id\nlrwxrwxrwx 1 root root 9 Jan  1 00:00 ata-x -> ../../sda\n`,
    '== lsblk 0\nNAME="/dev/sda" PKNAME="" TYPE="disk" SIZE="1024" MODEL="A\\x20B" ROTA="0"\n== by-id\n',
  ],
  units: [
    '== units 0\nId=a\\x2db.mount\nLoadState=loaded\nActiveState=active\nSubState=mounted\nWhere=/a-b\nOptions=rw,x=y\n\nId=c.automount\nLoadState=loaded\nActiveState=active\nSubState=waiting\n\n== failed\nd.mount loaded failed failed /d\n',
  ],
  gpus: [
    `== gpus 0\n${card(0)}\n${card(1)}\nUnable to determine the device handle for GPU 0000:02:00.0: GPU is lost.\n== list\nGPU 0: H100 (UUID: GPU-00)\n  MIG 3g.40gb     Device  0: (UUID: MIG-1)\n`,
  ],
  gpuErrors: [
    '== corrected 0\n00000000:01:00.0, 3\n00000000:02:00.0, [N/A]\n== cards\nGPU 00000000:01:00.0\n    GPU UUID : GPU-0a\n    GPU Recovery Action : Drain and Reset\n        Replays Since Reset : 9\nFabric State : In Progress\nFabric Status : N/A\n== links\nGPU 0: NVIDIA H100 (UUID: GPU-0a)\n\t Link 0: 26.562 GB/s\n\t Link 1: <inactive>\n',
  ],
  gpuDriver: [
    'pci=8\nmodule=595.71.05\ndrivers=nvidia,nouveau\nfiles=7\ntoolkit=yes\ncdi=/etc/cdi/nvidia.yaml 595.71.05\n== version\nDRIVER version      : 595.71.05\nCUDA Version        : 13.2\n',
  ],
  gpuProcesses: [
    `== apps 0\nGPU-00, 2165, python3, 25000\n== ps\n2165 alice 86400 python train.py\n== cgroup 2165\n0::/system.slice/docker-${'0a'.repeat(32)}.scope\n`,
  ],
  usb: ['1a6e:089a 2-4 5000\n18d1:9302 1-1.3 480\n'],
  kernelLog: [
    '== log\n<4>[74889.6] NVRM: Xid (PCI:0000:02:00): 79, GPU has fallen off the bus.\n<4>[5.0] nfs: server a not responding, still trying\n<3>[6.0] I/O error, dev sda, sector 1\n<3>[7.0] Out of memory: Killed process 4 (x)\n',
  ],
};

/** What the samples of a probe with targets answer. */
export const targetOf = (name: ProbeName): string =>
  name === 'directories' ? '/data\n/data\nd /data\nd /data/a\nd /data/b\nu svc\ng svc' : '/data';
