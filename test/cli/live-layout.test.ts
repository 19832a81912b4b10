import { describe, expect, test } from "vitest";
import { formatLiveLine, type LiveView, layOutLive } from "../../src/cli/live-layout.ts";
import { displayWidth } from "../../src/cli/text-width.ts";
import { formatShort } from "../../src/cli/value-cells.ts";
import type { InstanceStatus, Status, ValueStatus } from "../../src/model/status.ts";
import { TROUBLED } from "./troubled-status.ts";

const VIEW: LiveView = {
  title: "Tidegate 0.1.0 on hall-3, up 1d 2h",
  status: TROUBLED,
  notes: [],
  logLines: ["2026-11-22T06:00:00.242Z WARN  modbus/press: no answer code=INPUT_TIMEOUT"],
};
const SIZES = [
  [80, 24],
  [40, 10],
  [120, 40],
  [20, 5],
  [80, 1],
] as const;

function draw(view: LiveView, columns = 80, rows = 24, page = 0): string {
  return layOutLive(view, { columns, rows, page })
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function withInstances(...instances: readonly InstanceStatus[]): LiveView {
  return { ...VIEW, status: { ...TROUBLED, instances, problems: [], intakes: [] }, logLines: [] };
}

/** The example's instance that is well, with as many values as asked for. */
function meter(name: string, valueCount: number, changes: Partial<ValueStatus> = {}): InstanceStatus {
  const [well] = TROUBLED.instances;
  if (well === undefined) throw new Error("the example has an instance");
  const values = Array.from({ length: valueCount }, (_, index) => ({
    metric: "voltage",
    tags: [`point:voltage-${index}`],
    value: 230.25 + index,
    unit: "V",
    at: TROUBLED.now - 2_000,
    ...changes,
  }));
  return { ...well, instance: name, values };
}

describe("the live view", () => {
  test("shows the name of a state behind its number, as far as there is room", () => {
    const text = draw(withInstances(meter("pv", 1, { value: 4, unit: "", state: "MPPT" })));
    expect(text).toMatch(/voltage-0 +4 \(MPPT\) +2s/u);
    const long = draw(withInstances(meter("pv", 1, { value: 6, unit: "", state: "shutting down" })));
    expect(long).toMatch(/voltage-0 +6 \(shutting do… +2s/u);
  });

  test("tells values without a point apart by the end of their metric", () => {
    const tags = ["check:linux", "device:eth0", "instance:host"];
    const load = meter("host", 1, { metric: "system.load.1", tags: tags.slice(0, 1) }).values;
    const got = meter("host", 1, { metric: "system.net.bytes_rcvd", tags }).values;
    const sent = meter("host", 1, { metric: "system.net.bytes_sent", tags }).values;
    const text = draw(withInstances({ ...meter("host", 0), values: [...load, ...got, ...sent] }));
    expect(text).toMatch(/ load\.1 +230\.25 /u);
    expect(text).toMatch(/ eth0 net\S*rcvd +230\.25 /u);
    expect(text).toMatch(/ eth0 net\S*sent +230\.25 /u);
  });

  test("says at 80 columns whether all is well, then what is not, then what machines say", async () => {
    await expect(draw(VIEW)).toMatchFileSnapshot("../golden/cli/live.txt");
  });

  test("says the same on the smallest screen, a line each", async () => {
    await expect(draw(VIEW, 40, 10)).toMatchFileSnapshot("../golden/cli/live-40x10.txt");
  });

  test.each(SIZES)("fills lines of %d columns, and never more than %d of them", (columns, rows) => {
    const [intake] = TROUBLED.intakes;
    if (intake === undefined) throw new Error("the example has an intake");
    const long = { ...VIEW, status: { ...TROUBLED, intakes: [{ ...intake, reason: "温度 ".repeat(200) }] } };
    const lines = layOutLive(long, { columns, rows, page: 0 });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(new Set(lines.map(displayWidth))).toEqual(new Set([columns]));
  });

  test("without a gateway says what is known instead", () => {
    const text = draw({ ...VIEW, status: undefined, notes: ["No gateway answers."], logLines: [] });
    expect(text).toBe(`${draw(VIEW).split("\n")[0]}\nNote    No gateway answers.\n\n`);
  });

  test("says when all is well", () => {
    expect(draw(withInstances(meter("a", 1)))).toMatch(/^All is well: 1 instance is read$/mu);
  });

  test("says why nothing is drawn where no check runs", () => {
    expect(draw(withInstances())).toContain("No check runs: `tidegate configcheck` says why.");
  });

  test("says that the hours of the log are not measured yet, and nothing of them while it rests", () => {
    const of = (rate: number | null) => ({ ...TROUBLED, log: { ...TROUBLED.log, bytes_per_s: rate } }) as Status;
    expect(draw({ ...VIEW, status: of(null) })).toMatch(/^Log {5}its hours are not measured yet, 5\.1 MiB/mu);
    expect(draw({ ...VIEW, status: of(0) })).toMatch(/^Log {5}nothing is written to it at present, 5\.1 MiB/mu);
  });

  test("says when the log is full only while it fills", () => {
    expect(draw(VIEW)).toMatch(/^Log {5}holds 60 h at this rate, full in 60 h/mu);
    expect(draw(withInstances(meter("a", 1)))).toMatch(/^Log {5}holds 60 h at this rate, 5\.1 MiB/mu);
  });

  test("gives each machine its share of the rows and says how much it leaves out", () => {
    const text = draw(withInstances(meter("a", 60), meter("b", 2), meter("c", 60)));
    const rows = text.split("\n").filter((line) => line.startsWith("  voltage-"));
    expect(text).toMatch(/^modbus:a \[OK\] polled 2s ago in 41 ms, 50 more$/mu);
    expect(text).toMatch(/^modbus:b \[OK\] polled 2s ago in 41 ms$/mu);
    expect(rows.length).toBeGreaterThan(14);
  });

  test("never leaves machines out without a word, and draws those in trouble first", () => {
    const machines = Array.from({ length: 40 }, (_, index) => meter(`m${index}`, 4));
    const dead: InstanceStatus = { ...meter("dead", 0), state: "CRITICAL" };
    const unread: InstanceStatus = { ...meter("unread", 0), state: "UNKNOWN", last_poll: null };
    const text = draw(withInstances(...machines, dead, unread));
    expect(text).toMatch(/^modbus:dead \[ERROR\] .*\nmodbus:unread \[UNKNOWN\] not polled yet\nmodbus:m0 /mu);
    const drawn = text.match(/^modbus:/gmu)?.length ?? 0;
    expect(text).toContain(`and ${42 - drawn} more: ${42 - drawn} [OK]`);
  });

  test("turns to one machine a page, and around", () => {
    const view = withInstances(meter("a", 60), meter("b", 2));
    const pages = [-1, 0, 1, 2, 3].map((page) =>
      draw(view, 80, 24, page)
        .match(/^modbus:\w+/gmu)
        ?.join(" "),
    );
    expect(pages).toEqual(["modbus:b", "modbus:a modbus:b", "modbus:a", "modbus:b", "modbus:a modbus:b"]);
    expect(draw(view, 80, 24, 1)).toContain("voltage-35");
  });

  test("shows what is odd under its machine, which comes before those that are well", () => {
    const tags = ["instance:b", "point:inlet"];
    const filter = {
      ...{ watched: 2, learning: 0, learning_left_s: null, odd: 2 },
      worst: [
        {
          ...{ metric: "pressure", tags, unit: "Pa", since: TROUBLED.now - 60_000, score: 1, value: 720_000 },
          ...{
            at: TROUBLED.now,
            last_odd_at: TROUBLED.now,
            expected: null,
            is_beyond_threshold: true,
            threshold: { low: null, high: 700_000 },
          },
        },
      ],
    };
    const view = withInstances(meter("a", 1), { ...meter("b", 1), filter });
    const text = draw(view);
    expect(text).toMatch(
      /:b \[OK\] .*\n {2}Odd: pressure of inlet is beyond its threshold of 700000 Pa, for 1m, and 1\n {9}more\n {2}voltage-0/u,
    );
    expect(text.indexOf(":b [OK]")).toBeLessThan(text.indexOf(":a [OK]"));
    expect(formatLiveLine(view)).toMatch(
      /:b: pressure of inlet is beyond its threshold of 700000 Pa, for 1m, and 1 more$/u,
    );
  });

  test("names three faults of a machine, and how many more it has", () => {
    const fault = { code: "INPUT_TIMEOUT", points: [], since: TROUBLED.now - 60_000, polls: 3 } as const;
    const faults = [1, 2, 3, 4, 5].map((unit) => ({ ...fault, message: `unit ${unit} did not answer.` }));
    expect(draw(withInstances({ ...meter("a", 0), state: "CRITICAL", faults }))).toMatch(
      / {2}Error: for 1m: unit 3 did not answer\.\n {2}and 2 more faults: `tidegate status` names them\n/u,
    );
  });

  test("lines wide units and names up", () => {
    const wide = meter("a", 1, { tags: ["point:油温-入口"], unit: "°C" }).values;
    const plain = meter("a", 3).values;
    const rows = layOutLive(withInstances({ ...meter("a", 0), values: [...wide, ...plain] }), {
      columns: 80,
      rows: 24,
      page: 0,
    }).filter((line) => line.includes("2s ") && line.startsWith("  "));
    expect(rows.map((row) => displayWidth(row.slice(0, row.indexOf("2s"))))).toEqual([38, 38]);
  });
});

describe("a value in a cell", () => {
  test.each([
    [230.1, "230.1"],
    [18_252_300, "18252300"],
    [1234.5678, "1234.57"],
    [-0.000000123456, "-1.23e-7"],
    [-123_456_789_012, "-1.23e+11"],
    [0, "0"],
  ])("of %d is written %s", (value, text) => {
    expect(formatShort(value)).toBe(text);
  });
});

describe("a line where there is no screen", () => {
  test("says it all, in the same order", () => {
    const line = formatLiveLine({ ...VIEW, title: "hall-3", notes: ["it is starting or stopping"] });
    expect(line).toBe(
      "hall-3; Needs attention: modbus:press, datadog, the configuration; it is starting or stopping; " +
        "intake datadog holding, 18,029 waiting (oldest 1h), 882,000 delivered; " +
        "Error: the intake answered 403: it refuses the API key; next try in 1m 23s; " +
        "log holds 60 h at this rate, full in 60 h, 5.1 MiB of 1.0 GiB, 29 readings at risk; " +
        "config 1 to mend: `tidegate configcheck` names them; " +
        "modbus:press: 192.168.1.21:502 unit 1 did not answer within 1000 ms",
    );
  });
});
