/** What Linux counts of a machine, out of the texts it shows it in. */

/** The time the processors spent, each since the start. Units: ticks of all processors together. */
export interface CpuTimes {
  readonly user: number;
  readonly system: number;
  readonly iowait: number;
  readonly idle: number;
  readonly stolen: number;
}

/** Reads `/proc/stat`; undefined where it has no whole line of all processors. Source: proc_stat(5). */
export function parseCpuTimes(text: string): CpuTimes | undefined {
  const times = numbersOf(/^cpu[ ]+(.+)$/mu.exec(text)?.[1] ?? "").slice(0, 8);
  if (times.length < 8 || !times.every(isCount)) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softIrq = 0, stolen = 0] = times;
  return { user: user + nice, system: system + irq + softIrq, iowait, idle, stolen };
}

/**
 * Reads the three means of `/proc/loadavg`, over 1, 5 and 15 minutes; undefined where they are not all there.
 *
 * Source: proc_loadavg(5).
 */
export function parseLoads(text: string): readonly number[] | undefined {
  const loads = numbersOf(text).slice(0, 3);
  return loads.length === 3 && loads.every(isCount) ? loads : undefined;
}

/** Reads `/proc/meminfo`. Units: KiB, by the name of the line. Source: proc_meminfo(5). */
export function parseMemory(text: string): ReadonlyMap<string, number> {
  const lines = text.matchAll(/^([\w()]+):[ ]+(\d{1,15})( kB)?[ ]*$/gmu);
  return new Map([...lines].map(([, name = "", count]) => [name, Number(count)]));
}

/** Reads the first number of `/proc/uptime`; undefined where it has none. Units: seconds. Source: proc_uptime(5). */
export function parseUptime(text: string): number | undefined {
  const [uptime = Number.NaN, idle = Number.NaN] = numbersOf(text);
  return isCount(uptime) && isCount(idle) ? uptime : undefined;
}

/** What went through a network interface since it is there. */
export interface InterfaceCounts {
  readonly name: string;
  readonly receivedBytes: number;
  readonly receivedErrors: number;
  readonly sentBytes: number;
  readonly sentErrors: number;
}

/** Counts of one interface. */
const INTERFACE_COUNTS = 16;

/**
 * Reads of `/proc/net/dev` the lines that are whole, each interface once. Limits: 15 characters of a name.
 *
 * Source: proc_pid_net(5); Linux, include/uapi/linux/if.h, IFNAMSIZ.
 */
export function parseInterfaces(text: string): readonly InterfaceCounts[] {
  const interfaces = new Map<string, InterfaceCounts>();
  for (const [, name = "", line = ""] of text.matchAll(/^[ ]*([\w.@+-]{1,15}):(.+)$/gmu)) {
    const counts = numbersOf(line);
    if (counts.length < INTERFACE_COUNTS || !counts.every(isCount) || interfaces.has(name)) continue;
    const [receivedBytes = 0, , receivedErrors = 0, , , , , , sentBytes = 0, , sentErrors = 0] = counts;
    interfaces.set(name, { name, receivedBytes, receivedErrors, sentBytes, sentErrors });
  }
  return [...interfaces.values()];
}

/** What a disk did since the start. */
export interface DiskCounts {
  readonly name: string;
  readonly readKiB: number;
  readonly writtenKiB: number;
  /** Units: milliseconds in which it had something to do. */
  readonly busyMs: number;
}

/** A sector as the kernel counts, whatever the disk's own size is. Units: KiB. */
const SECTOR_KIB = 0.5;

/** Whole disks, not their partitions, nor what is made of files or memory. */
const WHOLE_DISK = /^(mmcblk\d{1,3}|nvme\d{1,3}n\d{1,3}|sd[a-z]{1,3}|vd[a-z]{1,3}|hd[a-z]{1,3})$/u;

/** Counts that every kernel has of a disk. */
const DISK_COUNTS = 11;

/**
 * Reads of `/proc/diskstats` the whole disks whose lines are whole, each once.
 *
 * Source: Linux, Documentation/admin-guide/iostats.rst.
 */
export function parseDisks(text: string): readonly DiskCounts[] {
  const disks = new Map<string, DiskCounts>();
  for (const line of text.split("\n")) {
    const [, , name = "", ...rest] = line.trim().split(/\s+/u);
    const counts = numbersOf(rest.join(" "));
    if (!WHOLE_DISK.test(name) || disks.has(name)) continue;
    if (counts.length < DISK_COUNTS || !counts.every(isCount)) continue;
    const [, , read = 0, , , , written = 0, , , busyMs = 0] = counts;
    disks.set(name, { name, readKiB: read * SECTOR_KIB, writtenKiB: written * SECTOR_KIB, busyMs });
  }
  return [...disks.values()];
}

/** A file system that a disk holds. */
export interface Mount {
  /** Below `/dev`. */
  readonly device: string;
  readonly place: string;
}

/** File systems that are full as they are made. */
const IMAGES = ["squashfs", "iso9660", "udf"];

/** What names a device, and a place: text that prints. */
const DEVICE = /^\/dev\/[^\p{Cc}\uFFFD]{1,180}$/u;
const PLACE = /^\/[^\p{Cc}\uFFFD]*$/u;

/** Reads of `/proc/mounts` what lies on disks, each once. Source: proc_mounts(5), fstab(5) for `\040`. */
export function parseMounts(text: string): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split("\n")) {
    const [device = "", place = "", kind = ""] = line.split(" ").map(unescapeOctal);
    if (!DEVICE.test(device) || !PLACE.test(place) || IMAGES.includes(kind) || mounts.has(device)) continue;
    mounts.set(device, { device, place });
  }
  return [...mounts.values()];
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/gu, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}

/** What is no plain number, or none that the kernel counts to, becomes NaN. */
function numbersOf(text: string): number[] {
  const words = text.trim().split(/[ ]+/u);
  return words.map((word) => (/^\d{1,20}(\.\d{1,9})?$/u.test(word) ? Number(word) : Number.NaN));
}

function isCount(count: number): boolean {
  return !Number.isNaN(count);
}
