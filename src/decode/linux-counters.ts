/** What Linux counts of a machine, out of the texts it shows it in. */

/** The time the processors spent, each since the start. Units: ticks of all processors together. */
export interface CpuTimes {
  readonly user: number;
  readonly system: number;
  readonly iowait: number;
  readonly idle: number;
  readonly stolen: number;
}

/** Reads `/proc/stat`; undefined where it has no line of all processors. Source: proc_stat(5). */
export function parseCpuTimes(text: string): CpuTimes | undefined {
  const line = /^cpu\s+(.+)$/mu.exec(text)?.[1];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softIrq = 0, stolen = 0] = numbersOf(line);
  return { user: user + nice, system: system + irq + softIrq, iowait, idle, stolen };
}

/** Reads the three means of `/proc/loadavg`, over 1, 5 and 15 minutes. Source: proc_loadavg(5). */
export function parseLoads(text: string): readonly number[] {
  return numbersOf(text).slice(0, 3);
}

/** Reads `/proc/meminfo`. Units: KiB, by the name of the line. Source: proc_meminfo(5). */
export function parseMemory(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\S+):\s+(\d+)/gmu)].map(([, name = "", count]) => [name, Number(count)]));
}

/** What went through a network interface since it is there. */
export interface InterfaceCounts {
  readonly name: string;
  readonly receivedBytes: number;
  readonly receivedErrors: number;
  readonly sentBytes: number;
  readonly sentErrors: number;
}

/** Reads `/proc/net/dev`. Source: proc_pid_net(5). */
export function parseInterfaces(text: string): readonly InterfaceCounts[] {
  return [...text.matchAll(/^\s*([^\s:]+):(.+)$/gmu)].map(([, name = "", line = ""]) => {
    const [receivedBytes = 0, , receivedErrors = 0, , , , , , sentBytes = 0, , sentErrors = 0] = numbersOf(line);
    return { name, receivedBytes, receivedErrors, sentBytes, sentErrors };
  });
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
const WHOLE_DISK = /^(mmcblk\d+|nvme\d+n\d+|sd[a-z]+|vd[a-z]+|hd[a-z]+)$/u;

/** Reads of `/proc/diskstats` the whole disks. Source: Linux, Documentation/admin-guide/iostats.rst. */
export function parseDisks(text: string): readonly DiskCounts[] {
  return text.split("\n").flatMap((line) => {
    const [, , name = "", ...counts] = line.trim().split(/\s+/u);
    if (!WHOLE_DISK.test(name)) return [];
    const [, , read = 0, , , , written = 0, , , busyMs = 0] = counts.map(Number);
    return [{ name, readKiB: read * SECTOR_KIB, writtenKiB: written * SECTOR_KIB, busyMs }];
  });
}

/** A file system that a disk holds. */
export interface Mount {
  /** Below `/dev`. */
  readonly device: string;
  readonly place: string;
}

/** File systems that are full as they are made. */
const IMAGES = ["squashfs", "iso9660", "udf"];

/** Reads of `/proc/mounts` what lies on disks, each once. Source: proc_mounts(5), fstab(5) for `\040`. */
export function parseMounts(text: string): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split("\n")) {
    const [device = "", place = "", kind = ""] = line.split(" ").map(unescapeOctal);
    if (!device.startsWith("/dev/") || IMAGES.includes(kind) || mounts.has(device)) continue;
    mounts.set(device, { device, place });
  }
  return [...mounts.values()];
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/gu, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}

function numbersOf(text: string): number[] {
  return text.trim().split(/\s+/u).map(Number);
}
