/**
 * The catalogue of metrics: every quantity has one name and one canonical unit, whatever a vendor calls it and
 * whatever unit a device sends. Phases, sides and parts of a machine are tags, never part of the name.
 *
 * What a metric is called elsewhere follows from the table: Datadog's unit from its unit (`datadogUnit`), Prometheus'
 * name from its name, unit and course, and Home Assistant's entity from its unit, course and device class.
 */

import type { Series, SeriesKind } from "./series.ts";
import { homeAssistantUnit, isUnit, UNITS, type UnitSymbol } from "./units.ts";

/**
 * How values follow each other: a measurement goes up and down, a total only grows until the device starts over from
 * zero, a delta is what was counted since the value before, and a state is 1 or 0.
 */
export type Course = "measurement" | "total" | "delta" | "state";

/** What is known of one metric. */
export interface Metric {
  /** The unit every sample of it is kept and sent in; empty for a number without unit. */
  readonly unit: UnitSymbol | "";
  /** A total is a gauge too: what is sent is the reading of the counter, never what it grew by. */
  readonly kind: SeriesKind;
  readonly course: Course;
  /** Home Assistant's device class; null where it has none that means this. */
  readonly deviceClass: string | null;
  readonly description: string;
}

/**
 * Every metric that a profile may name, in the order of the catalogue.
 *
 * Source: Home Assistant, homeassistant/components/sensor/const.py and binary_sensor/__init__.py, for the classes;
 * `reactive_energy` is there since 2025.6.
 */
