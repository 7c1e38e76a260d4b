import type { Command } from './command.ts';

/** What a program does to others, where its arguments say that it would; undefined: nothing known. */
type Judge = (args: readonly string[]) => string | undefined;

const HOLDS = 'destroys what the device holds';
const STOPS = 'ends everything that runs on the node';
const STORAGE_UNIT =
  /\.(?:mount|automount)$|^(?:nfs|rpc|autofs|smb|nmb|gluster|ceph|beegfs|iscsi|multipath|lvm2|zfs|mdmonitor|target|local-fs|remote-fs|lustre|weka)/;

const always = (because: string) => (): string => because;
const where =
  (pattern: RegExp, because: string): Judge =>
  (args) =>
    args.some((arg) => pattern.test(arg)) ? because : undefined;
const unless =
  (pattern: RegExp, because: string): Judge =>
  (args) =>
    args.length === 0 || args.some((arg) => pattern.test(arg)) ? undefined : because;

/** Programs by name that destroy data or interrupt whoever uses the node, from their man pages (section 8). */
const JUDGES: readonly (readonly [RegExp, Judge])[] = [
  [/^(?:mkfs(?:\..+)?|mke2fs|mkswap|blkdiscard|shred|luksformat)$/, always(HOLDS)],
  [/^wipefs$/, where(/^-[a-zA-Z]*[ao]|^--(?:all|offset)/, HOLDS)],
  [/^dd$/, where(/^of=\/dev\/(?!null$|zero$|full$|std)/, HOLDS)],
  [/^(?:fdisk|cfdisk|gdisk|sfdisk)$/, unless(/^(?:-l|--list|-d|--dump|-h|--help|-V|--version)$/, HOLDS)],
  [/^sgdisk$/, unless(/^(?:-p|-i|-v|--print|--info=.*|--verify|-h|--help)$/, HOLDS)],
  [/^parted$/, unless(/^(?:-l|--list|p|print|-h|--help|-v|--version)$/, HOLDS)],
  [/^badblocks$/, where(/^-[a-z]*[wn]/, HOLDS)],
  [/^nvme$/, where(/^(?:format|sanitize|delete-ns|write.*)$/, HOLDS)],
  [/^hdparm$/, where(/^--(?:security-erase|trim-sector|write-sector|repair-sector)/, HOLDS)],
  [/^cryptsetup$/, where(/^(?:luksFormat|erase|luksErase|reencrypt|close|luksClose)$/, HOLDS)],
  [
    /^mdadm$/,
    where(/^(?:-C|-S|--create|--stop|--zero-superblock|--fail|--remove)$/, 'takes an array apart or makes one'),
  ],
  [/^(?:vg|lv|pv)(?:remove|reduce)$/, always('takes a volume away')],
  [/^(?:zpool|zfs)$/, where(/^(?:destroy|create|labelclear|rollback|export|offline|detach)$/, 'takes storage away')],
  [/^rm$/, where(/^-[a-zA-Z]*[rR]|^--recursive$/, 'deletes everything below what it is given')],
  [/^find$/, where(/^-delete$/, 'deletes everything it finds')],
  [/^rsync$/, where(/^--(?:delete.*|remove-source-files)$/, 'deletes files')],
  [/^(?:shutdown|reboot|poweroff|halt|kexec|telinit)$/, always(STOPS)],
  [/^init$/, where(/^[016s]$/i, STOPS)],
  [/^(?:umount|fusermount3?|swapoff)$/, always('takes storage away under whoever uses it')],
  [/^exportfs$/, where(/^-[a-z]*u/, 'takes exports away from their clients')],
  [/^(?:pkill|killall5?|skill)$/, always('ends processes by name')],
  [/^fuser$/, where(/^-[a-zA-Z]*k|^--kill$/, 'ends the processes it finds')],
  [/^(?:rmmod)$/, always('takes a driver away')],
  [/^modprobe$/, where(/^-[a-z]*r|^--remove$/, 'takes a driver away')],
  [/^nvidia-smi$/, where(/^(?:-r|--gpu-reset|-mig|--multi-instance-gpu.*)$/, 'resets GPUs under whoever uses them')],
  [/^(?:ifdown)$/, always('cuts the network')],
  [/^ip$/, where(/^(?:down|del|delete|flush)$/, 'changes the network the node is reached by')],
  [/^systemctl$/, systemctl],
  [/^service$/, ([unit = '', verb = '']) => (/^(?:stop|restart)$/.test(verb) && isStorage(unit) ? UNIT : undefined)],
  [/^kubectl$/, where(/^(?:delete|drain|replace)$/, 'takes workloads away')],
];

const UNIT = 'stops storage that others use';
const isStorage = (unit: string): boolean => STORAGE_UNIT.test(unit);

