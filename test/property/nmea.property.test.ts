import fc from "fast-check";
import { expect, test } from "vitest";
import { distanceBetween } from "../../src/decode/earth.ts";
import { LineSplitter, SENTENCE_LINES } from "../../src/decode/marked-lines.ts";
import { measureZone } from "../../src/inputs/nmea/zone-shape.ts";
import { mergeRecording, readRecording } from "../support/gps-recording.ts";

const recording = readRecording("triton400");

/** Pushes a stream in chunks of the given sizes, over and over, and writes down what was found. */
function split(stream: Uint8Array, sizes: readonly number[]) {
  const splitter = new LineSplitter(SENTENCE_LINES);
  const lines: string[] = [];
  let start = 0;
  for (let turn = 0; start < stream.length; turn += 1) {
    const end = start + (sizes[turn % sizes.length] ?? 1);
    splitter.push(stream.subarray(start, end), (line) => lines.push(line));
    start = end;
  }
  const { overlongCount, cutShortCount, noiseByteCount, bytesHeld } = splitter;
  return { lines, overlongCount, cutShortCount, noiseByteCount, bytesHeld };
}

const stream = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constant(Buffer.from("$GPGLL,4404.14066,N,12118.85481,W,171925.00,A,A*66\r\n")),
      fc.constant(Buffer.from("$INDPT,2.2,0.0*47")),
      fc.constant(Buffer.from(`$${"x".repeat(300)}`)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 });

test("any chunking of a receiver's bytes gives the same lines", () => {
  fc.assert(
    fc.property(stream, sizes, (bytes, cuts) => {
      expect(split(bytes, cuts)).toEqual(split(bytes, [bytes.length + 1]));
    }),
  );
});

test("garbage before a recording costs no more than its first sentence", () => {
  const whole = mergeRecording(recording).sentences;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
      const { sentences } = mergeRecording(Uint8Array.from([...garbage, ...recording]));
      expect(sentences.slice(-whole.length + 1)).toEqual(whole.slice(1));
    }),
    { numRuns: 30 },
  );
});

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

test("distances are the same there and back, and no detour is shorter", () => {
  fc.assert(
    fc.property(place, place, place, (one, two, three) => {
      expect(distanceBetween(one, two)).toBeCloseTo(distanceBetween(two, one), 3);
      expect(distanceBetween(one, three)).toBeLessThanOrEqual(
        distanceBetween(one, two) + distanceBetween(two, three) + 0.01,
      );
    }),
  );
});

test("how deep a place is in a polygon changes by no more than the way to another place", () => {
  fc.assert(
    fc.property(place, fc.double({ min: 0.01, max: 20, noNaN: true }), place, place, (middle, size, one, two) => {
      const corners = [0, 90, 180, 270].map((bearing) => offset(middle, size, bearing));
      const depthAt = measureZone({ corners });
      expect(depthAt(middle)).toBeGreaterThan(0);
      expect(Math.abs(depthAt(one) - depthAt(two))).toBeLessThanOrEqual(distanceBetween(one, two) + 1);
    }),
  );
});

/** A place so many degrees away, in a direction; by the formula of navigators, which our code does not use. */
function offset(from: { latitude: number; longitude: number }, degrees: number, bearing: number) {
  const [lat, away, turn] = [from.latitude, degrees, bearing].map((angle) => (angle * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const sine = Math.sin(lat) * Math.cos(away) + Math.cos(lat) * Math.sin(away) * Math.cos(turn);
  const latitude = Math.asin(Math.max(-1, Math.min(1, sine)));
  const east = Math.atan2(
    Math.sin(turn) * Math.sin(away) * Math.cos(lat),
    Math.cos(away) - Math.sin(lat) * Math.sin(latitude),
  );
  return {
    latitude: (latitude * 180) / Math.PI,
    longitude: ((from.longitude + (east * 180) / Math.PI + 540) % 360) - 180,
  };
}
