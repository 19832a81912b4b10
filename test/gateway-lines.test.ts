/** A faulty line under the whole gateway: what `status` says of it, and what is sampled of how busy it is. */

import { expect, test } from "vitest";
import { formatStatus } from "../src/cli/status-layout.ts";
import { createInput, createLinks } from "../src/inputs/modbus/input.ts";
import { modbusSettings } from "../src/inputs/modbus/spec.ts";
import type { GatewayConfig } from "../src/model/config.ts";
import type { InputModule } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import { readSelfMetrics } from "../src/telemetry/self-metrics.ts";
import { wordInstance, words } from "./inputs/word-instance.ts";
import { CONFIG, startGateway } from "./running-gateway.ts";
import { FaultyLine } from "./support/faulty-line.ts";
import { createSeededRandom } from "./support/seeded-random.ts";

/** A gateway that polls units 1 to 3 of one line each second, of which `isDamaged` picks those with a bad drop. */
async function startOnLine(isDamaged: (unit: number) => boolean) {
  const instances = [1, 2, 3].map((unit) =>
    wordInstance(words(0, 1), { name: `unit-${unit}`, interval: seconds(1), settings: { framing: "rtu", unit } }),
  );
  const checks = [{ name: "modbus", input: "modbus", instances }];
  const store = { ...CONFIG.store, history: seconds(3600) };
  const config: GatewayConfig = { ...CONFIG, hasSelfMetrics: true, checks, store };
  let asked = 0;
  let line: FaultyLine | undefined;
  const module: InputModule = {
    createLinks: (clock) =>
      createLinks(clock, { openTcp: (_host, _port, timeout, events) => open(line).openLine(timeout, events) }),
    createInput: (instance, context) => createInput(instance, context as Parameters<typeof createInput>[1]),
  };
  const entry = { name: "modbus", usesProfile: true, settings: modbusSettings, defaultName: () => "modbus" };
  const inputs = [{ ...entry, load: () => Promise.resolve(module) }];
  return await startGateway(undefined, undefined, undefined, { config, inputs }, (clock) => {
    // Every fourth answer of a bad drop has a bit turned over on its way.
    const drawFault = (unit: number) => (isDamaged(unit) && asked++ % 4 === 0 ? "flipped-bit" : "none");
    line = new FaultyLine(clock, createSeededRandom(5), drawFault);
  });
}

function open(line: FaultyLine | undefined): FaultyLine {
  if (line === undefined) throw new Error("the gateway starts before its line is there");
  return line;
}

test("a unit with wrong checksums is named under its bus in the status of the gateway, by its own drop", async () => {
  const { clock, gateway, logger } = await startOnLine((unit) => unit === 2);
  await clock.advance(seconds(130));
  const status = gateway.status();
  const [bus, ...others] = status.buses ?? [];
  expect(others).toEqual([]);
  const [first, bad, third] = bus?.devices ?? [];
  expect([first, third].map((each) => [each?.checksum_errors, each?.warning])).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(bad?.checksum_errors).toBeGreaterThan(20);
  const lines = formatStatus(status).split("\n");
  const from = lines.indexOf(`    ${bus?.bus}`);
  expect(lines.slice(from + 2, from + 7)).toEqual([
    expect.stringMatching(/^ {6}In Use: [1-9][\d.]* % of the last minute, [1-9][\d.]* % predicted$/u),
    expect.stringMatching(/unit 1: [\d,]+ requests$/u),
    expect.stringMatching(/unit 2: [\d,]+ requests, [\d,]+ timeouts, [\d,]+ wrong checksums, [\d,]+ bytes of noise$/u),
    expect.stringMatching(/^ {8}Warning: .* unit 2 was asked came back damaged, .*: look at its own drop/u),
    expect.stringMatching(/unit 3: [\d,]+ requests$/u),
  ]);
  expect(logger.lines.filter((line) => line.includes("look at its own drop"))).toHaveLength(1);
  await clock.until(gateway.stop());
});

test("how busy a bus is becomes a gauge among the samples, and no unit of a clean line is named", async () => {
  const { clock, gateway, log, logger } = await startOnLine(() => false);
  await clock.advance(seconds(130));
  await log.sync();
  const status = gateway.status();
  const [bus] = status.buses ?? [];
  expect(bus?.devices.map(({ warning }) => warning)).toEqual([null, null, null]);
  const gauge = readSelfMetrics(status).find(({ series }) => series.metric === "tidegate.bus.utilisation");
  if (gauge === undefined) throw new Error("the gateway tells nothing of its bus");
  expect(gauge.series.tags).toContain(`bus:${bus?.bus}`);
  const { count, value } = await log.range(log.defineSeries(gauge.series), 0, clock.now());
  expect(count).toBe(8);
  // Three requests each second keep it for some milliseconds each.
  for (const percent of value.subarray(0, count)) expect(Math.abs(percent - gauge.value)).toBeLessThan(0.3);
  expect(gauge.value).toBeGreaterThan(1);
  expect(logger.lines.filter((line) => line.includes("drop"))).toEqual([]);
  await clock.until(gateway.stop());
});