export const METRICS: Readonly<Record<string, Metric>> = {
  voltage: measurement("V", "voltage", "Voltage between a phase and neutral, or across a source of direct current"),
  "voltage.line": measurement("V", "voltage", "Voltage between two phases"),
  current: measurement("A", "current", "Electric current"),
  frequency: measurement("Hz", "frequency", "Frequency of an alternating voltage"),
  "power.active": measurement("W", "power", "Active power; negative when it flows back to the supply"),
  "power.reactive": measurement("var", "reactive_power", "Reactive power; positive when inductive"),
  "power.apparent": measurement("VA", "apparent_power", "Apparent power"),
  "power.factor": measurement("", "power_factor", "Power factor, from -1 to 1"),
  "energy.active.import": total("Wh", "energy", "Total of the active energy taken from the supply"),
  "energy.active.export": total("Wh", "energy", "Total of the active energy given to the supply"),
  "energy.active.total": total("Wh", "energy", "Total of the active energy in both directions"),
  "energy.reactive.import": total("varh", "reactive_energy", "Total of the reactive energy taken from the supply"),
  "energy.reactive.export": total("varh", "reactive_energy", "Total of the reactive energy given to the supply"),
  "energy.reactive.total": total("varh", "reactive_energy", "Total of the reactive energy in both directions"),
  "battery.charge": measurement("%", "battery", "How full a battery is"),
  "battery.runtime": measurement("s", "duration", "How long a battery lasts at its present load"),
  load: measurement("%", null, "Share of its rated power that a device bears"),
  temperature: measurement("degC", "temperature", "Temperature"),
  humidity: measurement("%", "humidity", "Relative humidity"),
  pressure: measurement("Pa", "pressure", "Pressure"),
  flow: measurement("m3/h", "volume_flow_rate", "Volume that passes in a time"),
  volume: total("m3", "volume", "Total of the volume that has passed"),
  "volume.stored": measurement("m3", "volume_storage", "Volume that a vessel holds"),
  level: measurement("%", null, "How full a vessel is"),
  distance: measurement("m", "distance", "Length, stroke or position"),
  mass: measurement("kg", "weight", "Mass"),
  "mass.stable": state(null, "1 while what a scale shows has settled, 0 while it moves"),
  "mass.overload": state("problem", "1 while a scale bears more than it can weigh, or less than nothing; 0 while not"),
  "particles.mass": measurement("ug/m3", null, "Mass of the particles up to a size in a volume of air"),
  "particles.count": measurement("", null, "Particles larger than a size, in a tenth of a litre of air"),
  force: measurement("N", null, "Force"),
  vibration: measurement("mm/s", null, "Vibration velocity, root mean square"),
  acceleration: measurement("m/s2", null, "Acceleration"),
  "speed.linear": measurement("m/s", "speed", "Speed along a line"),
  "speed.rotation": measurement("rpm", null, "Turns of a shaft in a minute"),
  "motor.current": measurement("A", "current", "Current a motor draws"),
  "motor.power": measurement("W", "power", "Active power a motor draws"),
  "motor.temperature": measurement("degC", "temperature", "Temperature of a motor's winding"),
  "motor.torque": measurement("Nm", null, "Torque at a motor's shaft"),
  "machine.running": state("running", "1 while the machine runs, 0 while it stands"),
  "machine.state": measurement(
    "",
    null,
    "Number of the state a machine or device is in; its manual says what each means",
  ),
  "machine.cycles": total("", null, "Total of the strokes, pieces or cycles the machine has made"),
  "machine.uptime": total("s", "duration", "Total of the time the machine has run"),
  angle: measurement("deg", null, "Angle, such as heel, tilt or rudder"),
  heading: measurement("deg", null, "Where the bow points to, from north"),
  "heading.rate": measurement("deg/min", null, "How fast the bow turns; positive to the right"),
  depth: measurement("m", "distance", "Depth of water"),
  "distance.water": total("m", "distance", "Total of the way made through water"),
  "wind.speed": measurement("m/s", "wind_speed", "Speed of the wind"),
  "wind.angle": measurement("deg", null, "Where the wind comes from, from the bow by the right"),
  "wind.direction": measurement("deg", null, "Where the wind comes from, from north"),
  "gps.latitude": measurement("deg", null, "Latitude; north is positive"),
  "gps.longitude": measurement("deg", null, "Longitude; east is positive"),
  "gps.altitude": measurement("m", "distance", "Height above mean sea level"),
  "gps.speed": measurement("m/s", "speed", "Speed over ground"),
  "gps.course": measurement("deg", null, "Direction of the way over ground, from true north"),
  "gps.climb": measurement("m/s", "speed", "Speed upwards"),
  "gps.fix": measurement("", null, "0 without a fix, 2 with one without altitude, 3 with altitude"),
  "gps.quality": measurement(
    "",
    null,
    "What the fix rests on, by its number in NMEA 0183: 0 nothing, 1 satellites alone",
  ),
  "gps.satellites": measurement("", null, "Satellites the fix is made of"),
  "gps.satellites.visible": measurement("", null, "Satellites above the horizon"),
  "gps.hdop": measurement("", null, "Dilution of precision, horizontal; below 2 is good"),
  "gps.vdop": measurement("", null, "Dilution of precision, vertical"),
  "gps.pdop": measurement("", null, "Dilution of precision in all directions"),
  "gps.error.horizontal": measurement("m", "distance", "How far the position may be off, as the receiver has it"),
  "gps.error.vertical": measurement("m", "distance", "How far the altitude may be off, as the receiver has it"),
  "gps.clock.offset": measurement("s", null, "By how much the time of the satellites is ahead of the gateway's clock"),
  "gps.moving": state("moving", "1 while it moves, 0 while it is parked"),
  "gps.parked.time": measurement("s", "duration", "How long it has been parked; 0 while it moves"),
  "gps.distance": total("m", "distance", "Total of the way it came"),
  "gps.zone.inside": state("presence", "1 inside of a zone, 0 outside of it"),
  "gps.place.distance": measurement("m", "distance", "How far a named place is away, in a straight line"),
  illuminance: measurement("lx", "illuminance", "Illuminance"),
  "digital.state": state(null, "1 while a digital input is active, 0 while it is not"),
  "digital.active": total("s", "duration", "Total of the time in which a digital input was active"),
  "digital.duty": measurement("%", null, "Part of the time in which a digital input was active"),
  "pulse.count": total("", null, "Total of the pulses at a digital input"),
  "pulse.frequency": measurement("Hz", "frequency", "Pulses at a digital input in a second"),
  "pulse.missed": total("", null, "Total of the edges of a digital input that happened and were not seen one by one"),
  "machine.clock": measurement("s", null, "What the clock of a machine or device shows, in seconds since 1970"),
};

/**
 * What the machine tells of itself that the gateway runs on. Names and units of `system.*` are the Datadog Agent's, so
 * that its dashboards show them; no profile may name these.
 *
 * Source: Datadog Agent, corechecks/system, and integrations-core, disk and network, metadata.csv.
 */
