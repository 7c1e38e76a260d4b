#!/bin/sh
# After ../image/customise.sh, for machines that QEMU plays: $1 is the root's folder, $2 the folder of this file, $4 where
# kernel and initramfs go.
set -eu
root=$1 here=$2 boot=$4
# The modules of user-mode Linux serve another kernel.
for modules in "$root"/usr/lib/modules/*; do
  case $modules in *-cloud-amd64) release=${modules##*/} ;; *) rm -rf "$modules" ;; esac
done
install -m 0755 "$here/lab-init" "$root/lab-init"
# Only what stands between the kernel and its root disk, cables and seed: an emulated processor unpacks every byte of it.
printf '%s\n' virtio_pci virtio_blk virtio_net ext4 virtiofs > "$root/etc/initramfs-tools/modules"
printf 'MODULES=list\nCOMPRESS=lz4\n' > "$root/etc/initramfs-tools/conf.d/lab"
chroot "$root" update-initramfs -c -k "$release"
mv "$root/boot/vmlinuz-$release" "$boot/vmlinuz"
mv "$root/boot/initrd.img-$release" "$boot/initrd.img"
rm -f "$root"/boot/* "$root"/vmlinuz* "$root"/initrd.img*