function systemctl(args: readonly string[]): string | undefined {
  const [verb = '', ...units] = args.filter((arg) => !arg.startsWith('-'));
  if (/^(?:reboot|poweroff|halt|kexec|suspend|hibernate|isolate|rescue|emergency|soft-reboot)$/.test(verb))
    return STOPS;
  const isStop = /^(?:stop|restart|try-restart|reload-or-restart|kill|mask|disable)$/.test(verb);
  return isStop && units.some(isStorage) ? UNIT : undefined;
}

/** Programs that run what stands behind them: options of theirs with a value of its own, and how many words come before the program. */
const WRAPPERS: { readonly [program: string]: { readonly valued: string; readonly operands: number } } = {
  sudo: { valued: 'ugCprtTDhR', operands: 0 },
  doas: { valued: 'uC', operands: 0 },
  env: { valued: 'uCS', operands: 0 },
  nice: { valued: 'n', operands: 0 },
  ionice: { valued: 'cnp', operands: 0 },
  nohup: { valued: '', operands: 0 },
  setsid: { valued: '', operands: 0 },
  time: { valued: 'fo', operands: 0 },
  timeout: { valued: 'ks', operands: 1 },
  xargs: { valued: 'InPLdsaE', operands: 0 },
  chroot: { valued: '', operands: 1 },
  exec: { valued: 'a', operands: 0 },
  command: { valued: '', operands: 0 },
  eval: { valued: '', operands: 0 },
  busybox: { valued: '', operands: 0 },
  stdbuf: { valued: 'ioe', operands: 0 },
  'systemd-run': { valued: 'puEt', operands: 0 },
  nsenter: { valued: 't', operands: 0 },
  flock: { valued: 'wE', operands: 1 },
};

const SHELL = /^(?:ba|da|z|k|a)?sh$/;
const KEYWORD = /^(?:if|then|else|elif|do|while|until|!|\{|\(|[A-Za-z_]\w*=.*)$/;
/** A disk, a partition, or what stands for one; `> /dev/null` is none. */
const INTO_DEVICE = />\s*\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|md|dm-|mapper\/|disk\/)/;
/** Longer scripts are looked at no further than this. */
const LOOKED_AT = 256 * 1024;

/**
 * What a command of the user's own is known to do to others, a sentence each, e.g. `mkfs.ext4 destroys what the device holds`. It knows
 * programs by name, in shell text wherever a command may begin; what hides behind variables, functions or other languages it does not see.
 */
export function dangersIn({ argv, stdin }: Command): readonly string[] {
  return [...new Set(inWords(argv, stdin))];
}

function inWords([program = '', ...args]: readonly string[], stdin = ''): readonly string[] {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (SHELL.test(name)) {
    const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
    return inText(at < 0 ? stdin : args.slice(at + 1).join(' '));
  }
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (wrapper !== undefined) return inWords(wrapped(args, wrapper), stdin);
  // find(1) runs a command of its own.
  const run = name === 'find' ? args.findIndex((arg) => /^-(?:exec|execdir|ok)$/.test(arg)) : -1;
  const judged = JUDGES.flatMap(([pattern, judge]) => (pattern.test(name) ? (judge(args) ?? []) : []));
  return [...judged.map((because) => `${name} ${because}`), ...(run < 0 ? [] : inWords(args.slice(run + 1)))];
}

/** The words from the wrapped program on. */
function wrapped(
  args: readonly string[],
  { valued, operands }: { valued: string; operands: number },
): readonly string[] {
  let left = operands;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg.startsWith('-')) {
      if (/^-[a-zA-Z]$/.test(arg) && valued.includes(arg.slice(1))) at += 1;
    } else if (!/^[A-Za-z_]\w*=/.test(arg)) {
      if (left === 0) return args.slice(at);
      left -= 1;
    }
  }
  return [];
}

/** Wherever a command may begin. Quotes are not followed: what stands in them may be run as well. */
function inText(text: string): readonly string[] {
  const looked = text.slice(0, LOOKED_AT).replaceAll('\\\n', ' ');
  const lines = looked.split('\n').map((line) => line.replace(/(?:^|\s)#.*$/, ''));
  const into = lines.some((line) => INTO_DEVICE.test(line)) ? ['the shell writes into a device'] : [];
  const commands = lines.flatMap((line) => line.split(/[;&|(){}`]/)).map((part) => wordsOf(part));
  return [...into, ...commands.flatMap((words) => (words.length === 0 ? [] : inWords(words)))];
}

function wordsOf(part: string): readonly string[] {
  const words = part
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll(/["'\\]/g, ''))
    .filter((word) => word !== '');
  const first = words.findIndex((word) => !KEYWORD.test(word));
  return first < 0 ? [] : words.slice(first);
}
