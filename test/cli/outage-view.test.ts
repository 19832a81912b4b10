import { describe, expect, test } from "vitest";
import { describeOutage, spanOfLog } from "../../src/cli/outage-view.ts";
import type { IntakeConfig } from "../../src/model/config.ts";
import { loadFiles } from "../config/config-folder.ts";

const STORE = { maxBytes: 180_000_000, whenFull: "thin", history: 86_400_000, lagMax: 30 * 86_400_000 } as never;
const LOG = "about 60 h at 200 readings/s, then every other old reading gives way";

function intakeOf(main: string): IntakeConfig {
  const { config, problems } = loadFiles({ "tidegate.yaml": `hostname: h\nrun_path: run\n${main}\n` });
  expect(problems).toEqual([]);
  const intake = config?.intakes[0];
  if (intake === undefined) throw new Error("the file has an intake");
  return intake;
}

const datadog = (keys: string): string => `api_key: abc\nforward: { ${keys} }`;
const listed = (keys: string): string => `intakes: [{ name: plant-vm, ${keys} }]`;

describe("of an outage an intake shows", () => {
  test.each([
    [
      "the last hour, where nothing is said",
      datadog("timeout: 3"),
      "of an outage the last 1 h is visible afterwards; what is older counts as too old and stays in the log's history " +
        "for 24 h. `tidegate datadog enable-historical`, then `historical: true`, has it sent.",
    ],
    [
      "the last hour, and the rest once it is taken",
      datadog("older: hold"),
      `of an outage the last 1 h is visible afterwards; what is older is held until the intake takes it, as far as the ` +
        `log does: ${LOG}. \`tidegate datadog enable-historical\`, then \`historical: true\`, has it sent.`,
    ],
    [
      "all of it, with history",
      datadog("historical: true"),
      `an outage is visible whole, as far as the log holds it: ${LOG}.`,
    ],
    [
      "what is old in points of a minute",
      datadog("historical: true, older: thin"),
      "of an outage the last 1 h is visible as it was read and what is older as one point a minute, as far as the log " +
        `holds it: ${LOG}.`,
    ],
    [
      "as much as max_age says",
      datadog("historical: true, max_age: 7200"),
      "of an outage the last 2 h is visible afterwards; what is older counts as too old and stays in the log's history " +
        "for 24 h. Without `max_age`, or with a larger one, more is sent.",
    ],
    [
      "no more than an hour at sites without history",
      "api_key: abc\nsite: ddog-gov.com",
      "of an outage the last 1 h is visible afterwards; what is older counts as too old and stays in the log's history " +
        "for 24 h. Datadog's sites for the government take nothing older than an hour.",
    ],
    [
      "the last hour, in order",
      listed("type: prometheus, url: 'http://vm/api/v1/write'"),
      "of an outage the last 1 h is visible afterwards; what is older counts as too old and stays in the log's " +
        "history for 24 h. A larger `out_of_order_window`, there and here, has more of it sent. Live readings come " +
        "after what waited, because it takes them in order only.",
    ],
    [
      "as much as its window takes",
      listed("type: prometheus, url: 'http://vm/api/v1/write', out_of_order_window: 7200"),
      "of an outage the last 2 h is visible afterwards; what is older counts as too old and stays in the log's " +
        "history for 24 h. A larger `out_of_order_window`, there and here, has more of it sent.",
    ],
    [
      "all of it, though live readings wait, where it takes any age in order",
      listed("type: otlp, url: 'http://collector:4318', in_order: true"),
      `an outage is visible whole, as far as the log holds it: ${LOG}. Live readings come after what waited, because ` +
        "it takes them in order only.",
    ],
    [
      "all of it, where it takes any age",
      listed("type: influx, url: 'http://influx:8086', database: plant"),
      `an outage is visible whole, as far as the log holds it: ${LOG}.`,
    ],
  ])("%s", (_, main, text) => {
    expect(describeOutage(intakeOf(main), STORE, 200)).toBe(text);
  });

  test("no more than the log keeps for one that stays away, and what its policies leave", () => {
    const historical = intakeOf(datadog("historical: true"));
    const store = (changes: object) => Object.assign({}, STORE, changes);
    expect(describeOutage(historical, STORE, 0.5)).toContain(
      "about 720 h (30 days) at 0.5 readings/s, which is store.lag_max",
    );
    expect(describeOutage(historical, store({ whenFull: "drop-newest" }), 200)).toContain("then new ones are refused");
    expect(describeOutage(historical, STORE, 0)).toContain("how long that is, what it reads will say");
    const plain = intakeOf(datadog("timeout: 3"));
    expect(describeOutage(plain, store({ history: 0 }), 200)).toContain("counts as too old and is deleted.");
    expect([spanOfLog(STORE, 0), spanOfLog(STORE, 0.5)]).toEqual([undefined, 2_592_000]);
  });
});
