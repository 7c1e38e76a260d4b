import { osReleaseLines } from './answers/about.ts';
import { kernelClause } from './answers/exports.ts';
import { rawLine } from './answers/kernel-log.ts';
import { loadavgLine, memoryLines, uptimeLine } from './answers/load.ts';
import { mountinfoLine } from './answers/mounts.ts';
import { listGpus, queryGpu, smiVersion } from './answers/nvidia-smi.ts';
import { unitName } from './answers/units.ts';
import { availableBytes, spaceBehind, usedBytes } from './answers/usage.ts';
import type { NodeState } from './node-state.ts';
import type { World } from './world.ts';

/** What a command of a simulated node printed. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A node as a tool sees it. */
interface Bench {
  readonly world: World;
  readonly node: NodeState;
  readonly nowMs: number;
}

type Tool = (bench: Bench, args: readonly string[]) => ToolResult;

const GIB = 2 ** 30;
const NOTHING: ToolResult = { stdout: '', stderr: '', exitCode: 0 };

/** Runs one command line on a node: a word and its arguments, without a shell's syntax. An unknown word ends with 127, as in sh. */
export function runTool(world: World, name: string, command: string): ToolResult {
  const node = world.node(name);
  const words = command.split(/\s+/).filter((part) => part !== '');
  const [word, ...args] = words[0] === 'sudo' ? words.filter((part) => part !== 'sudo' && part !== '-n') : words;
  if (node === undefined || word === undefined) return NOTHING;
  const tool = Object.hasOwn(TOOLS, word) ? TOOLS[word] : undefined;
  if (tool === undefined) return { stdout: '', stderr: `sh: ${word}: command not found\n`, exitCode: 127 };
  return tool({ world, node, nowMs: world.clock.nowMs() }, args);
}

const TOOLS: { readonly [word: string]: Tool } = {
  help: () => printed([`This node is simulated. It knows: ${Object.keys(TOOLS).join(' ')} exit`]),
  hostname: ({ node }) => printed([node.name]),
  whoami: ({ node }) => printed([node.privilege === 'root' ? 'root' : 'demo']),
  echo: (_, args) => printed([args.join(' ')]),
  true: () => NOTHING,
  uname: ({ node }, args) =>
    printed([args.includes('-r') ? node.os.kernel : `Linux ${node.name} ${node.os.kernel} ${node.os.arch}`]),
  date: ({ node, nowMs }) => printed([new Date(nowMs + node.ailments.clockSkewMs).toUTCString()]),
  uptime: (bench) => printed([uptimeWords(bench)]),
  cat: (bench, [path = '']) => cat(bench, path),
  df: (bench) => df(bench),
  mount: ({ node }) =>
    printed(
      node.mounts.map(
        (each) =>
          `${each.source} on ${each.target} type ${each.fsType} (${[...each.options, ...each.superOptions.slice(1)].join(',')})`,
      ),
    ),
  lsblk: ({ node }) =>
    printed(
      node.disks.flatMap((disk) => [
        `${disk.name}  disk  ${sizeWords(disk.sizeBytes)}  ${disk.model}`,
        ...disk.partitions.map((part) => `  ${part.name}  part  ${sizeWords(part.sizeBytes)}`),
      ]),
    ),
  exportfs: ({ node }) =>
    node.nfsdThreads > 0 ? printed(node.exports.map(kernelClause)) : failed('sh: exportfs: command not found', 127),
  systemctl: ({ node }, args) => systemctl(node, args),
  dmesg: ({ node }) => printed(node.kernelLog.map((line) => rawLine(node, line))),
  'nvidia-smi': nvidiaSmi,
};

function uptimeWords({ node, nowMs }: Bench): string {
  const days = Math.floor((nowMs - node.bootedAtMs) / 86_400_000);
  const [one, five, fifteen] = loadavgLine({ node, nowMs }).split(' ');
  return ` up ${days} days,  1 user,  load average: ${one}, ${five}, ${fifteen}`;
}

function cat(bench: Bench, path: string): ToolResult {
  const { node } = bench;
  switch (path) {
    case '/proc/loadavg':
      return printed([loadavgLine(bench)]);
    case '/proc/uptime':
      return printed([uptimeLine(bench)]);
    case '/proc/meminfo':
      return printed(memoryLines(bench));
    case '/proc/self/mountinfo':
      return printed(node.mounts.map(mountinfoLine));
    case '/etc/os-release':
      return printed(osReleaseLines(node));
    case '/etc/hostname':
      return printed([node.name]);
    default:
      return failed(`cat: ${path}: No such file or directory`, 1);
  }
}

/** A mount that hangs is left out instead of hanging the little shell with it. */
function df({ world, node, nowMs }: Bench): ToolResult {
  const rows = node.mounts.flatMap((mount) => {
    const behind = mount.hungBy.length > 0 ? undefined : spaceBehind(world, mount);
    const space = behind?.space;
    if (behind === undefined || space === undefined || space.sizeBytes === 0) return [];
    const used = usedBytes(space, nowMs);
    const percent = `${Math.ceil((used / (used + availableBytes(behind, space, nowMs))) * 100)}%`;
    return [
      [
        mount.source.padEnd(26),
        sizeWords(space.sizeBytes).padStart(9),
        sizeWords(used).padStart(9),
        percent.padStart(5),
        mount.target,
      ].join(' '),
    ];
  });
  return printed(['Filesystem                      Size      Used  Use% Mounted on', ...rows]);
}

/** `systemctl is-active NAME…`: 3 when one of them is not, as systemctl(1) does. */
function systemctl(node: NodeState, [verb = '', ...names]: readonly string[]): ToolResult {
  if (verb !== 'is-active') return failed(`Unknown command verb '${verb}'; the demo knows is-active.`, 1);
  const active = new Set([
    'sshd.service',
    ...(node.nfsdThreads > 0 ? ['nfs-server.service'] : []),
    ...node.mounts.map((mount) => unitName(mount.target, mount.fsType === 'autofs' ? 'automount' : 'mount')),
  ]);
  const states = names.map((name) =>
    active.has(name.includes('.') ? name : `${name}.service`) ? 'active' : 'inactive',
  );
  return { ...printed(states), exitCode: states.every((state) => state === 'active') ? 0 : 3 };
}

function nvidiaSmi({ node, nowMs }: Bench, args: readonly string[]): ToolResult {
  if (node.driver === undefined) return failed('sh: nvidia-smi: command not found', 127);
  // The little shell has no ctrl-c for a tool that never ends.
  if (node.ailments.isDriverWedged) return failed('nvidia-smi: killed', 137);
  if (args.includes('-L')) return printed(listGpus(node));
  if (args.includes('--version')) return printed(smiVersion(node));
  const asked = args.find((arg) => arg.startsWith('--query-gpu='))?.slice('--query-gpu='.length);
  const columns = asked?.split(',') ?? [
    'index',
    'name',
    'utilization.gpu',
    'memory.used',
    'temperature.gpu',
    'power.draw',
  ];
  const { lines, exitCode } = queryGpu(node, columns, nowMs);
  return { ...printed(lines), exitCode };
}

function sizeWords(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)}G`;
}

function printed(lines: readonly string[]): ToolResult {
  return { stdout: lines.map((line) => `${line}\n`).join(''), stderr: '', exitCode: 0 };
}

function failed(words: string, exitCode: number): ToolResult {
  return { stdout: '', stderr: `${words}\n`, exitCode };
}
