/** The points of a receiver: those its settings name, and those of the instruments that turn out to be beside it. */

import type { InstrumentName, TransducerQuantity } from "../../decode/nmea-instruments.ts";
import { INSTRUMENT_UNITS, TRANSDUCER_UNITS } from "../../decode/nmea-instruments.ts";
import type { InputPoint } from "../../model/input.ts";
import { type NmeaSettings, NO_ZONE } from "./spec.ts";

/** What every receiver tells, with metric and unit. */
const OWN = {
  fix: ["gps.fix", ""],
  quality: ["gps.quality", ""],
  satellites: ["gps.satellites", ""],
  "satellites-visible": ["gps.satellites.visible", ""],
  hdop: ["gps.hdop", ""],
  vdop: ["gps.vdop", ""],
  pdop: ["gps.pdop", ""],
  "error-horizontal": ["gps.error.horizontal", "m"],
  "error-vertical": ["gps.error.vertical", "m"],
  "clock-offset": ["gps.clock.offset", "s"],
  parked: ["gps.parked.time", "s"],
  distance: ["gps.distance", "m"],
} as const;

/** What is told of a place, and so of a zone. */
const PLACED = {
  latitude: ["gps.latitude", "deg"],
  longitude: ["gps.longitude", "deg"],
  altitude: ["gps.altitude", "m"],
  speed: ["gps.speed", "m/s"],
  course: ["gps.course", "deg"],
  climb: ["gps.climb", "m/s"],
  moving: ["gps.moving", ""],
} as const;

/** What `gps.fix` and `gps.quality` say. Source: NMEA 0183, GSA field 2 and GGA field 6. */
const STATES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  fix: { 0: "no fix", 2: "without altitude", 3: "with altitude" },
  quality: {
    ...{ 0: "no fix", 1: "satellites alone", 2: "differential", 3: "precise", 4: "RTK", 5: "RTK, float" },
    ...{ 6: "estimated", 7: "set by hand", 8: "simulated" },
  },
};

/** A name of what belongs to no place. */
export type OwnName = keyof typeof OWN;

/** A name of what is told of a place. */
export type PlacedName = keyof typeof PLACED;

/** The points that settings name, with the places of each kind in their list. */
export class PointPlan {
  readonly points: readonly InputPoint[];
  readonly #own = new Map<OwnName, number>();
  readonly #placed = new Map<PlacedName, number>();
  /** How many series a placed quantity has: one, or one for each zone and one for none. */
  readonly #variants: number;
  readonly #firstZone: number;
  readonly #firstPlace: number;

  constructor({ zones, zone_tag, places }: Pick<NmeaSettings, "zones" | "zone_tag" | "places">) {
    const points: InputPoint[] = [];
    for (const [name, [metric, unit]] of entriesOf(OWN)) {
      this.#own.set(name, points.push(bare(name, metric, unit, [])) - 1);
    }
    const tags = zone_tag && zones.length > 0 ? [...zones.map(({ name }) => name), NO_ZONE] : [undefined];
    this.#variants = tags.length;
    for (const [name, [metric, unit]] of entriesOf(PLACED)) {
      this.#placed.set(name, points.length);
      for (const zone of tags) {
        points.push(
          bare(zone === undefined ? name : `${name}:${zone}`, metric, unit, zone === undefined ? [] : [`zone:${zone}`]),
        );
      }
    }
    this.#firstZone = points.length;
    for (const { name } of zones) points.push(bare(`inside:${name}`, "gps.zone.inside", "", [`zone:${name}`]));
    this.#firstPlace = points.length;
    for (const { name } of places) points.push(bare(`distance:${name}`, "gps.place.distance", "m", [`place:${name}`]));
    this.points = points;
  }

  /** The point of what belongs to no place. */
  ownIndex(name: OwnName): number {
    return this.#own.get(name) ?? 0;
  }

  /** The point of what belongs to a place in a zone, by the zone's place in its list; -1 for none. */
  placedIndex(name: PlacedName, zone: number): number {
    const first = this.#placed.get(name) ?? 0;
    if (this.#variants === 1) return first;
    return first + (zone === -1 ? this.#variants - 1 : zone);
  }

  zoneIndex(zone: number): number {
    return this.#firstZone + zone;
  }

  placeIndex(place: number): number {
    return this.#firstPlace + place;
  }
}

/** Metric and tags of each instrument. */
const INSTRUMENTS: Readonly<Record<InstrumentName, readonly [metric: string, ...tags: string[]]>> = {
  "heading-true": ["heading", "reference:true"],
  "heading-magnetic": ["heading", "reference:magnetic"],
  "turn-rate": ["heading.rate"],
  "depth-transducer": ["depth", "reference:transducer"],
  "depth-surface": ["depth", "reference:surface"],
  "depth-keel": ["depth", "reference:keel"],
  "water-temperature": ["temperature", "medium:water"],
  "water-speed": ["speed.linear", "medium:water"],
  "water-distance": ["distance.water"],
  "wind-angle-relative": ["wind.angle", "reference:relative"],
  "wind-speed-relative": ["wind.speed", "reference:relative"],
  "wind-angle-true": ["wind.angle", "reference:true"],
  "wind-speed-true": ["wind.speed", "reference:true"],
  "wind-direction": ["wind.direction"],
  "air-temperature": ["temperature", "medium:air"],
  "air-pressure": ["pressure", "medium:air"],
  "air-humidity": ["humidity", "medium:air"],
  "dew-point": ["temperature", "medium:dew_point"],
  "rudder-angle": ["angle", "transducer:rudder"],
};

const TRANSDUCER_METRICS: Readonly<Record<TransducerQuantity, string>> = {
  angle: "angle",
  temperature: "temperature",
  pressure: "pressure",
  humidity: "humidity",
  voltage: "voltage",
  current: "current",
  rotation: "speed.rotation",
  distance: "distance",
  frequency: "frequency",
};

/** Makes the point of an instrument. */
export function instrumentPoint(name: InstrumentName): InputPoint {
  const [metric, ...tags] = INSTRUMENTS[name];
  return bare(name, metric, INSTRUMENT_UNITS[name], tags);
}

/** Makes the point of a transducer by the name that the instrument gives it. */
export function transducerPoint(quantity: TransducerQuantity, name: string): InputPoint {
  const unit = TRANSDUCER_UNITS[quantity];
  return bare(`${quantity}:${name}`, TRANSDUCER_METRICS[quantity], unit, [`transducer:${name}`]);
}

function bare(name: string, metric: string, unit: string, tags: readonly string[]): InputPoint {
  const states = STATES[name];
  return { name, metric, unit, tags, isBare: true, ...(states === undefined ? {} : { states }) };
}

function entriesOf<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
