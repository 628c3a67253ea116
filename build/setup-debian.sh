#!/usr/bin/env bash
# Installs what the tests use beside Node, where it is missing, from Debian's own archive. Needs root and a network; without
# them it says what will be skipped and ends well, for everything else can still be tested.
set -u

# command, Debian package, what for
needed=(
  "chromium|chromium|the console in a real browser (all end-to-end tests)"
  "fc-match:DejaVu Sans|fonts-dejavu-core|fixed fonts for the console's tests and screenshots"
  "mkfs.ext4|e2fsprogs|real file systems in disk images, compared after a restore"
  "mkfs.xfs|xfsprogs|repositories on a file system that shares extents"
  "qemu-img|qemu-utils|foreign disk formats and comparing disks"
  "tgtd|tgt|a tape library from another project, over iSCSI"
  "qemu-system-x86_64|qemu-system-x86|a Linux guest with a library attached to it"
  "/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so|qemu-block-extra|a Linux guest with a library attached to it"
  "depmod|kmod|a Linux guest with a library attached to it"
  "cpio|cpio|a Linux guest with a library attached to it"
  "busybox|busybox-static|a Linux guest with a library attached to it"
  "systemd-analyze|systemd|the unit of the server's package"
  "age|age|reading encrypted tapes without this product"
  "strace|strace|what a power loss may leave (recorded file operations)"
)

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
present() {
  case "$1" in
    fc-match:*) command -v fc-match >/dev/null 2>&1 && fc-list 2>/dev/null | grep -q "${1#fc-match:}" || ls /usr/share/fonts/truetype/dejavu >/dev/null 2>&1 ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing=()
for line in "${needed[@]}"; do
  present "${line%%|*}" || missing+=("$line")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "Set-up: everything the tests use is installed."
  exit 0
fi

skip_all() {
  echo "Set-up: $1 These are missing, and what needs them is skipped by name:"
  for line in "${missing[@]}"; do
    rest=${line#*|}
    printf '  %-18s %s\n' "${rest%%|*}" "${rest#*|}"
  done
  exit 0
}

command -v apt-get >/dev/null 2>&1 || skip_all "this is not a Debian system, so nothing is installed."
[ "$(id -u)" -eq 0 ] || skip_all "not running as root, so nothing is installed (sudo npm run setup would)."

packages=()
echo "Set-up: installing what the tests use and this computer lacks:"
for line in "${missing[@]}"; do
  rest=${line#*|}
  packages+=("${rest%%|*}")
  printf '  %-18s %s\n' "${rest%%|*}" "${rest#*|}"
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=30)
# Services that packages bring along (tgt) are not wanted: tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  trap 'rm -f "$log" "$policy"' EXIT
fi
if ! timeout 120 "${apt[@]}" update >"$log" 2>&1; then
  tail -n 3 "$log"
  skip_all "the package lists could not be fetched."
fi
if ! timeout 420 "${apt[@]}" install -y --no-install-recommends "${packages[@]}" >"$log" 2>&1; then
  # One package that is not to be had must not keep the others away.
  for package in "${packages[@]}"; do
    timeout 300 "${apt[@]}" install -y --no-install-recommends "$package" >>"$log" 2>&1 || true
  done
fi

still=()
for line in "${missing[@]}"; do
  present "${line%%|*}" || still+=("$line")
done
if [ ${#still[@]} -gt 0 ]; then
  tail -n 5 "$log"
  missing=("${still[@]}")
  skip_all "some packages could not be installed."
fi
echo "Set-up: done."
