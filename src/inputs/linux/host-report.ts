/** What the machine tells of itself, group by group, by the names and in the units of the Datadog Agent. */

import {
  type CpuTimes,
  type DiskCounts,
  type InterfaceCounts,
  parseCpuTimes,
  parseDisks,
  parseInterfaces,
  parseLoads,
  parseMemory,
  parseMounts,
  parseUptime,
} from "../../decode/linux-counters.ts";
import type { MonotonicMillis } from "../../model/time.ts";
import type { SystemFiles } from "../../platform/system-files.ts";
import { showFound } from "../../telemetry/show-found.ts";
import { readBoard, readWear } from "./board-report.ts";
import { fitTag, listFound } from "./found-names.ts";
import type { HostGroup, LinuxSettings } from "./spec.ts";

/** One value of the machine. Units: the canonical one of its metric. */
export interface HostValue {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly value: number;
}

/** What a group gave, and in whole sentences what it lacks. */
export interface GroupReport {
  readonly values: readonly HostValue[];
  readonly faults: readonly string[];
}

const KIB_PER_MIB = 1024;
const BYTES_PER_KIB = 1024;

/** Interfaces that carry nothing of this machine's own. */
const INNER_INTERFACE = /^(lo|veth.*|docker\d+|br-.*|virbr\d+|dummy\d+|ifb\d+)$/u;

/** Reads groups, and remembers what it has to for rates. */
export class HostReport {
  readonly #files: SystemFiles;
  readonly #settings: Pick<LinuxSettings, "disks" | "interfaces">;
  #cpu: CpuTimes | undefined;
  #interfaces = new Map<string, InterfaceCounts>();
  #disks = new Map<string, DiskCounts>();
  readonly #readAt = new Map<HostGroup, MonotonicMillis>();

  constructor(files: SystemFiles, settings: Pick<LinuxSettings, "disks" | "interfaces">) {
    this.#files = files;
    this.#settings = settings;
  }

  /** Reads one group. Rates are there from the second time on. Errors: none. */
  async read(group: HostGroup, now: MonotonicMillis): Promise<GroupReport> {
    const before = this.#readAt.get(group);
    const seconds = before === undefined ? 0 : (now - before) / 1000;
    this.#readAt.set(group, now);
    switch (group) {
      case "cpu":
        return await this.#withText("/proc/stat", (text) => this.#readCpu(text));
      case "load":
        return await this.#withText("/proc/loadavg", readLoads);
      case "memory":
        return await this.#withText("/proc/meminfo", readMemory);
      case "uptime":
        return await this.#withText("/proc/uptime", readUptime);
      case "network":
        return await this.#withText("/proc/net/dev", (text, faults) => this.#readNetwork(text, seconds, faults));
      case "io":
        return await this.#withText("/proc/diskstats", (text) => this.#readIo(text, seconds));
      case "disk":
        return await this.#readSpace();
      case "board":
        return await readBoard(this.#files);
      case "wear":
        return await readWear(this.#files);
    }
  }

  /** Reads a file whose text `toValues` understands; it gives undefined for one that no kernel writes there. */
  async #withText(
    path: string,
    toValues: (text: string, faults: string[]) => readonly HostValue[] | undefined,
  ): Promise<GroupReport> {
    const read = await this.#files.read(path);
    if ("failure" in read) return { values: [], faults: [describeFailure(path, read)] };
    const faults: string[] = [];
    const values = toValues(read.text, faults);
    if (values === undefined) faults.push(`${path} says "${showFound(read.text)}", which no kernel writes there.`);
    return { values: values ?? [], faults };
  }

  #readCpu(text: string): readonly HostValue[] | undefined {
    const times = parseCpuTimes(text);
    const before = this.#cpu;
    this.#cpu = times;
    if (times === undefined) return undefined;
    if (before === undefined) return [];
    const spent = (state: keyof CpuTimes): number => Math.max(0, times[state] - before[state]);
    const states = ["user", "system", "iowait", "idle", "stolen"] as const;
    const all = states.reduce((sum, state) => sum + spent(state), 0);
    if (all === 0) return [];
    return states.map((state) => plainValue(`system.cpu.${state}`, roundTo((100 * spent(state)) / all, 2)));
  }

