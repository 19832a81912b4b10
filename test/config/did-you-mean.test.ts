import { expect, test } from "vitest";
import { didYouMean } from "../../src/config/did-you-mean.ts";

const KEYS = ["host", "port", "unit", "profile", "min_collection_interval", "namespace"];

test.each(["zebra", "x", "", "interval"])("%s is near to nothing", (word) => {
  expect(didYouMean(word, KEYS)).toBeUndefined();
});

test("what begins as one alone is it, unless it is short", () => {
  expect(didYouMean("user", ["username", "password"])).toBe("username");
  expect(didYouMean("baudrate", ["baud", "parity"])).toBe("baud");
  expect(didYouMean("data", ["data_bits", "data_rate"])).toBeUndefined();
  expect(didYouMean("rts", ["rts_delay", "baud"])).toBeUndefined();
});

test("half of a short word is no slip", () => {
  expect(didYouMean("host", ["broker", "qos"])).toBeUndefined();
  expect(didYouMean("name", ["page", "range"])).toBeUndefined();
});

test.each([
  ["hots", "host"],
  ["prot", "port"],
  ["Unit", "unit"],
  ["profil", "profile"],
  ["profiles", "profile"],
  ["minCollectionInterval", "min_collection_interval"],
  ["min-collection-intervall", "min_collection_interval"],
  ["name_space", "namespace"],
])("%s was meant to be %s", (word, meant) => {
  expect(didYouMean(word, KEYS)).toBe(meant);
});

test("the nearest of several is taken, and the first of equals", () => {
  expect(didYouMean("power.activ", ["power.reactive", "power.active"])).toBe("power.active");
  expect(didYouMean("aab", ["aaa", "abb"])).toBe("aaa");
});
