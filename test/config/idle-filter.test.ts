import { describe, expect, test } from "vitest";
import { loadFiles, PLAIN_MAIN } from "./config-folder.ts";

/** What is said of a meter with keys under `filter`, of one of its points and of the whole gateway. */
function noticesOf(instance: string, point?: string, gateway?: string, name = "current-l1"): readonly string[] {
  const points = point === undefined ? "" : `\n    points: { ${name}: { filter: ${point} } }`;
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

  test("are named where nobody looks at what the whole gateway is told, and let be where one instance does", () => {
    expect(noticesOf("{}", undefined, "{ threshold: { high: 80 } }")).toEqual([
      "tidegate.yaml:4: threshold under filter does nothing: `mode: all`, which is how it is left out, looks at nothing; add `mode: mark` or `reduce`.",
    ]);
    expect(noticesOf("{}", undefined, "{ deadband: 1% }")).toHaveLength(1);
    expect(noticesOf("{ mode: reduce }", undefined, "{ deadband: 1% }")).toHaveLength(1);
    expect(noticesOf("{ mode: mark, only: [current] }", undefined, "{ threshold: { high: 80 } }")).toEqual([]);
    expect(noticesOf("{}", "{ mode: mark }", "{ threshold: { high: 80 } }")).toEqual([]);
    expect(noticesOf("{}", undefined, "{ mode: all, threshold: { high: 80 } }")).toEqual([]);
  });

  test("are named of a point that is no measurement, of which nothing is watched", () => {
    expect(
      noticesOf("{}", "{ mode: reduce, threshold: { high: 80 }, window: 10 }", undefined, "energy-import"),
    ).toEqual([
      "conf.d/modbus.yaml:5: threshold under filter does nothing: this point is a total, and only measurements are watched and averaged.",
    ]);
    expect(noticesOf("{}", "{ mode: all, threshold: { high: 80 } }", undefined, "energy-import")).toEqual([]);
  });

  test("are named where no metric of the instance is meant by them, with the one that may be", () => {
    expect(noticesOf("{ mode: mark, only: [curent], except: [voltage] }")).toEqual([
      "conf.d/modbus.yaml:4: curent under filter fits no metric of this instance: did you mean current?",
    ]);
    expect(noticesOf("{ mode: mark, except: [temperature.*, humidity] }")).toEqual([
      expect.stringMatching(
        /^conf\.d\/modbus\.yaml:4: temperature\.\*, humidity under filter fit no metric of this instance: it has current, /u,
      ),
    ]);
    expect(noticesOf("{ mode: mark, only: [power.*] }")).toEqual([]);
  });

  test("are named where a threshold holds for points of several units, wherever it is written", () => {
    const mixed = (line: number) =>
      `conf.d/modbus.yaml:${line}: threshold under filter holds here for points in A, Hz, V, VA, W, var alike: write it under \`points: NAME: filter\`, or name by \`only\` what it is for.`;
    expect(noticesOf("{ mode: mark, threshold: { high: 80 } }")).toEqual([mixed(4)]);
    expect(noticesOf("{ mode: mark }", undefined, "{ threshold: { high: 80 } }")).toEqual([mixed(4)]);
    expect(noticesOf("{ mode: mark, threshold: { high: 80 }, only: [current] }")).toEqual([]);
    expect(noticesOf("{ mode: mark }", "{ threshold: { high: 80 } }")).toEqual([]);
  });
});
