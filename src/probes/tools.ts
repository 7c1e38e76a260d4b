import { ParseError } from '../model/errors.ts';
import { fact, type Probe } from '../model/probe.ts';
import { MAX_ROWS, nonEmptyLines } from './text.ts';

/** What the backends, actions and probes call; a missing one is the reason an action gives for being off. */
const WANTED = [
  'lsblk blkid wipefs parted sgdisk partprobe sfdisk partx udevadm findmnt fuser lsof dmesg mountpoint',
  'mkfs.ext4 mkfs.xfs mkfs.btrfs resize2fs xfs_growfs e2label tune2fs mdadm pvs lvs zpool zfs multipath',
  'mount.nfs mount.nfs4 mount.cifs mount.glusterfs mount.beegfs mount.ceph mount.lustre sshfs',
  'exportfs showmount rpc.nfsd rpc.mountd nfsdclnts nfsstat beegfs beegfs-ctl gluster ceph lfs',
  'systemctl systemd-run systemd-escape journalctl setsid',
  'nvidia-smi nvidia-ctk nvidia-container-runtime nvidia-persistenced nvidia-cuda-mps-control dcgmi rocm-smi lspci lsusb',
  'docker podman nerdctl crictl kubectl talosctl virsh sinfo scontrol squeue',
  'sudo git rsync fio python3 ansible-playbook',
].join(' ');

/** Which of the commands muster may need are there: names, one a line. Sorted, so that equal sets are equal facts. */
export const tools = {
  name: 'tools',
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    // Folders once each: every missing name is looked for in all of them, and /bin is mostly another name of /usr/bin. One redirection
    // for all names: each costs a dozen system calls.
    sh: `
path=
IFS=:
for folder in $PATH; do
  case :$path: in *:"$folder":*) continue ;; esac
  [ -d "$folder" ] || continue
  if [ -h "$folder" ]; then case :$PATH: in *:"/usr$folder":*) continue ;; esac; fi
  path=\${path:+$path:}$folder
done
unset IFS
PATH=$path found=
for tool in ${WANTED}; do ! command -v "$tool" || found="$found$tool
"; done >/dev/null 2>&1
printf %s "$found"`,
  },
  everyMs: 600_000,
  parse: ({ stdout }) => {
    const names = nonEmptyLines(stdout).slice(0, MAX_ROWS);
    const odd = names.findIndex((name) => !/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(name));
    if (odd >= 0) throw new ParseError('tools', odd + 1, names[odd] ?? '');
    return fact([...new Set(names)].sort());
  },
} satisfies Probe<'tools'>;
