/** Zones, places and the journey of one receiver together, with what is kept of them over a restart. */

import { distanceBetween, type Place } from "../../decode/earth.ts";
import type { DeviceEvent, InputMemory } from "../../model/input.ts";
import { type Clock, type MonotonicMillis, millis, seconds } from "../../model/time.ts";
import type { GpsEpoch, Position } from "./epoch-merger.ts";
import { Journey, type JourneyMemory } from "./journey.ts";
import type { NmeaSettings } from "./spec.ts";
import { type Crossing, ZoneWatch } from "./zone-watch.ts";

/** How far a position is off for each unit of dilution. Units: metres. Source: GPS Performance Standard 2020, 3.4. */
const METRES_PER_DILUTION = 5;

const ACCURACY_METRES_MIN = 5;
const ACCURACY_METRES_MAX = 100;

/** Where nothing is said of it. Units: metres. */
const ACCURACY_METRES_UNKNOWN = 15;

/** How often what is known goes to the memory while it changes: a card is worn by each write. */
const KEEP_INTERVAL = seconds(60);

const COORDINATE_DECIMALS = 5;

/** What is kept. Shape: checked when it is read, as anybody may have changed the file. */
interface Kept {
  readonly journey: JourneyMemory | undefined;
  readonly zones: Readonly<Record<string, boolean>>;
}

/** Follows one receiver. */
export class Whereabouts {
  readonly zones: ZoneWatch;
  readonly journey: Journey;
  readonly #key: string;
  readonly #label: string;
  readonly #places: readonly Place[];
  readonly #memory: InputMemory | undefined;
  readonly #clock: Clock;
  #keptAt: MonotonicMillis | undefined;
  #kept = "";

  /** `label` names the receiver to people, and what is kept of it. */
  constructor(settings: NmeaSettings, label: string, clock: Clock, memory: InputMemory | undefined) {
    this.#key = `nmea ${label}`;
    this.#label = label;
    this.#clock = clock;
    this.#memory = memory;
    const kept = toKept(memory?.read(this.#key));
    this.journey = new Journey(millis(Math.round(settings.parked_after * 1000)), kept?.journey);
    this.zones = new ZoneWatch(settings.zones.map(toZone), kept?.zones);
    this.#places = settings.places.map(({ lat, lon }) => ({ latitude: lat, longitude: lon }));
  }

  /** Takes a position of an epoch; gives the events of the borders that were crossed. */
  see(epoch: GpsEpoch, position: Position): DeviceEvent[] {
    const accuracy = accuracyOf(epoch);
    const { arrival, utc } = epoch;
    this.journey.take({ place: position, accuracy, monotonic: arrival.monotonic, utc });
    const crossings = this.zones.see({ place: position, accuracy, monotonic: arrival.monotonic });
    if (crossings.length > 0 || this.#isDue()) this.keep();
    return crossings.map((crossing) => this.#toEvent(crossing, epoch, position));
  }

  /** How far each named place is away. Units: metres. */
  distances(position: Position): readonly number[] {
    return this.#places.map((place) => Math.round(distanceBetween(place, position)));
  }

  /** Writes down what is known, if it has changed. */
  keep(): void {
    const { memory: journey } = this.journey;
    if (journey === undefined || this.#memory === undefined) return;
    this.#keptAt = this.#clock.monotonic();
    const kept: Kept = { journey, zones: this.zones.memory };
    const lasting = JSON.stringify([journey.distance, journey.isMoving, kept.zones]);
    if (lasting === this.#kept) return;
    this.#kept = lasting;
    this.#memory.write(this.#key, kept);
  }

  #isDue(): boolean {
    return this.#keptAt === undefined || this.#clock.monotonic() - this.#keptAt >= KEEP_INTERVAL;
  }

  #toEvent({ zone, isInside }: Crossing, { arrival }: GpsEpoch, { latitude, longitude }: Position): DeviceEvent {
    const verb = isInside ? "entered" : "left";
    const place = `${latitude.toFixed(COORDINATE_DECIMALS)}, ${longitude.toFixed(COORDINATE_DECIMALS)}`;
    return {
      title: `${this.#label} ${verb} ${zone}`,
      text: `${this.#label} ${verb} the zone ${zone} at ${place}.`,
      aggregationKey: `zone ${zone} of ${this.#label}`,
      alertType: "info",
      tags: [`zone:${zone}`, `crossing:${isInside ? "enter" : "leave"}`],
      at: arrival.at,
    };
  }
}

/** How far a position may be off. Units: metres. */
function accuracyOf({ hdop, horizontalError }: GpsEpoch): number {
  const found = hdop === undefined ? horizontalError : hdop * METRES_PER_DILUTION;
  return Math.min(ACCURACY_METRES_MAX, Math.max(ACCURACY_METRES_MIN, found ?? ACCURACY_METRES_UNKNOWN));
}

function toZone({ name, lat = 0, lon = 0, radius = 0, polygon }: NmeaSettings["zones"][number]) {
  if (polygon === undefined) return { name, shape: { centre: { latitude: lat, longitude: lon }, radius } };
  return { name, shape: { corners: polygon.map(([latitude, longitude]) => ({ latitude, longitude })) } };
}

function toKept(value: unknown): Kept | undefined {
  if (!isRecord(value)) return undefined;
  const zones = isRecord(value["zones"]) ? value["zones"] : {};
  return {
    journey: toJourney(value["journey"]),
    zones: Object.fromEntries(
      Object.entries(zones).filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean"),
    ),
  };
}

function toJourney(value: unknown): JourneyMemory | undefined {
  if (!isRecord(value)) return undefined;
  const { distance, isMoving, place, parkedFor, utc } = value;
  if (!isCount(distance) || !isCount(parkedFor)) return undefined;
  return {
    distance,
    parkedFor,
    isMoving: typeof isMoving === "boolean" ? isMoving : undefined,
    utc: isCount(utc) ? utc : undefined,
    place: isPlace(place) ? { latitude: place.latitude, longitude: place.longitude } : undefined,
  };
}

function isPlace(value: unknown): value is Place {
  if (!isRecord(value)) return false;
  const { latitude, longitude } = value;
  return (
    typeof latitude === "number" &&
    typeof longitude === "number" &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180
  );
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