  #readNetwork(text: string, seconds: number, faults: string[]): readonly HostValue[] | undefined {
    const wanted = this.#settings.interfaces;
    const all = parseInterfaces(text);
    if (all.length === 0) return undefined;
    for (const name of wanted?.filter((each) => all.every((found) => found.name !== each)) ?? []) {
      faults.push(`There is no network interface ${name}; there are ${listFound(all.map((each) => each.name))}.`);
    }
    const now = all.filter(({ name }) => wanted?.includes(name) ?? !INNER_INTERFACE.test(name));
    const before = this.#interfaces;
    this.#interfaces = new Map(now.map((each) => [each.name, each]));
    return now.flatMap((each) => {
      const earlier = before.get(each.name);
      const tags = [`device:${each.name}`];
      return [
        ...rateOf("system.net.bytes_rcvd", tags, each.receivedBytes, earlier?.receivedBytes, seconds),
        ...rateOf("system.net.bytes_sent", tags, each.sentBytes, earlier?.sentBytes, seconds),
        ...rateOf("system.net.packets_in.error", tags, each.receivedErrors, earlier?.receivedErrors, seconds),
        ...rateOf("system.net.packets_out.error", tags, each.sentErrors, earlier?.sentErrors, seconds),
      ];
    });
  }

  #readIo(text: string, seconds: number): readonly HostValue[] | undefined {
    const now = parseDisks(text);
    // A machine without a disk has other lines there, or none.
    if (now.length === 0 && !/^$|^[ ]*\d+ +\d+ \w+( \d+){11}/mu.test(text)) return undefined;
    const before = this.#disks;
    this.#disks = new Map(now.map((each) => [each.name, each]));
    return now.flatMap((each) => {
      const earlier = before.get(each.name);
      const tags = [`device:${each.name}`];
      const busy = rateOf("system.io.util", tags, each.busyMs, earlier?.busyMs, seconds);
      return [
        ...rateOf("system.io.rkb_s", tags, each.readKiB, earlier?.readKiB, seconds),
        ...rateOf("system.io.wkb_s", tags, each.writtenKiB, earlier?.writtenKiB, seconds),
        // Of a thousand milliseconds, a hundred percent.
        ...busy.map((rate) => ({ ...rate, value: Math.min(100, roundTo(rate.value / 10, 2)) })),
      ];
    });
  }

  async #readSpace(): Promise<GroupReport> {
    const mounts = await this.#files.read("/proc/mounts");
    if ("failure" in mounts) return { values: [], faults: [describeFailure("/proc/mounts", mounts)] };
    const { disks } = this.#settings;
    const all = parseMounts(mounts.text);
    const faults: string[] = [];
    for (const place of disks ?? []) {
      if (all.some((mount) => mount.place === place)) continue;
      faults.push(`No disk is mounted at ${place}; on disks are ${listFound(all.map((mount) => mount.place))}.`);
    }
    const values: HostValue[] = [];
    for (const { device, place } of all.filter((mount) => disks?.includes(mount.place) ?? true)) {
      const space = await this.#files.space(place);
      if (space === undefined || space.totalBytes === 0) continue;
      const { totalBytes, freeBytes, usableBytes, fileCountMax, freeFileCount } = space;
      const named = fitTag(device);
      const tags = [`device:${named}`, `device_name:${named.slice("/dev/".length)}`];
      const usedBytes = totalBytes - freeBytes;
      // Where all that is free is kept for root, nobody else has anything to use or to fill.
      const ownBytes = usedBytes + usableBytes;
      values.push(
        { metric: "system.disk.total", tags, value: totalBytes / BYTES_PER_KIB },
        { metric: "system.disk.used", tags, value: usedBytes / BYTES_PER_KIB },
        { metric: "system.disk.free", tags, value: usableBytes / BYTES_PER_KIB },
        ...(ownBytes > 0 ? [{ metric: "system.disk.in_use", tags, value: roundTo(usedBytes / ownBytes, 4) }] : []),
      );
      if (fileCountMax === 0) continue;
      const inUse = roundTo((fileCountMax - freeFileCount) / fileCountMax, 4);
      values.push({ metric: "system.fs.inodes.in_use", tags, value: inUse });
    }
    return { values, faults };
  }
}

function readLoads(text: string): readonly HostValue[] | undefined {
  return parseLoads(text)?.map((load, index) => plainValue(`system.load.${[1, 5, 15][index]}`, load));
}

function readMemory(text: string): readonly HostValue[] | undefined {
  const memory = parseMemory(text);
  if (!memory.has("MemTotal")) return undefined;
  const values: HostValue[] = [];
  const add = (metric: string, value: number): void => {
    if (value >= 0 && Number.isFinite(value)) values.push(plainValue(metric, roundTo(value, 4)));
  };
  const addShare = (metric: string, part: number, whole: number): void => {
    if (part <= whole) add(metric, part / whole);
  };
  const mebibytes = (name: string): number => (memory.get(name) ?? Number.NaN) / KIB_PER_MIB;
  const total = mebibytes("MemTotal");
  const usable = mebibytes("MemAvailable");
  add("system.mem.total", total);
  add("system.mem.free", mebibytes("MemFree"));
  add("system.mem.used", total - mebibytes("MemFree"));
  add("system.mem.usable", usable);
  addShare("system.mem.pct_usable", usable, total);
  add("system.mem.cached", mebibytes("Cached"));
  add("system.mem.buffered", mebibytes("Buffers"));
  const swap = mebibytes("SwapTotal");
  add("system.swap.total", swap);
  if (swap > 0) {
    add("system.swap.used", swap - mebibytes("SwapFree"));
    addShare("system.swap.pct_free", mebibytes("SwapFree"), swap);
  }
  return values;
}

function readUptime(text: string): readonly HostValue[] | undefined {
  const uptime = parseUptime(text);
  return uptime === undefined ? undefined : [plainValue("system.uptime", Math.floor(uptime))];
}

function plainValue(metric: string, value: number): HostValue {
  return { metric, tags: [], value };
}

/** What a count grew by in a second; nothing where it is new, or began anew. */
function rateOf(
  metric: string,
  tags: readonly string[],
  now: number,
  before: number | undefined,
  seconds: number,
): readonly HostValue[] {
  if (before === undefined || now < before || seconds <= 0) return [];
  return [{ metric, tags, value: roundTo((now - before) / seconds, 3) }];
}

function roundTo(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

function describeFailure(path: string, { failure, isAbsent }: { failure: string; isAbsent: boolean }): string {
  return isAbsent ? `${path} ${failure}: \`root\` says where the machine's files begin.` : `${path} ${failure}.`;
}
