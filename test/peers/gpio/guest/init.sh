#!/bin/busybox sh
# The first and only program of the emulated board.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tracefs tracing /sys/kernel/tracing
cd /app
/bin/node /app/test/peers/gpio/guest/run.ts
/bin/busybox poweroff -f
