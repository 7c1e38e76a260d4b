// A stand-in for talosctl, and machines of Talos as it tells of them. The forms are those of siderolabs/talos: resources as `output/json.go` prints them
// (JSON with four spaces, one object after another) with the members of their specs (`pkg/machinery/resources`), mounts as `mounts.go`, the kernel's log as
// `dmesg.go` with the lines of a report of Talos 1.12 with NVIDIA cards.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from './objects.ts';

const resource = (type: string, id: string, spec: unknown): string => {
  const metadata = { namespace: 'runtime', type, id, version: 2, phase: 'running' };
  return `${JSON.stringify({ metadata, node: '10.0.0.7', spec }, null, 4)}\n`;
};

const service = (id: string, spec: { running: boolean; healthy: boolean; unknown: boolean }): string =>
  resource('Services.v1alpha1.talos.dev', id, spec);

const extension = (id: string, name: string, version: string): string =>
  resource('ExtensionStatuses.runtime.talos.dev', id, { image: `${id}.${name}.sqsh`, metadata: { name, version } });

export const STATUS = resource('MachineStatuses.runtime.talos.dev', 'machine', {
  stage: 'running',
  status: { ready: true, unmetConditions: [] },
});

export const NOT_READY = resource('MachineStatuses.runtime.talos.dev', 'machine', {
  stage: 'running',
  status: { ready: false, unmetConditions: [{ name: 'services', reason: 'kubelet is not healthy' }] },
});

/** What a machine that is well answers, by question. */
export const WELL: Readonly<Record<string, string>> = {
  machinestatus: STATUS,
  services:
    service('apid', { running: true, healthy: true, unknown: false }) +
    service('kubelet', { running: true, healthy: true, unknown: false }) +
    service('ext-iscsid', { running: true, healthy: false, unknown: true }),
  extensions:
    extension('0', 'nonfree-kmod-nvidia-production', '550.127.05-v1.9.1') +
    extension('1', 'nvidia-container-toolkit-production', '550.127.05-v1.17.2') +
    extension('2', 'schematic', '613e1592b2da41ae5e265e8789429f22e121aab91cb4deb6bc3c0b6262961245'),
  disks:
    resource('Disks.block.talos.dev', 'loop0', {
      dev_path: '/dev/loop0',
      size: 75_010_048,
      readonly: true,
      cdrom: false,
    }) +
    resource('Disks.block.talos.dev', 'nvme0n1', {
      dev_path: '/dev/nvme0n1',
      size: 1_000_204_886_016,
      pretty_size: '1.0 TB',
      io_size: 512,
      sector_size: 512,
      readonly: false,
      cdrom: false,
      model: 'Samsung SSD 990 PRO 1TB',
      serial: 'S6Z1NJ0W',
      transport: 'nvme',
    }),
  mounts: `NODE       FILESYSTEM       SIZE(GB)   USED(GB)   AVAILABLE(GB)   PERCENT USED   MOUNTED ON
10.0.0.7   devtmpfs         16.73      0.00       16.73           0.00%          /dev
10.0.0.7   /dev/loop0       0.07       0.07       0.00            100.00%        /
10.0.0.7   /dev/nvme0n1p6   997.55     578.79     418.76          58.02%         /var
10.0.0.7   /dev/nvme0n1p6   997.55     578.79     418.76          58.02%         /var/lib/kubelet/pods
10.0.0.7   nas:/tank/ai     4000.00    1000.00    3000.00         25.00%         /var/mnt/models
`,
  dmesg: '10.0.0.7: kern:    info: [2026-04-22T21:20:01.000000000Z]: nvme nvme0: 16/0/0 default/read/poll queues\n',
};

/** Lines of a card that fell off the bus, and one that a process wrote that only looks like them. */
export const XID_LINES = `10.0.0.7: kern: warning: [2026-04-22T21:25:20.505406921Z]: NVRM: Xid (PCI:0000:48:00): 79, pid=22884, name=ollama, GPU has fallen off the bus.
10.0.0.7: user: warning: [2026-04-22T21:25:21.000000000Z]: NVRM: Xid (PCI:0000:49:00): 48, pid=1
`;

/** The stand-in in a folder of its own, to be put first on PATH. */
export interface FakeTalosctl {
  readonly folder: string;
  /** A talosconfig that is there. */
  readonly config: string;
  /** What a question is answered with from now on; a number is the exit status of a refusal in these words. */
  readonly answers: (question: string, text: string, exitCode?: number) => void;
  /** How it was called, a line each. */
  readonly calls: () => readonly string[];
}

export function fakeTalosctl(folder: string): FakeTalosctl {
  const answers = join(folder, 'answers');
  const config = join(folder, 'talosconfig');
  const log = join(folder, 'calls');
  mkdirSync(answers, { recursive: true });
  writeFileSync(config, 'context: lab\n');
  writeFileSync(log, '');
  // Where there is no talosconfig the real one writes an empty one (`client/config/config.go`).
  writeFileSync(
    join(folder, 'talosctl'),
    `#!/bin/sh
[ -e "$TALOSCONFIG" ] || : > "$TALOSCONFIG"
echo "$*" >> '${log}'
for q in machinestatus services extensions disks mounts dmesg; do
  case " $* " in *" $q "*) break;; esac
done
if [ -e '${answers}'/$q.refused ]; then cat '${answers}'/$q.refused >&2; exit 1; fi
cat '${answers}'/$q
`,
  );
  chmodSync(join(folder, 'talosctl'), 0o755);
  const fake: FakeTalosctl = {
    folder,
    config,
    answers: (question, text, exitCode = 0) =>
      writeFileSync(join(answers, exitCode === 0 ? question : `${question}.refused`), text),
    calls: () => readFileSync(log, 'utf8').split('\n').slice(0, -1),
  };
  for (const [question, text] of Object.entries(WELL)) fake.answers(question, text);
  return fake;
}

/** A node with an address, as the API server has it. */
export const withAddress = (node: KubeObject, address: string): KubeObject => ({
  ...node,
  status: { ...Object(node['status']), addresses: [{ type: 'InternalIP', address }] },
});
