#!/bin/sh
# What stands below the stand-in nvidia-smi: PCI listing and driver files at boot, jobs and failures on request.
set -eu
state=/var/lib/lab-gpu
recording=/usr/local/lib/lab-gpu
case ${1-} in
  boot)
    # A restarted driver has forgotten what was set but for the MIG mode, which the card keeps.
    for card in "$state"/card*; do
      [ -d "$card" ] || continue
      [ ! -e "$card/mig-pending" ] || cp "$card/mig-pending" "$card/mig"
      for setting in "$card"/*; do case ${setting##*/} in mig|mig-pending) ;; *) rm -f "$setting" ;; esac; done
    done
    rm -f "$state"/jobs/*
    # A card has a file below /dev, which programs open.
    number=0
    for device in "$recording"/bus/pci/devices/*; do
      [ -e "$device" ] || continue
      : > "/dev/nvidia$number"
      number=$((number + 1))
    done
    : > /dev/nvidiactl
    # sysfs takes no files of ours, so a layer over two of its folders adds the cards and a module. lspci reads the same files.
    modprobe overlay
    mkdir -p "$state/jobs"
    chmod 0777 "$state" "$state/jobs"
    mount -t overlay -o lowerdir="$recording/bus:/sys/bus" overlay /sys/bus
    mount -t overlay -o lowerdir="$recording/module:/sys/module" overlay /sys/module
    ;;
  job)
    # job MIB NAME [CARD]: a process of admin that holds that much memory of a card.
    unit=lab-gpu-job-$(tr -dc a-f0-9 < /dev/urandom | head -c 6)
    systemd-run --quiet --unit="$unit" --uid=admin bash -c "exec -a '$3' sleep 86400"
    echo "$2 $3" > "$state/jobs/card${4:-0}-$(systemctl show -P MainPID "$unit")"
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
  *) echo "usage: lab-gpu boot|job MIB NAME [CARD]|no-jobs|wedge|unwedge" >&2; exit 2 ;;
esac
