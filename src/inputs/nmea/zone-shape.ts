/** Zones on the ground: circles and polygons, and how far inside or outside of one a place is. */

import {
  angleBetween,
  angleToArc,
  dot,
  EARTH_RADIUS,
  middleOf,
  type Place,
  planeAt,
  toVector,
  type UnitVector,
} from "../../decode/earth.ts";

/** A zone as it is configured. Units: degrees, `radius` in metres. */
export type ZoneShape = { readonly centre: Place; readonly radius: number } | { readonly corners: readonly Place[] };

/** How far a place is inside of a zone; negative outside of it. Units: metres. */
export type DepthInZone = (place: Place) => number;

/** A corner may be so far from the middle of its polygon: beyond, inside and outside have no meaning. */
const SPREAD_COSINE_MIN = 0.5;

/** Whether the corners of a polygon have a middle, and none is on another side of the earth. */
export function canBeZone(corners: readonly Place[]): boolean {
  const vectors = corners.map(toVector);
  const middle = middleOf(vectors);
  return middle !== undefined && vectors.every((vector) => dot(vector, middle) > SPREAD_COSINE_MIN);
}

/** Prepares the measuring of a zone, once. */
export function measureZone(shape: ZoneShape): DepthInZone {
  if ("corners" in shape) return measurePolygon(shape.corners);
  const centre = toVector(shape.centre);
  return (place) => shape.radius - EARTH_RADIUS * angleBetween(centre, toVector(place));
}

/**
 * Edges are the shortest ways between corners. Seen from the middle of the earth onto a plane they are straight lines,
 * so that a polygon around a pole, or across the line of the date, is one like any other.
 */
function measurePolygon(corners: readonly Place[]): DepthInZone {
  const vectors = corners.map(toVector);
  const middle = middleOf(vectors) ?? [0, 0, 1];
  const [first, second] = planeAt(middle);
  const onPlane = (vector: UnitVector): readonly [number, number] => {
    const depth = dot(vector, middle);
    return [dot(vector, first) / depth, dot(vector, second) / depth];
  };
  const outline = vectors.map(onPlane);
  return (place) => {
    const vector = toVector(place);
    let angle = Number.POSITIVE_INFINITY;
    for (const [index, corner] of vectors.entries()) {
      angle = Math.min(angle, angleToArc(vector, corner, vectors[(index + 1) % vectors.length] ?? corner));
    }
    const isInside = dot(vector, middle) > 0 && isWithin(onPlane(vector), outline);
    return (isInside ? 1 : -1) * EARTH_RADIUS * angle;
  };
}

/** Counts how often a ray from the point crosses the outline. */
function isWithin([x, y]: readonly [number, number], outline: readonly (readonly [number, number])[]): boolean {
  let isInside = false;
  let before = outline.at(-1) ?? [0, 0];
  for (const corner of outline) {
    const isCrossing = corner[1] > y !== before[1] > y;
    if (isCrossing && x < ((before[0] - corner[0]) * (y - corner[1])) / (before[1] - corner[1]) + corner[0]) {
      isInside = !isInside;
    }
    before = corner;
  }
  return isInside;
}
