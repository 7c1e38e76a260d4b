// Good answers of every check: what the hostile tests cut, garble and blow up.
import { createHash } from 'node:crypto';
import type { CheckName } from '../../src/model/check.ts';
import { kubeConfigMap, kubePlugin, sliced } from '../kube/objects.ts';

const TEXT = '# a\nUUID=1-2 / ext4 defaults 0 1\n';
const sum = createHash('sha256').update(TEXT).digest('hex');

export const samples: { readonly [C in CheckName]: readonly [string, ...string[]] } = {
  file: [
    `== stat\n81a4 0 0 33 1700000000 root root\n== sum\n${sum}  -\n== text\n${Buffer.from(TEXT).toString('base64')}\n`,
    '== stat\na1ff 0 0 12 1700000000 root root\n== link\n../proc/mounts\n',
    "== error\nstat: cannot statx '/nope': No such file or directory\n",
  ],
  entries: [
    '== entries\n81a4 612 1700000000 root a file\n41ed 4096 1700000000 bob .cache\na1ff 7 1700000000 1001 link\n',
  ],
  signatures: [
    '== device 0 /dev/sdb\n{"signatures":[{"device":"sdb","offset":"0x1fe","type":"dos"}]}\n== device 0 /dev/sdb1\n{\n "signatures": [\n  {"device":"sdb1","offset":"0x3","type":"ntfs","uuid":"01D9","label":"Backup"}\n ]\n}\n== device 0 /dev/sdb2\n\n',
  ],
  extent: [
    '== partition 1 2048 1\n== disk 629145600\n== device 313475072\n== filesystem 0 ext4\ndumpe2fs 1.47.0 (5-Feb-2023)\nBlock count:              305152\nFree blocks:              275727\nBlock size:               1024\n',
    '== disk 1000000000\n== device 1000000000\n== filesystem 0 xfs\nmeta-data=/dev/sdb               isize=512    agcount=4, agsize=61035 blks\ndata     =                       bsize=4096   blocks=244140, imaxpct=25\n',
  ],
  users: ['== users\n4711 bob python train.py --x\n12 root (in uninterruptible sleep)\n'],
  gitFile: [
    `== clone\norigin\nmain\n${'a'.repeat(40)}\n/home/ada/fleet\nvalues.yaml\nno\n== text\n${Buffer.from(TEXT).toString('base64')}\n`,
    '== none\nfatal: not a git repository\n',
  ],
  kubeSharing: [
    `== namespace\ngpu-operator\n== plugins 0\n${JSON.stringify({ items: [kubePlugin('slices', 'any')] })}\n== maps 0\n${JSON.stringify({ items: [kubeConfigMap('slices', { any: sliced(4) })] })}\n== policies 1\nError from server (NotFound): the server could not find the requested resource\n== pods 0\nnvidia-device-plugin-daemonset-x\tgpu-0\t2026-11-22T10:00:00Z\tnvidia-device-plugin-daemonset \ttrue true \n== nodes 0\ngpu-0\tany\t2\tTrue\tcpu=32 memory=128Gi nvidia.com/gpu=8 \tcpu=32 nvidia.com/gpu=8 \ngpu-1\t\t\tUnknown\tcpu=32 \tcpu=32 \n`,
    '== none\nkubectl is not installed here\n',
  ],
  kubeApplication: [
    `== application 0\n${JSON.stringify({ spec: { source: { repoURL: 'https://git.example.org/fleet', targetRevision: 'HEAD' }, syncPolicy: { automated: {} } }, status: { sync: { status: 'Synced', revision: 'a'.repeat(40) }, health: { status: 'Healthy' }, operationState: { phase: 'Succeeded', message: 'successfully synced (all tasks run)' } } })}\n== pushed\n${'a'.repeat(40)} yes\n`,
    '== application 1\nError from server (NotFound): applications.argoproj.io "x" not found\n',
  ],
  service: [
    '== show 0\nType=forking\nLoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nUnitFileState=enabled\nKillMode=process\nMainPID=712\nInvocationID=ab12\nNeedDaemonReload=no\nDescription=OpenBSD Secure Shell server\nFragmentPath=/lib/systemd/system/ssh.service\n== needed\nmulti-user.target\n== journal\nServer listening\n== users\n',
  ],
  contents: [
    '== folder 64768:131 1048576\n/srv/it is\n== entries\n41ed 64768:132 12582912 1700000000 bob job-1\n41ed 64768:133 - - bob job-2\n81a4 64768:134 0 1700000000 root \\0012\\0040\\0303\\0244\na1ff 64768:135 0 1700000000 root link\n== untold 1\n',
    "== error\nstat: cannot statx '/nope': No such file or directory\n",
    '== error\n/x is a link to /y\n',
  ],
  identities: [
    '== folder 64768:131 1048576\n/srv/it is\n== entries\n41ed 64768:132 12582912 1700000000 bob job-1\n41ed 64768:133 - - bob job-2\n81a4 64768:134 0 1700000000 root \\0012\\0040\\0303\\0244\na1ff 64768:135 0 1700000000 root link\n== untold 1\n',
    "== error\nstat: cannot statx '/nope': No such file or directory\n",
    '== error\n/x is a link to /y\n',
  ],
  processes: [
    '== processes\n4711 123456 7200 bob /user.slice/user-1000.slice python train.py --x\n12 99 0 1001 / sh\n',
  ],
  holders: ['== holders\njob 1\n> 4711 bob python train.py\n> 1 x\n> 12 root sh\n'],
  gpuSettings: [
    '== cards 0\n0, GPU-5f2c, 00000000:1B:00.0, NVIDIA H100 80GB HBM3, Enabled, Default, 700.00, 200.00, 700.00, 700.00, Disabled, Disabled, 4, 81559\n1, GPU-6a00, 00000000:2D:00.0, NVIDIA GeForce RTX 3090, Disabled, Exclusive_Process, 350.00, 100.00, 350.00, 350.00, [N/A], [N/A], 1, 24576\n== policy\nGPU  0: Timeslice: Default\n|   1     Timeslice       Short  |\n== minors\n0000:1b:00.0 0\n0000:2d:00.0 1\n',
    "== cards 9\nNVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n== policy\n== minors\n",
  ],
  gpuHolders: [
    '== holders\n612 nvidia-persistenced nvidia0,nvidia1 /usr/bin/nvidia-persistenced --verbose\n4711 alice nvidiactl,nvidia-uvm,nvidia0 python train.py\n== cgroup 4711\n0::/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope\n',
    '== refused\n',
  ],
  gpuMig: [
    `== profiles 0
+-----------------------------------------------------------------------------+
| GPU instance profiles:                                                      |
| GPU   Name             ID    Instances   Memory     P2P    SM    DEC   ENC  |
|                              Free/Total   GiB              CE    JPEG  OFA  |
|=============================================================================|
|   0  MIG 1g.10gb       19     3/7        9.75       No     16     1     0   |
|                                                             1     1     0   |
+-----------------------------------------------------------------------------+
|   0  MIG 3g.40gb        9     1/2        39.50      No     60     3     0   |
+-----------------------------------------------------------------------------+
== instances 0
| GPU instances:                                        |
|   0  MIG 3g.40gb          9        1          4:4     |
|   0  MIG 1g.10gb         19        7          0:1     |
== compute 0
| Compute instances:                                                 |
|   0      1       MIG 3g.40gb          2         0          0:4     |
`,
    '== profiles 6\nNo MIG-enabled devices found.\n== instances 6\nNo MIG-enabled devices found.\n== compute 6\nNo MIG-enabled devices found.\n',
  ],
  gpuStack: [
    '== modules\nnvidia_uvm 2\nnvidia 42\n== cards\n0000:1b:00.0 nvidia\n0000:2d:00.0 -\n== mps\n4100 root control\n4101 alice server\n',
  ],
  kubeNode: [
    '== node\n{"kind":"Node","metadata":{"name":"gpu-0","uid":"u-1"},"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}]}}\n== end 0\n\n',
    '== node\n\n== end 1\nError from server (NotFound): nodes "gpu-0" not found\n',
  ],
  kubePods: [
    `== pods\nai\tollama-7c9f-x\tu-1\tgpu-0\tRunning\t\t30\t2026-11-22T10:00:00Z\t1000\t\t[{"kind":"ReplicaSet","name":"ollama-7c9f","controller":true}]\t{} {"medium":"Memory"}\t{"app":"ollama"}\t{"nvidia.com/gpu":"1"} {}\n\n== end 0\n\n== budgets\n{"items":[{"metadata":{"namespace":"ai","name":"ollama"},"spec":{"selector":{"matchLabels":{"app":"ollama"},"matchExpressions":[{"key":"app","operator":"In","values":["ollama"]}]}},"status":{"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":1}}]}\n== end 0\n\n`,
    '== pods\n\n== end 1\nThe connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n== budgets\n\n== end 1\n\n',
  ],
};
