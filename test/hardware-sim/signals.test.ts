import { describe, expect, test } from "vitest";
import { type Machine, Timeline } from "../../hardware-sim/signals/machine.ts";
import { PowerMeter } from "../../hardware-sim/signals/power-meter.ts";
import { Press } from "../../hardware-sim/signals/press.ts";
import { Pump } from "../../hardware-sim/signals/pump.ts";
import { createRandom, drawNoise } from "../../hardware-sim/signals/seeded-random.ts";

/** The quantities of a machine, second by second. */
function record(machine: Machine, seconds: number): readonly Readonly<Record<string, number>>[] {
  const timeline = new Timeline([machine]);
  return Array.from({ length: seconds }, (_, second) => {
    timeline.advanceTo(second + 1);
    return machine.quantities;
  });
}

function column(rows: readonly Readonly<Record<string, number>>[], name: string): readonly number[] {
  return rows.map((row) => row[name] ?? Number.NaN);
}

describe("chance", () => {
  test("the same seed and stream draw the same numbers, another seed or stream others", () => {
    const draw = (seed: number, stream: string) => {
      const random = createRandom(seed, stream);
      return [random.next(), random.next(), random.next()];
    };
    expect(draw(1, "press")).toEqual(draw(1, "press"));
    expect(draw(2, "press")).not.toEqual(draw(1, "press"));
    expect(draw(1, "pump")).not.toEqual(draw(1, "press"));
  });

  test("numbers fill 0 to 1 evenly and noise stays within its bounds", () => {
    const random = createRandom(7, "test");
    const numbers = Array.from({ length: 20_000 }, () => random.next());
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(mean).toBeCloseTo(0.5, 1);
    const noise = Array.from({ length: 20_000 }, () => drawNoise(random));
    expect(Math.max(...noise.map(Math.abs))).toBeLessThan(3.5);
  });
});

describe("time", () => {
  test("a machine is where it is, however often someone looked", () => {
    const looked = new Press(createRandom(3, "press"));
    const rows = record(looked, 60);
    const unlooked = new Press(createRandom(3, "press"));
    new Timeline([unlooked]).advanceTo(60);
    expect(unlooked.quantities).toEqual(rows.at(-1));
  });

  test("looking back changes nothing", () => {
    const press = new Press(createRandom(3, "press"));
    const timeline = new Timeline([press]);
    timeline.advanceTo(10);
    const before = press.quantities;
    timeline.advanceTo(5);
    expect(press.quantities).toEqual(before);
  });
});

describe("the machines", () => {
  test("the press strokes every few seconds and its pressure and load follow", () => {
    const rows = record(new Press(createRandom(1, "press")), 600);
    const pressure = column(rows, "pressureBar");
    expect(Math.max(...pressure)).toBeGreaterThan(180);
    expect(Math.min(...pressure)).toBeLessThan(40);
    const strokes = (rows.at(-1)?.["strokes"] ?? 0) - (rows[0]?.["strokes"] ?? 0);
    expect(strokes).toBeGreaterThan(60);
    expect(strokes).toBeLessThan(110);
    const pressing = rows.filter((row) => row["isPressing"] === 1);
    const others = rows.filter((row) => row["isPressing"] === 0);
    const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
    expect(mean(column(pressing, "motorPowerW"))).toBeGreaterThan(2 * mean(column(others, "motorPowerW")));
  });

  test("oil and motor warm slowly: no jump from one second to the next", () => {
    const rows = record(new Press(createRandom(1, "press")), 600);
    for (const name of ["oilDegC", "motorDegC"]) {
      const degrees = column(rows, name);
      const jumps = degrees.slice(1).map((value, index) => Math.abs(value - (degrees[index] ?? value)));
      expect(Math.max(...jumps)).toBeLessThan(0.6);
    }
  });

  test("the pump keeps to its curve: more speed is more flow, and flow never exceeds what the pipe lets through", () => {
    const rows = record(new Pump(createRandom(1, "pump")), 1200);
    const bySpeed = [...rows].sort((a, b) => (a["speedRpm"] ?? 0) - (b["speedRpm"] ?? 0));
    expect(bySpeed.at(-1)?.["flowM3H"]).toBeGreaterThan(bySpeed[0]?.["flowM3H"] ?? Number.NaN);
    for (const row of rows) {
      expect(row["flowM3H"]).toBeGreaterThan(0);
      expect(row["flowM3H"]).toBeLessThan(62);
      expect(row["dischargeBar"]).toBeGreaterThan(row["suctionBar"] ?? Number.NaN);
    }
  });

  test("the meter's figures agree with each other", () => {
    const rows = record(new PowerMeter(createRandom(1, "meter"), () => 18_000), 300);
    for (const row of rows) {
      const of = (name: string) => row[name] ?? Number.NaN;
      for (const line of ["L1", "L2", "L3"]) {
        expect(of(`voltage${line}V`)).toBeGreaterThan(210);
        expect(of(`voltage${line}V`)).toBeLessThan(250);
        const power = of(`voltage${line}V`) * of(`current${line}A`) * of(`powerFactor${line}`);
        expect(of(`power${line}W`)).toBeCloseTo(power, 6);
        expect(of(`apparent${line}Va`)).toBeCloseTo(Math.hypot(power, of(`reactive${line}Var`)), 6);
      }
      expect(of("powerW")).toBeCloseTo(of("powerL1W") + of("powerL2W") + of("powerL3W"), 6);
    }
  });

  test("the meter's energy is the integral of its power", () => {
    const meter = new PowerMeter(createRandom(1, "meter"), () => 18_000);
    const rows = record(meter, 3600);
    const energy = (rows.at(-1)?.["importWh"] ?? 0) - (rows[0]?.["importWh"] ?? 0);
    const meanPower = column(rows, "powerW").reduce((sum, value) => sum + value, 0) / rows.length;
    expect(energy / meanPower).toBeCloseTo(3599 / 3600, 2);
    const steps = column(rows, "importWh");
    expect(steps.every((value, index) => index === 0 || value > (steps[index - 1] ?? 0))).toBe(true);
  });
});
