#!/bin/sh
# Makes a lab's root image of a fresh Debian: $1 is its folder, $2 the folder of this file, $3 the kernel's modules.
set -eu
root=$1 here=$2 modules=$3
release=${modules##*/}
mkdir -p "$root/usr/lib/modules" "$root/etc/lab" "$root/etc/systemd/system/systemd-udev-trigger.service.d" "$root/etc/systemd/system/ssh.service.d"
cp -a "$modules" "$root/usr/lib/modules/"
chroot "$root" depmod "$release"
install -m 0755 "$here/lab-init" "$root/lab-init"
install -m 0644 "$here/lab-door.service" "$root/etc/systemd/system/lab-door.service"
install -m 0644 "$here/door_config" "$root/etc/lab/door_config"
install -m 0644 "$here/udev-trigger.conf" "$root/etc/systemd/system/systemd-udev-trigger.service.d/lab.conf"
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\n' > "$root/etc/systemd/journald.conf.d/lab.conf"
chroot "$root" systemctl enable lab-door.service
# The server's services are enabled by the seed of the node that is one.
for unit in apt-daily-upgrade.timer apt-daily.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer getty@tty1.service \
  e2scrub_reap.service systemd-pstore.service nfs-server.service nfs-blkmap.service smbd.service nmbd.service \
  samba-ad-dc.service winbind.service glusterd.service; do
  chroot "$root" systemctl disable "$unit" 2>/dev/null || :
done
# What a node in a process has no use for, and what would load modules at every boot.
chroot "$root" systemctl mask getty-static.service systemd-logind.service modprobe@drm.service systemd-pcrphase.service \
  systemd-pcrphase-sysinit.service systemd-update-utmp.service systemd-update-utmp-runlevel.service nfs-blkmap.service \
  systemd-binfmt.service systemd-sysusers.service systemd-random-seed.service modprobe@configfs.service \
  modprobe@dm_mod.service modprobe@loop.service sys-kernel-config.mount rpc-statd-notify.service
# Each of these is a program at every boot and at every daemon-reload, and finds nothing on these nodes.
mkdir -p "$root/etc/systemd/system-generators"
for generator in cryptsetup debug getty gpt-auto hibernate-resume integritysetup rc-local run system-update sysv veritysetup; do
  ln -s /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done
# An emulated processor interprets their filters of system calls at every call; two workers are enough for a handful of disks.
for unit in systemd-udevd systemd-journald; do
  mkdir -p "$root/etc/systemd/system/$unit.service.d"
  install -m 0644 "$here/no-sandbox.conf" "$root/etc/systemd/system/$unit.service.d/lab.conf"
done
printf 'children_max=2\n' >> "$root/etc/udev/udev.conf"
# Greetings and mail would be six programs at every login.
sed -i '/pam_motd/d; /pam_mail/d; /pam_selinux/d' "$root/etc/pam.d/sshd"
install -m 0755 "$here/lab-restart" "$root/usr/lib/systemd/system-shutdown/lab-restart"
chroot "$root" useradd --create-home --shell /bin/bash admin
printf 'admin ALL=(ALL) NOPASSWD: ALL\n' > "$root/etc/sudoers.d/lab"
chmod 0440 "$root/etc/sudoers.d/lab"
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id"
printf 'uninitialized\n' > "$root/etc/machine-id"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
: > "$root/etc/fstab"
