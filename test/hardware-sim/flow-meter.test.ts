import { expect, test } from "vitest";
import { FlowMeter } from "../../hardware-sim/plant/flow-meter.ts";
import { createInput, createLinks } from "../../src/inputs/gpio/input.ts";
import { systemClock } from "../../src/platform/system-clock.ts";
import { loadFiles } from "../config/config-folder.ts";

test("the flow meter of the plant gives pulses, which the gateway counts by its pipe without losing one", async () => {
  const meter = new FlowMeter(1);
  await meter.open();
  try {
    const { config, problems } = loadFiles(meter.files);
    expect(problems).toEqual([]);
    const [instance] = config?.checks[0]?.instances ?? [];
    if (instance === undefined) throw new Error("the meter is configured");
    await using input = createInput(instance, { clock: systemClock, links: createLinks(systemClock) });
    const signal = new AbortController().signal;
    // What passed before anybody looked is nobody's.
    meter.flow(0.5);
    await input.open(signal);
    const before = meter.pulses;
    for (let tick = 0; tick < 500; tick += 1) meter.flow(0.02);
    const { readings, faults } = await input.poll(signal);
    expect(faults).toEqual([]);
    // 36 litres a minute and some more for ten seconds, with ten pulses each.
    expect(meter.pulses - before).toBeGreaterThan(60);
    expect(Math.round((readings.value[0] ?? 0) * 10)).toBe(meter.pulses - before);
  } finally {
    await meter.close();
  }
});
