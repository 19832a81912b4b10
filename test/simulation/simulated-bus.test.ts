import { describe, expect, test } from "vitest";
import { fromHex } from "../support/hex.ts";
import { readsAsAnswer } from "./simulated-bus.ts";

describe("the second piece of an answer", () => {
  test.each([
    ["zeros", "0000 0000 0000 0000", false],
    ["the id of a request so far", "0007 0000 0000 0000", true],
    ["an id that nobody has used yet", "0008 0000 0000 0000", false],
    ["an id and another protocol", "0007 0001 0000 0000", false],
    ["an id and more than an answer holds", "0007 0000 0100 0000", false],
    ["an id, with too little behind it", "0007 0000 0000", false],
    ["an id that nobody has used, whole", "9999 0000 0002 0103", true],
  ])("may be taken for another or not where it begins with %s", (_what, bytes, isTaken) => {
    expect(readsAsAnswer(fromHex(bytes), 7)).toBe(isTaken);
  });
});
