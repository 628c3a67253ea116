#!/usr/bin/env bash
# Installs the programs that the benches compare with, where they are missing, from Debian's own archive. Needs root and a
# network. A bench whose peer is not there says so and measures the others.
set -u

# command, Debian package, what for
peers=(
  "restic|restic|image backup and backup copy"
  "borg|borgbackup|image backup"
  "qemu-img|qemu-utils|image backup (convert -c)"
  "mbuffer|mbuffer|backup to tape (tar | mbuffer)"
  "mkfs.ext4|e2fsprogs|the disk image that is backed up"
)
packages=()
for line in "${peers[@]}"; do
  IFS='|' read -r command package purpose <<<"$line"
  if PATH="$PATH:/usr/sbin:/sbin" command -v "$command" >/dev/null 2>&1; then
    echo "there:      $command ($purpose)"
  else
    echo "installing: $package, for $purpose"
    packages+=("$package")
  fi
done
[ ${#packages[@]} -eq 0 ] && exit 0
[ "$(id -u)" -eq 0 ] || { echo "Not root: run it with sudo, or install them by hand."; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 update -qq && apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
