import { describe, expect, test } from "vitest";
import { type ModbusLink, SharedLinks } from "../../src/inputs/modbus/link.ts";
import { millis } from "../../src/model/time.ts";

/** Links that only count what is done to them; their place is the number they were made by. */
function countedLinks(): { links: SharedLinks<number>; made: number[]; closed: number[] } {
  const made: number[] = [];
  const closed: number[] = [];
  const links = new SharedLinks<number>((place): ModbusLink => {
    made.push(place);
    return {
      canGiveUpEarly: false,
      connectionCount: 0,
      wireTime: () => millis(0),
      lateCountOf: () => 0,
      open: () => Promise.resolve(),
      request: () => Promise.reject(new Error("nothing is asked here")),
      rest: () => undefined,
      close: () => closed.push(place),
    };
  });
  return { links, made, closed };
}

describe("shared links", () => {
  test("give one link to all on a bus, and another to another bus", () => {
    const { links, made } = countedLinks();
    const first = links.lease("a", 1);
    expect(links.lease("a", 2).link).toBe(first.link);
    expect(links.lease("b", 3).link).not.toBe(first.link);
    expect(made).toEqual([1, 3]);
  });

  test("close a link when its last share is given back, however often one is given back", () => {
    const { links, closed } = countedLinks();
    const first = links.lease("a", 1);
    const second = links.lease("a", 1);
    first.release();
    first.release();
    expect(closed).toEqual([]);
    second.release();
    second.release();
    expect(closed).toEqual([1]);
  });

  test("make a new link for a bus that was left by all", () => {
    const { links, made } = countedLinks();
    links.lease("a", 1).release();
    links.lease("a", 2);
    expect(made).toEqual([1, 2]);
  });
});
