#!/bin/sh
# What stands below the stand-in nvidia-smi: PCI listing and driver files at boot, jobs and failures on request.
set -eu
state=/var/lib/lab-gpu
recording=/usr/local/lib/lab-gpu
field() { nvidia-smi --query-gpu="$1" --format=csv,noheader,nounits; }
case ${1-} in
  boot)
    # sysfs takes no files of ours, so a layer over two of its folders adds a card and a module.
    modprobe overlay
    mkdir -p "$state/jobs" /run/lab-gpu/bus /run/lab-gpu/module/nvidia
    chmod 0777 "$state" "$state/jobs"
    device=$(field pci.bus_id | sed 's/^0000//' | tr A-F a-f)
    mkdir -p "/run/lab-gpu/bus/pci/devices/$device"
    echo 0x10de > "/run/lab-gpu/bus/pci/devices/$device/vendor"
    field pci.device_id | sed 's/^0x\(....\).*/0x\1/' | tr A-F a-f > "/run/lab-gpu/bus/pci/devices/$device/device"
    echo 0x030200 > "/run/lab-gpu/bus/pci/devices/$device/class"
    field driver_version > /run/lab-gpu/module/nvidia/version
    mount -t overlay -o lowerdir=/run/lab-gpu/bus:/sys/bus overlay /sys/bus
    mount -t overlay -o lowerdir=/run/lab-gpu/module:/sys/module overlay /sys/module
    ;;
  job)
    # job MIB NAME: a process of admin that holds that much memory of the card.
    unit=lab-gpu-job-$(tr -dc a-f0-9 < /dev/urandom | head -c 6)
    systemd-run --quiet --unit="$unit" --uid=admin bash -c "exec -a '$3' sleep 86400"
    echo "$2 $3" > "$state/jobs/$(systemctl show -P MainPID "$unit")"
    ;;
  no-jobs)
    systemctl stop 'lab-gpu-job-*'
    rm -f "$state"/jobs/*
    ;;
  wedge)
    # Whoever writes to a frozen filesystem waits uninterruptibly, as in a driver that does not come back.
    truncate -s 4M "$state/wedge.img"
    mkfs.ext4 -q -F "$state/wedge.img"
    mkdir -p "$state/wedge"
    mount -o loop "$state/wedge.img" "$state/wedge"
    chmod 0777 "$state/wedge"
    : > "$state/wedge/.gate"
    sync
    fsfreeze -f "$state/wedge"
    ;;
  unwedge)
    fsfreeze -u "$state/wedge"
    rm -f "$state/wedge/.gate"
    for try in 1 2 3 4 5 6 7 8 9 10; do umount "$state/wedge" && break; sleep 0.5; done
    rm -f "$state/wedge.img"
    ;;
  *) echo "usage: lab-gpu boot|job MIB NAME|no-jobs|wedge|unwedge" >&2; exit 2 ;;
esac
