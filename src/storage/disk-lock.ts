import { type Command, cmd } from '../model/command.ts';
import type { DeviceIdentity } from '../model/condition.ts';
import type { DevicePath } from '../model/ids.ts';

/** Stops unless `$disk` has `$size` bytes and is still known as `$known` (`id`, `serial` or `wwn`) by `$name`; leaves `real`, `kernel` and `sys` behind. */
export const SAME_DISK = `real=$(readlink -f -- "$disk") && kernel=\${real##*/} && sys=/sys/class/block/$kernel
read -r sectors <"$sys/size" || stop "there is no $disk"
[ "$((sectors * 512))" = "$size" ] || stop "$disk has $((sectors * 512)) bytes, not $size"
case $known in
id) [ "$(readlink -f -- "/dev/disk/by-id/$name")" = "$real" ] || stop "$disk is not $name any more" ;;
serial | wwn)
  column=SERIAL
  [ "$known" = serial ] || column=WWN
  found=$(lsblk -dn -o "$column" -- "$real" | sed 's/^ *//; s/ *$//')
  [ "$found" = "$name" ] || stop "$disk has \${found:-no $known}, not $name" ;;
*) stop "nothing tells $disk from another disk after a boot" ;;
esac`;

/** Times the disk is looked at, a second apart, until it is told to be in use. */
const TRIES = 5;

/**
 * Looks at the disk once more in the very command that writes to it. Between a guard and its step lie the journal, the network and, after a lost link, maybe
 * a boot of the node, and a kernel name means another disk after one. `$1` disk, `$2` its bytes, `$3` and `$4` how it is known
 * (`id`, `serial` or `wwn`; with nothing but a path nothing is written) and that name, `$5` what has to be blank or nothing, then the command.
 *
 * Asked of the kernel: mounts in every namespace, where lsblk(8) sees its own alone; swap; what is built upon it. Asked of files: sources
 * of /etc/fstab, /etc/crypttab and mount units by any name that leads to the disk, e.g. below /dev/disk/by-path. What no table shows (an external journal,
 * an iSCSI target, btrfs in a container) has the device exclusively, so that a second O_EXCL fails: for reading, because udev reads the table of
 * partitions anew after whoever opened a disk for writing. A shell cannot open so; where there is neither perl nor python3, `wipefs --no-act --all`
 * does, for writing and without a write (wipefs(8): only --force leaves O_EXCL out), and udev is waited for. What opened it without that
 * (QEMU, tgtd) is found among the open files of all processes. Afterwards udev has taken notice, because names, labels and partitions are read from its notes.
 */
