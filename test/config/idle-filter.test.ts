import { describe, expect, test } from "vitest";
import { loadFiles, PLAIN_MAIN } from "./config-folder.ts";

/** What is said of a meter with keys under `filter`, of one of its points and of the whole gateway. */
function noticesOf(instance: string, point?: string, gateway?: string): readonly string[] {
  const points = point === undefined ? "" : `\n    points: { current-l1: { filter: ${point} } }`;
  const { problems, notices } = loadFiles({
    "tidegate.yaml": gateway === undefined ? PLAIN_MAIN : `${PLAIN_MAIN}filter: ${gateway}\n`,
    "conf.d/modbus.yaml": `instances:\n  - host: h\n    profile: eastron/sdm630\n    filter: ${instance}${points}\n`,
  });
  expect(problems).toEqual([]);
  return notices;
}

describe("keys under filter that change nothing", () => {
  test("are named where nothing is looked at, with what to add", () => {
    expect(noticesOf("{}", "{ threshold: { high: 80 } }")).toEqual([
      "conf.d/modbus.yaml:5: threshold under filter does nothing: `mode: all`, which is how it is left out, looks at nothing; add `mode: mark` or `reduce`.",
    ]);
    expect(noticesOf("{ window: 10, pre: 5 }")).toEqual([
      expect.stringMatching(/^conf\.d\/modbus\.yaml:4: window, pre under filter do nothing: /u),
    ]);
  });

  test("are named where nothing is thinned out", () => {
    expect(noticesOf("{ mode: mark, statistics: [max], post: 5 }")).toEqual([
      "conf.d/modbus.yaml:4: statistics under filter does nothing: `mode: mark` thins nothing out; `reduce` does.",
    ]);
  });

  test("are named where means are sent and a deadband is given", () => {
    expect(noticesOf("{ mode: reduce, deadband: 1% }")).toEqual([
      expect.stringContaining("deadband under filter does nothing: `keep: mean` goes by windows"),
    ]);
  });

  test("are let be where they were put aside on purpose, and where they do something", () => {
    expect(noticesOf("{ mode: all, window: 10 }")).toEqual([]);
    expect(noticesOf("{ only: [current] }")).toEqual([]);
    expect(noticesOf("{ mode: reduce, keep: deadband, deadband: 1%, statistics: [max] }")).toEqual([]);
    expect(noticesOf("{}", "{ threshold: { high: 80 } }", "{ mode: mark }")).toEqual([]);
  });
});