export const HOST_METRICS: Readonly<Record<string, Metric>> = {
  "board.undervoltage": state("problem", "1 while a board's supply is too low, or was since the start, 0 while not"),
  "board.frequency_capped": state(
    null,
    "1 while a board's processor is held back, or was since the start, 0 while not",
  ),
  "board.throttled": state(null, "1 while a board is slowed down, or was since the start, 0 while not"),
  "board.temperature_limited": state(
    "heat",
    "1 while a board is slowed down for its heat, or was since the start, 0 while not",
  ),
  "storage.wear": measurement("%", null, "How worn flash memory is by its own estimate, in steps of ten"),
  "storage.reserve": measurement("", null, "Spare blocks of flash memory: 1 enough, 2 four fifths used, 3 nearly all"),
  "system.cpu.user": measurement("%", null, "Time of all processors in programs"),
  "system.cpu.system": measurement("%", null, "Time of all processors in the kernel"),
  "system.cpu.iowait": measurement("%", null, "Time of all processors waiting for disks"),
  "system.cpu.idle": measurement("%", null, "Time of all processors with nothing to do"),
  "system.cpu.stolen": measurement("%", null, "Time of all processors that a hypervisor gave to others"),
  "system.load.1": measurement("", null, "Mean number of tasks that ran or wanted to, over a minute"),
  "system.load.5": measurement("", null, "Mean number of tasks that ran or wanted to, over 5 minutes"),
  "system.load.15": measurement("", null, "Mean number of tasks that ran or wanted to, over 15 minutes"),
  "system.mem.total": measurement("MiB", "data_size", "Memory there is"),
  "system.mem.free": measurement("MiB", "data_size", "Memory nobody uses"),
  "system.mem.used": measurement("MiB", "data_size", "Memory that is not free, caches among it"),
  "system.mem.usable": measurement("MiB", "data_size", "Memory that programs can still have"),
  "system.mem.pct_usable": measurement("", null, "Memory that programs can still have, as a part of 1"),
  "system.mem.cached": measurement("MiB", "data_size", "Memory that holds pages of files"),
  "system.mem.buffered": measurement("MiB", "data_size", "Memory that holds blocks of disks"),
  "system.swap.total": measurement("MiB", "data_size", "Swap space there is"),
  "system.swap.used": measurement("MiB", "data_size", "Swap space in use"),
  "system.swap.pct_free": measurement("", null, "Swap space that is free, as a part of 1"),
  "system.disk.total": measurement("KiB", "data_size", "Size of a file system"),
  "system.disk.used": measurement("KiB", "data_size", "What a file system holds"),
  "system.disk.free": measurement("KiB", "data_size", "What a file system still takes"),
  "system.disk.in_use": measurement("", null, "How full a file system is, as a part of 1"),
  "system.fs.inodes.in_use": measurement("", null, "How many of a file system's files are used, as a part of 1"),
  "system.io.rkb_s": measurement("KiB/s", "data_rate", "What is read from a disk"),
  "system.io.wkb_s": measurement("KiB/s", "data_rate", "What is written to a disk"),
  "system.io.util": measurement("%", null, "Part of the time in which a disk was busy"),
  "system.net.bytes_rcvd": measurement("B/s", "data_rate", "What comes in by a network interface"),
  "system.net.bytes_sent": measurement("B/s", "data_rate", "What goes out by a network interface"),
  "system.net.packets_in.error": measurement("", null, "Packets in a second that came damaged"),
  "system.net.packets_out.error": measurement("", null, "Packets in a second that could not be sent"),
  "system.uptime": measurement("s", "duration", "Time since the machine was started"),
};

/**
 * What the gateway tells of itself; no profile may name these. A total counts from the gateway's start, or from that of
 * the books of an intake.
 */
export const SELF_METRICS = {
  "tidegate.uptime": total("s", "duration", "Total of the time the gateway has run"),
  "tidegate.log.bytes": measurement("B", "data_size", "What the log holds, without the overhead of its database"),
  "tidegate.log.fill": measurement("%", null, "How full the log is, of what it may hold"),
  "tidegate.log.unwritten": measurement("", null, "Samples taken and not yet on disk"),
  "tidegate.log.syncs": total(
    "",
    null,
    "Total of the log's writes that waited for its disk, which is what wears a card",
  ),
  "tidegate.series": measurement("", null, "Series the log knows"),
  "tidegate.polls": total("", null, "Total of the polls of all instances"),
  "tidegate.polls.failed": total("", null, "Total of the polls that gave no reading"),
  "tidegate.polls.late": total("", null, "Total of the polls left out because the one before still ran"),
  "tidegate.poll.duration": measurement("s", "duration", "Time the slowest instance needed for its last poll"),
  "tidegate.bus.utilisation": measurement("%", null, "Part of the last minute in which a bus was in use"),
  "tidegate.faults": measurement("", null, "Faults that stand now"),
  "tidegate.dropped": total("", null, "Total of the samples dropped before the log, in the oldest books of an intake"),
  "tidegate.filter.odd": measurement("", null, "Series that are odd now"),
  "tidegate.filter.learning": measurement("", null, "Series whose detectors call nothing odd yet, because they learn"),
  "tidegate.intake.waiting": measurement("", null, "Samples an intake has not taken yet"),
  "tidegate.intake.delivered": total("", null, "Total of the samples an intake has taken"),
  "tidegate.intake.lost": total("", null, "Total of the samples that expired or were refused on the way to an intake"),
  "tidegate.intake.withheld": total(
    "",
    null,
    "Total of the samples held back from an intake, by the budget of its uplink or by `clock.untrusted`",
  ),
} as const satisfies Record<string, Metric>;