const ONLY_ON = `disk=$1 size=$2 known=$3 name=$4 blank=$5
shift 5
stop() { echo "nothing was written: $1" >&2; exit 1; }
${SAME_DISK}
all= numbers=
kpartx() { case $(cat "$1/dm/uuid" 2>/dev/null) in part[0-9]*-mpath-*) return 0 ;; *) return 1 ;; esac }
belongs() {
  own=/dev/\${1##*/}
  all="$all $own"
  for holder in "$1"/holders/*; do [ ! -e "$holder" ] || kpartx "$holder" || stop "\${holder##*/} is built on $own"; done
  read -r number <"$1/dev" || stop "the kernel does not tell the number of $own"
  numbers="$numbers $number
"
}
belongs "$sys"
for part in "$sys/$kernel"*; do [ ! -f "$part/partition" ] || belongs "$part"; done
for part in "$sys"/holders/*; do ! kpartx "$part" || belongs "$part"; done
# One process of each mount namespace; a mount table has device numbers between blanks, and no other blank that is not one.
tables=$(LC_ALL=C ls -l /proc/[0-9]*/ns/mnt 2>/dev/null | awk '!seen[$NF]++ && match($0, "/proc/[0-9]+/") { print substr($0, RSTART, RLENGTH) "mountinfo" }')
[ -n "$tables" ] || stop "the mount tables of the node cannot be read"
at=$(printf %s "$numbers" | grep -sF -f - -- /dev/null $tables | head -n 1)
[ -z "$at" ] || stop "it is mounted: $at"
is_it() {
  leads=$(readlink -f -- "$1") || return 1
  for own in $all; do [ "$leads" != "$own" ] || return 0; done
  return 1
}
[ ! -r /proc/swaps ] || while read -r own rest; do ! is_it "$own" || stop "$own is in use as swap"; done </proc/swaps
named() {
  case $1 in
  UUID=*) set -- "/dev/disk/by-uuid/\${1#UUID=}" "$1" "$2" ;;
  PARTUUID=*) set -- "/dev/disk/by-partuuid/\${1#PARTUUID=}" "$1" "$2" ;;
  LABEL=*) set -- "/dev/disk/by-label/\${1#LABEL=}" "$1" "$2" ;;
  /dev/*) set -- "$1" "$1" "$2" ;;
  *) return 0 ;;
  esac
  ! is_it "$1" || stop "$2 stands in $3"
}
[ ! -r /etc/fstab ] || while read -r source rest; do named "$source" /etc/fstab; done </etc/fstab
[ ! -r /etc/crypttab ] || while read -r opened source rest; do
  case $opened in '#'*) ;; *) named "$source" /etc/crypttab ;; esac
done </etc/crypttab
for unit in /etc/systemd/system/*.mount /etc/systemd/system/*.swap; do
  [ ! -r "$unit" ] || while IFS='=' read -r key source; do
    [ "$key" != What ] || named "$source" "$unit"
  done <"$unit"
done
# A moment of patience: udev looks at a disk after each change, and so do programs that watch disks.
who() {
  LC_ALL=C ls -l /proc/[0-9]*/fd /proc/self/fd 2>/dev/null | awk -v own="$all " 'match($0, "/proc/[0-9]+/fd:$") { n = split($0, words, "/"); pid = words[n - 1]; next }
    (at = index($0, " -> ")) && index(own, " " substr($0, at + 4) " ") { print pid, substr($0, at + 4); exit }'
}
held() {
  if has perl; then LC_ALL=C perl -MFcntl -e 'sysopen(F, $ARGV[0], O_RDONLY | O_EXCL) or die "$!\\n"' "$1"
  elif has python3; then LC_ALL=C python3 -c 'import os, sys
try: os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)
except OSError as error: sys.exit(error.strerror)' "$1"
  else LC_ALL=C wipefs --no-act --all -- "$1"
  fi
}
alone() {
  for own in $all; do
    for holder in /sys/class/block/"\${own##*/}"/holders/*; do [ ! -e "$holder" ] || continue 2; done
    case $(held "$own" 2>&1 >/dev/null) in
    *' busy'*)
      because="the kernel keeps $own for somebody whom the mount tables do not show"
      return 1
      ;;
    esac
  done
  found=$(who)
  [ -n "$found" ] || return 0
  { read -r program <"/proc/\${found%% *}/comm"; } 2>/dev/null || program=
  because="\${found#* } is open in process \${found%% *} \${program:-(it ended meanwhile)}"
  return 1
}
has() { command -v "$1" >/dev/null; }
has perl || has python3 || has wipefs || stop "nothing on the node can ask the kernel whether $disk is free: perl, python3 or wipefs"
tries=0
until alone; do
  tries=$((tries + 1))
  [ "$tries" -lt ${TRIES} ] || stop "$because"
  sleep 1
done
has perl || has python3 || ! has udevadm || udevadm settle --timeout=30
if [ -n "$blank" ]; then
  found=$(wipefs --no-act -- "$blank" 2>&1) && [ -z "$found" ] || stop "$blank is not blank: $found"
fi
"$@" && { ! command -v udevadm >/dev/null || udevadm settle --timeout=30; }`;

/** A command that runs only while the disk is still the one that was chosen, nothing uses it, and `blank`, where given, carries nothing. */
export function onlyOn(disk: DeviceIdentity, blank: DevicePath | undefined, argv: readonly string[]): Command {
  return cmd('sh', '-c', ONLY_ON, 'muster-only-on', ...identityWords(disk), blank ?? '', ...argv);
}

/** A disk as the scripts take it: path, bytes, how it is known, and that name. */
export function identityWords({ path, sizeBytes, id, serial, wwn }: DeviceIdentity): readonly string[] {
  const [known, name] =
    id !== undefined
      ? ['id', id]
      : serial !== undefined
        ? ['serial', serial]
        : wwn !== undefined
          ? ['wwn', wwn]
          : ['path', path];
  return [path, String(sizeBytes), known, name];
}
