/**
 * Places on the earth as a sphere, in unit vectors: neither the poles nor the line of the date are anything special
 * there. A sphere is off by half a percent at most, which is less than what receivers are off by at such distances.
 */

/** Where something is. Units: degrees, north and east positive. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** The mean radius. Units: metres. Source: IUGG, R1 of WGS 84. */
export const EARTH_RADIUS = 6_371_008.8;

/** A direction from the middle of the earth, of length 1. */
export type UnitVector = readonly [x: number, y: number, z: number];

const DEGREE = Math.PI / 180;

/** Turns a place into its direction. */
export function toVector({ latitude, longitude }: Place): UnitVector {
  const ring = Math.cos(latitude * DEGREE);
  return [ring * Math.cos(longitude * DEGREE), ring * Math.sin(longitude * DEGREE), Math.sin(latitude * DEGREE)];
}

/** How far two places are from each other over the ground. Units: metres. */
export function distanceBetween(one: Place, other: Place): number {
  return EARTH_RADIUS * angleBetween(toVector(one), toVector(other));
}

/** Exact for small angles too, where the cosine has no digits left. Units: radians. */
export function angleBetween(one: UnitVector, other: UnitVector): number {
  return Math.atan2(lengthOf(cross(one, other)), dot(one, other));
}

/** How far a place is from the shorter arc between two others. Units: radians. */
export function angleToArc(place: UnitVector, from: UnitVector, to: UnitVector): number {
  const normal = cross(from, to);
  const length = lengthOf(normal);
  const nearestEnd = Math.min(angleBetween(place, from), angleBetween(place, to));
  if (length === 0) return nearestEnd;
  const isBeside = dot(cross(normal, from), place) >= 0 && dot(cross(to, normal), place) >= 0;
  return isBeside ? Math.min(nearestEnd, Math.abs(Math.asin(clamp(dot(normal, place) / length)))) : nearestEnd;
}

/** The direction in the middle of others; undefined where they cancel each other out. */
export function middleOf(vectors: readonly UnitVector[]): UnitVector | undefined {
  const sum: [number, number, number] = [0, 0, 0];
  for (const [x, y, z] of vectors) {
    sum[0] += x;
    sum[1] += y;
    sum[2] += z;
  }
  const length = lengthOf(sum);
  return length < 1e-9 ? undefined : [sum[0] / length, sum[1] / length, sum[2] / length];
}

/** Two directions across a third one and each other: a plane to draw on. */
export function planeAt(middle: UnitVector): readonly [UnitVector, UnitVector] {
  const [x, y, z] = middle;
  const apart: UnitVector = Math.abs(z) < 0.9 ? [0, 0, 1] : [1, 0, 0];
  const first = cross(apart, middle);
  const length = lengthOf(first);
  const one: UnitVector = [first[0] / length, first[1] / length, first[2] / length];
  return [one, cross([x, y, z], one)];
}

/** The cosine of the angle between two directions. */
export function dot(one: UnitVector, other: UnitVector): number {
  return one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
}

function cross(one: UnitVector, other: UnitVector): UnitVector {
  return [
    one[1] * other[2] - one[2] * other[1],
    one[2] * other[0] - one[0] * other[2],
    one[0] * other[1] - one[1] * other[0],
  ];
}

function lengthOf([x, y, z]: UnitVector): number {
  return Math.hypot(x, y, z);
}

function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value));
}