/** The name of a metric the gateway tells of itself. */
export type SelfMetricName = keyof typeof SELF_METRICS;

/** Ends the name of a metric that tells what a total has grown by since the reading before. */
export const DELTA_SUFFIX = ".delta";

/** Ends the name of a metric that tells each value of another one while something is anomalous. */
export const FULL_SUFFIX = ".full";

/** Finds a metric that a profile may name; undefined when the catalogue has none. */
export function machineMetricOf(name: string): Metric | undefined {
  return Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
}

/** Finds a metric of machines or of the host; undefined when there is none. */
export function metricOf(name: string): Metric | undefined {
  return machineMetricOf(name) ?? (Object.hasOwn(HOST_METRICS, name) ? HOST_METRICS[name] : undefined);
}

/**
 * The unit in which values of `metric` are kept: the catalogue's, or for a metric it does not know the one they come
 * in.
 */
export function canonicalUnit(metric: string, ownUnit: string): string {
  return metricOf(metric)?.unit ?? ownUnit;
}

/** What Prometheus calls a series, and what it takes it for. */
export interface PrometheusMetric {
  readonly name: string;
  readonly type: "gauge" | "counter";
}

/**
 * Names a metric for Prometheus: underscores for dots, then the unit as a word, then `_total` for a total.
 *
 * A total is a counter there, although it is a gauge here: both read the same number, and a counter is what `rate` and
 * `increase` expect of a number that only grows and may start over. Values stay in the canonical unit: percent and
 * watt-hours are not turned into ratios and joules, and the name says so. A unit that is not in our table is left out.
 *
 * Units: none; the value is the sample's.
 * Source: Prometheus documentation, Metric and label naming; Data model.
 */
export function toPrometheus(name: string, unit: string, course: Course): PrometheusMetric {
  const isTotal = course === "total";
  const base = (isTotal ? name.replace(/\.total$/u, "") : name).replaceAll(/[^a-zA-Z0-9_]/gu, "_");
  const words = [/^\d/u.test(base) ? `_${base}` : base];
  if (isUnit(unit)) words.push(UNITS[unit].prometheus);
  if (isTotal) words.push("total");
  return { name: words.join("_"), type: isTotal ? "counter" : "gauge" };
}

/** What Home Assistant is told of a metric, in the words of its discovery by MQTT; absent keys are left out there. */
export interface HomeAssistantEntity {
  readonly component: "sensor" | "binary_sensor";
  readonly deviceClass?: string;
  /** Absent for a binary sensor, which has none. */
  readonly stateClass?: "measurement" | "total_increasing";
  readonly unit?: string;
}

/**
 * The course of a metric as a series names it, that is with or without a namespace in front. A metric that is not in
 * the catalogue is a measurement.
 */
export function courseOf(metric: string): Course {
  if (metric.endsWith(FULL_SUFFIX)) return courseOf(metric.slice(0, -FULL_SUFFIX.length));
  if (metric.endsWith(DELTA_SUFFIX) && courseOf(metric.slice(0, -DELTA_SUFFIX.length)) === "total") return "delta";
  for (let name = metric; ; name = name.slice(name.indexOf(".") + 1)) {
    const known = metricOf(name);
    if (known !== undefined) return known.course;
    if (!name.includes(".")) return "measurement";
  }
}

/** The course of a series: what a count counts is a delta whatever it is called. */
export function courseOfSeries({ metric, kind }: Pick<Series, "metric" | "kind">): Course {
  return kind === "count" ? "delta" : courseOf(metric);
}

/** Describes a metric to Home Assistant. Units: those of the sample, in Home Assistant's spelling. */
export function toHomeAssistant({ unit, course, deviceClass }: Metric): HomeAssistantEntity {
  const classed = deviceClass === null ? {} : { deviceClass };
  if (course === "state") return { component: "binary_sensor", ...classed };
  return {
    component: "sensor",
    ...classed,
    stateClass: course === "total" ? "total_increasing" : "measurement",
    ...(unit === "" ? {} : { unit: homeAssistantUnit(unit) }),
  };
}

function measurement(unit: UnitSymbol | "", deviceClass: string | null, description: string): Metric {
  return { unit, kind: "gauge", course: "measurement", deviceClass, description };
}

function total(unit: UnitSymbol | "", deviceClass: string | null, description: string): Metric {
  return { unit, kind: "gauge", course: "total", deviceClass, description };
}

function state(deviceClass: string | null, description: string): Metric {
  return { unit: "", kind: "gauge", course: "state", deviceClass, description };
}
