import type { Random } from "../../src/model/time.ts";
import { drawNoise } from "./seeded-random.ts";

/** Units: degrees. */
interface Spot {
  readonly latitude: number;
  readonly longitude: number;
}

/** The yard it stands in at night. */
export const DEPOT: Spot = { latitude: 52.5197, longitude: 13.4106 };

/** The market it sells at: a short way from the yard, so that a short run shows both. */
export const MARKET: Spot = { latitude: 52.5209, longitude: 13.4132 };

const CORNER: Spot = { latitude: 52.5209, longitude: 13.4106 };

/** Units: metres in a degree of latitude. */
const DEGREE_METRES = 111_195;

/** Units: metres per second, seconds, metres. */
const SPEED = 13;
const STOP_SECONDS = 12;
const NOISE_METRES = 0.8;
const ALTITUDE = 36;

/** The round it makes, over and over: where to, and how long it stands there. */
const ROUND = [
  { to: CORNER, stop: 0 },
  { to: MARKET, stop: STOP_SECONDS },
  { to: CORNER, stop: 0 },
  { to: DEPOT, stop: STOP_SECONDS },
] as const;

/** Before it sets out for the first time. Units: seconds. */
const START_SECONDS = 3;

/** Where it is, and how it moves. Units: degrees, metres, metres per second. */
export interface TruckState extends Spot {
  readonly altitude: number;
  readonly speed: number;
  readonly course: number;
}

/** A food truck on its round between the yard and the market. */
export class FoodTruck {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Where it is, as well as a receiver can tell. Units: seconds since the plant started. */
  at(atSeconds: number): TruckState {
    const { from, to, share } = legAt(atSeconds);
    const [north, east] = metresBetween(from, to);
    const isMoving = share > 0 && share < 1;
    const wander = (): number => (NOISE_METRES * drawNoise(this.#random)) / DEGREE_METRES;
    return {
      latitude: from.latitude + share * (to.latitude - from.latitude) + wander(),
      longitude: from.longitude + share * (to.longitude - from.longitude) + wander(),
      altitude: ALTITUDE + drawNoise(this.#random),
      speed: isMoving ? SPEED : Math.abs(0.05 * drawNoise(this.#random)),
      course: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360,
    };
  }
}

/** The stretch it is on, and how much of it lies behind. */
function legAt(atSeconds: number): { readonly from: Spot; readonly to: Spot; readonly share: number } {
  const legs = ROUND.map(({ to, stop }, index) => {
    const from = ROUND[(index + ROUND.length - 1) % ROUND.length]?.to ?? DEPOT;
    const way = Math.hypot(...metresBetween(from, to)) / SPEED;
    return { from, to, way, seconds: way + stop };
  });
  const round = legs.reduce((sum, { seconds }) => sum + seconds, 0);
  let left = Math.max(0, atSeconds - START_SECONDS) % round;
  for (const { from, to, way, seconds } of legs) {
    if (left < seconds) return { from, to, share: Math.min(1, left / way) };
    left -= seconds;
  }
  return { from: DEPOT, to: CORNER, share: 0 };
}

/** Units: metres to the north and to the east. */
function metresBetween(from: Spot, to: Spot): readonly [number, number] {
  const narrowing = Math.cos((from.latitude * Math.PI) / 180);
  return [(to.latitude - from.latitude) * DEGREE_METRES, (to.longitude - from.longitude) * DEGREE_METRES * narrowing];
}
