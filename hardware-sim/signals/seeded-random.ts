import type { Random } from "../../src/model/time.ts";

/**
 * Chance from a seed (splitmix32). Each `stream` of one seed draws its own numbers, so that one machine more does not
 * change what the others do.
 */
export function createRandom(seed: number, stream: string): Random {
  let state = seed >>> 0;
  for (let index = 0; index < stream.length; index += 1) {
    state = Math.imul(state ^ stream.charCodeAt(index), 0x01000193) >>> 0;
  }
  return {
    next: () => {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
    },
  };
}

/** Draws noise around 0 with deviation 1 that never leaves -3.5 to 3.5: a sensor's noise, without the wild tails. */
export function drawNoise(random: Random): number {
  return (random.next() + random.next() + random.next() + random.next() - 2) * Math.sqrt(3);
}

/** Draws the noise of each sensor of a machine, by its name: sensors do not share their noise. */
export function drawNoises<Sensor extends string>(random: Random, sensors: readonly Sensor[]): Record<Sensor, number> {
  return Object.fromEntries(sensors.map((sensor) => [sensor, drawNoise(random)])) as Record<Sensor, number>;
}
