import { expect, test } from "vitest";
import { cheapestRead } from "../../src/inputs/modbus/cheapest-read.ts";
import { smallMeter } from "./small-meter.ts";

const holding = smallMeter.points.filter(({ table }) => table === "holding-register");
const input = smallMeter.points.filter(({ table }) => table === "input-register");

test("a bit is read rather than a register", () => {
  expect(cheapestRead([smallMeter])).toEqual({ functionCode: 2, address: 5, count: 1 });
});

test("the narrowest point is read where there are no bits, and all of it", () => {
  expect(cheapestRead([{ points: input }])).toEqual({ functionCode: 4, address: 2, count: 1 });
  expect(cheapestRead([{ points: holding }])).toEqual({ functionCode: 3, address: 100, count: 4 });
});

test("a point that a read clears is never read to see whether its device is there", () => {
  const clearOnRead = [{ table: "input-register", start: 2, end: 3 } as const];
  expect(cheapestRead([{ points: input, clearOnRead }])).toEqual({ functionCode: 4, address: 0, count: 2 });
  const only = input.filter(({ address }) => address === 2);
  expect(cheapestRead([{ points: only, clearOnRead }])).toEqual({ functionCode: 4, address: 0, count: 1 });
  const fromStart = [{ table: "input-register", start: 0, end: 3 } as const];
  expect(cheapestRead([{ points: only, clearOnRead: fromStart }])).toEqual({ functionCode: 4, address: 3, count: 1 });
  expect(cheapestRead([{ points: only, clearOnRead }, { points: holding }])).toMatchObject({ functionCode: 3 });
});
