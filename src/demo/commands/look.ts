import { rawLine } from '../answers/kernel-log.ts';
import { loadavgLine } from '../answers/load.ts';
import { availableBytes, spaceBehind, usedBytes } from '../answers/usage.ts';
import { findService } from '../units.ts';
import { type Bench, type Command, type Commands, parseArgs, say, stateOf } from './doing.ts';

const GIB = 2 ** 30;

/** A command that only prints. */
const printing = (lines: (bench: Bench, args: readonly string[]) => readonly string[]): Command => ({
  play: function* (bench, args) {
    for (const line of lines(bench, args)) yield { kind: 'say', text: `${line}\n` };
    return 0;
  },
});

const nowOf = ({ world }: Bench): number => world.clock.nowMs();

/** Tools that tell something of the node and change nothing. */
export const lookCommands: Commands = {
  hostname: printing((bench) => [stateOf(bench).name]),
  whoami: printing((bench) => [userOf(bench)]),
  id: {
    play: function* (bench, args) {
      const uid = userOf(bench) === 'root' ? 0 : 1000;
      yield say(args.includes('-u') ? String(uid) : `uid=${uid}(${userOf(bench)}) gid=${uid}(${userOf(bench)})`);
      return 0;
    },
  },
  uname: printing((bench, args) => {
    const { name, os } = stateOf(bench);
    return [args.includes('-r') ? os.kernel : args.includes('-a') ? `Linux ${name} ${os.kernel} ${os.arch}` : 'Linux'];
  }),
  date: printing((bench) => [new Date(nowOf(bench) + stateOf(bench).ailments.clockSkewMs).toUTCString()]),
  uptime: printing((bench) => [uptimeWords(bench)]),
  free: printing((bench) => {
    const gib = (stateOf(bench).memoryBytes / GIB).toFixed(0);
    return ['               total', `Mem:           ${gib}Gi`];
  }),
  nproc: printing((bench) => [String(stateOf(bench).cpuCount)]),
  df: printing(df),
  lsblk: printing((bench) =>
    stateOf(bench).disks.flatMap((disk) => [
      `${disk.name}  disk  ${sizeWords(disk.sizeBytes)}  ${disk.model}`,
      ...disk.partitions.map((part) => `  ${part.name}  part  ${sizeWords(part.sizeBytes)}`),
    ]),
  ),
  dmesg: printing((bench) => stateOf(bench).kernelLog.map((line) => rawLine(stateOf(bench), line))),
  journalctl: printing((bench, args) => {
    const unit = parseArgs(args, ['u', 'n', 'o']).values.get('u') ?? '';
    return findService(stateOf(bench), unit.includes('.') ? unit : `${unit}.service`)?.log ?? ['-- No entries --'];
  }),
};

const userOf = (bench: Bench): string => (bench.isRoot ? 'root' : 'demo');

function uptimeWords(bench: Bench): string {
  const node = stateOf(bench);
  const days = Math.floor((nowOf(bench) - node.bootedAtMs) / 86_400_000);
  const [one, five, fifteen] = loadavgLine({ node, nowMs: nowOf(bench) }).split(' ');
  return ` up ${days} days,  1 user,  load average: ${one}, ${five}, ${fifteen}`;
}

/** A mount that hangs is left out instead of hanging the command with it. */
function df(bench: Bench): readonly string[] {
  const nowMs = nowOf(bench);
  const rows = stateOf(bench).mounts.flatMap((mount) => {
    const behind = mount.hungBy.length > 0 ? undefined : spaceBehind(bench.world, mount);
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
  return ['Filesystem                      Size      Used  Use% Mounted on', ...rows];
}

function sizeWords(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)}G`;
}
