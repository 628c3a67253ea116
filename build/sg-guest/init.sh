#!/bin/busybox sh
# First process of the guest: loads the drivers, runs the job, says on the serial line how it ended, switches off.
/bin/busybox mkdir -p /proc /sys /dev /tmp /root /data
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o size=600m tmpfs /data
while read -r module; do insmod "/modules/$module" || echo "GUEST: $module was not loaded"; done </modules/order
ip link set lo up
wanted=$(sed -n 's/.*guest.devices=\([0-9]*\).*/\1/p' /proc/cmdline)
tries=0
while [ "$(ls /sys/class/scsi_generic | wc -l)" -lt "$wanted" ] && [ $tries -lt 100 ]; do
  tries=$((tries + 1))
  usleep 100000
done
export HOME=/root PATH=/bin
cd /data
node /guest/job.mjs 2>&1
echo "GUEST ENDED $?"
poweroff -f
