import { describe, expect, test } from "vitest";
import { Device } from "../../../hardware-sim/devices/device.ts";
import { loadShippedProfile } from "../../../hardware-sim/plant/shipped-profiles.ts";
import { createScan } from "../../../src/cli/modbus/scan.ts";
import { loadProfiles, profilesOf, SHIPPED_PROFILES } from "../../../src/config/profiles.ts";
import type { ModbusProfile, RegisterSpan, Table } from "../../../src/model/profile.ts";
import { seconds } from "../../../src/model/time.ts";
import type { OpenByteStream } from "../../../src/platform/tcp-socket.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { fromHex } from "../../support/hex.ts";
import { createTestTerminal, type TestTerminal } from "../../support/test-terminal.ts";
import { type BusRequest, spanOf, UnitBus } from "../../support/unit-bus.ts";
import { toRtu } from "../../support/wire-exchange.ts";

/** What each quantity of a device in service may be. */
const VALUES: Readonly<Record<string, number>> = {
  frequency: 50.02,
  voltage: 231.4,
  "voltage.line": 400.8,
  "power.factor": 0.97,
  temperature: 21.5,
  humidity: 41.2,
  current: 3.2,
};

function deviceOf(profile: string): Device {
  return new Device(loadShippedProfile(profile), () => (point) => VALUES[point.metric] ?? 7);
}

function busOf(clock: FakeClock, units: Readonly<Record<number, string>>, settings = {}): UnitBus {
  const devices = Object.entries(units).map(([unit, profile]) => [Number(unit), deviceOf(profile)] as const);
  const bus = new UnitBus(clock, new Map(devices), settings);
  bus.isStrict = true;
  return bus;
}

const KNOWN = profilesOf("modbus", loadProfiles([SHIPPED_PROFILES]).profiles.values());

interface Scan {
  readonly clock?: FakeClock;
  readonly bus: UnitBus;
  readonly terminal?: TestTerminal;
  readonly openTcp?: OpenByteStream;
  readonly known?: readonly ModbusProfile[];
}

async function scan(
  { clock = new FakeClock(), bus, terminal = createTestTerminal(), openTcp = bus.openTcp, known = KNOWN }: Scan,
  ...argv: string[]
) {
  using folder = new ConfigFolder({});
  const command = createScan({ clock, openTcp, openSerial: bus.openSerial, openUdp: bus.openTcp }, () => known);
  const code = await clock.until(command(["scan", ...argv, "--config", folder.path], terminal));
  return { code, output: terminal.output(), errors: terminal.errors() };
}

const PORT = ["--serial", "/dev/ttyAMA0"];
const ONE_LINE = [...PORT, "--baud", "9600", "--parity", "none"];

function unitsAsked({ requests }: UnitBus): number[] {
  return [...new Set(requests.map(({ unit }) => unit))];
}

describe("modbus scan refuses", () => {
  test.each([
    ["no place", [], "--host: found nothing"],
    [
      "units beyond those of a line",
      [...PORT, "--units", "1-250"],
      "--units: found 1-250, expected unit ids from 1 to 247",
    ],
    ["units the wrong way round", [...PORT, "--units", "9-3"], "--units: found 9-3"],
    ["a unit that is asked and never answers", [...PORT, "--units", "0"], "--units: found 0"],
    ["a rate that is none", [...PORT, "--baud", "9600,fast"], "--baud: found 9600,fast, expected whole numbers"],
    [
      "a parity that there is not",
      [...PORT, "--parity", "none,mark"],
      "--parity: found none,mark, expected none, even, odd",
    ],
    ["to ask without end", [...PORT, "--rate", "0"], "--rate: found 0, expected a number from 0.1 to 1000"],
    ["to ask for what is no address", [...PORT, "--ask", "volts"], 'found "volts", expected an address'],
  ])("%s", async (_, argv, message) => {
    await expect(scan({ bus: busOf(new FakeClock(), {}) }, ...argv)).rejects.toThrow(message);
  });
});

describe("modbus scan", () => {
  test("finds units on a line, says what they may be and how well each is heard", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 3: "eastron/sdm630", 7: "carlo-gavazzi/em340", 11: "xy/md02" });
    // The drop of unit 7 is bad: every third answer has a bit flipped.
    bus.spoil = (unit, frame, nth) => {
      if (unit === 7 && nth % 3 === 0) frame[3] = (frame[3] ?? 0) ^ 1;
      return frame;
    };
    const { code, output, errors } = await scan({ clock, bus }, ...ONE_LINE, "--units", "1-12");
    expect(code).toBe(0);
    await expect(`${output}\n${errors}`).toMatchFileSnapshot("../../golden/cli/modbus-scan.txt");
  });

  test("asks by reading function codes alone, and no faster than it is allowed to", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 2: "xy/md02" });
    await scan({ clock, bus }, ...ONE_LINE, "--units", "1-4", "--rate", "2");
    expect(bus.requests.every(({ pdu }) => (pdu[0] ?? 0) >= 1 && (pdu[0] ?? 0) <= 4)).toBe(true);
    const gaps = bus.requests.slice(1).map(({ at }, index) => at - (bus.requests[index]?.at ?? 0));
    // The silence before a frame may make the one before it wait a little.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(495);
  });

  test("finds rate and parity by the units that devices are delivered with, then asks the others there", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 4: "xy/md02", 40: "xy/md02" }, { baud: 19_200, parity: "even" });
    const { output } = await scan({ clock, bus }, ...PORT, "--units", "1-42", "--listen", "0");
    expect(output).toMatch(/^ {3}4 {2}19200 even/mu);
    expect(output).toMatch(/^ {2}40 {2}19200 even/mu);
    expect(output).toContain("{ serial: /dev/ttyAMA0, baud: 19200, parity: even, unit: 40, profile: xy/md02 }");
    expect(bus.opened.at(-1)).toEqual({ baud: 19_200, parity: "even", stopBits: 1 });
    expect(new Set(bus.opened.map(({ baud, parity }) => `${baud} ${parity}`)).size).toBe(10);
  });

  test("takes a refusal for the sign of a unit, and that of a gateway for the sign of none", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 5: "eastron/sdm630" });
    const { code, output } = await scan({ clock, bus }, "--host", "10.0.0.5", "--units", "4-6", "--ask", "coil:65535");
    expect(code).toBe(0);
    expect(unitsAsked(bus)).toEqual([4, 5, 6]);
    expect(output).toMatch(/^ {3}5 {2}- +11 of 11/mu);
    expect(output).not.toMatch(/^ {3}[46] /mu);
    expect(output).toContain("{ host: 10.0.0.5, unit: 5, profile: eastron/sdm630 }");
  });

  test("asks a unit again that answered too late, with more patience", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 2: "xy/md02" });
    bus.delayOf = () => 600;
    const { code, output } = await scan({ clock, bus }, ...ONE_LINE, "--units", "1-6");
    expect(code).toBe(0);
    expect(output).toContain("Unit 2 answers late: give it a longer `timeout`.");
    expect(output).toMatch(/^ {3}2 {2}9600 none +11 of 11/mu);
  });

  test("says that nobody is there, with exit code 1", async () => {
    const clock = new FakeClock();
    const { code, output } = await scan({ clock, bus: busOf(clock, {}) }, ...ONE_LINE, "--units", "1-3");
    expect(code).toBe(1);
    expect(output).toContain("Nobody answered at /dev/ttyAMA0. Check power");
  });

  test("ends with what it has found when it is told to stop", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 1: "xy/md02" });
    const terminal = createTestTerminal();
    const { requests } = bus;
    bus.spoil = (_unit, frame) => frame;
    clock.after("someone presses Ctrl-C", 20_000 as never, () => terminal.stop());
    const { code, output } = await scan({ clock, bus, terminal }, ...ONE_LINE);
    expect(code).toBe(130);
    expect(output).toContain("Stopped before the end; there may be more.");
    expect(output).toMatch(/^ {3}1 {2}9600 none/mu);
    expect(requests.at(-1)?.unit).toBeLessThan(100);
  });

  test("stopped while it asks a unit again counts no request that it gave up", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 1: "xy/md02" });
    const terminal = createTestTerminal();
    bus.spoil = (_unit, frame, nth) => {
      if (nth === 6) terminal.stop();
      return frame;
    };
    const { code, output } = await scan({ clock, bus, terminal }, ...ONE_LINE, "--units", "1", "--json");
    expect(code).toBe(130);
    expect(JSON.parse(output)).toMatchObject({ is_whole: false, units: [{ unit: 1, asked: 5, answered: 5 }] });
  });

  test("stopped while it listens has asked nothing", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 1: "xy/md02" });
    const terminal = createTestTerminal();
    const startedAt = clock.monotonic();
    clock.after("someone presses Ctrl-C", seconds(3), () => terminal.stop());
    const { code, output } = await scan({ clock, bus, terminal }, ...ONE_LINE);
    expect(code).toBe(130);
    expect(clock.monotonic() - startedAt).toBeLessThan(4000);
    expect(output).toBe("Stopped before the end; until then nobody had answered at /dev/ttyAMA0.\n");
    expect(bus.requests).toEqual([]);
  });

  test("stopped while a host takes no connection ends at once, and lets go of it if it comes after all", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, {});
    const terminal = createTestTerminal();
    let closed = 0;
    const openTcp: OpenByteStream = (_host, _port, timeout) =>
      new Promise((resolve) => {
        const stream = { write: () => undefined, close: () => (closed += 1) };
        clock.after("connection", timeout, () => resolve(stream));
      });
    const startedAt = clock.monotonic();
    clock.after("someone presses Ctrl-C", seconds(2), () => terminal.stop());
    const { code } = await scan({ clock, bus, terminal, openTcp }, "--host", "10.0.0.5", "--framing", "rtu");
    expect(code).toBe(130);
    expect(clock.monotonic() - startedAt).toBeLessThan(3000);
    await clock.advance(seconds(10));
    expect(closed).toBeGreaterThan(0);
  });
});

describe("modbus scan through a converter that passes bytes on", () => {
  const CONVERTER = ["--host", "10.0.0.5", "--port", "4001", "--framing", "rtu"];

  test("finds its units at the one setting of its line, with what befell their answers", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 3: "eastron/sdm630", 11: "xy/md02" });
    bus.spoil = (unit, frame, nth) => {
      if (unit === 11 && nth % 4 === 0) frame[3] = (frame[3] ?? 0) ^ 1;
      return frame;
    };
    const { openConverter: openTcp } = bus;
    const { code, output, errors } = await scan({ clock, bus, openTcp }, ...CONVERTER, "--units", "1-12", "--json");
    expect(code).toBe(0);
    expect(errors).toContain("Listening to 10.0.0.5:4001 for 16 s, before anything is asked.");
    expect(JSON.parse(output)).toMatchObject({
      is_whole: true,
      units: [
        { unit: 3, asked: 11, answered: 11, damaged: 0, fits: [{ profile: "eastron/sdm630" }] },
        { unit: 11, asked: 11 },
      ],
    });
    const [, { answered, damaged }] = JSON.parse(output).units;
    expect(answered + damaged).toBe(11);
    expect(damaged).toBeGreaterThan(0);
    expect(unitsAsked(bus).sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test("gives a silent unit no longer than one on a line of this machine", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, {});
    const { openConverter: openTcp } = bus;
    const startedAt = clock.monotonic();
    const { code } = await scan({ clock, bus, openTcp }, ...CONVERTER, "--units", "1-10", "--listen", "0");
    expect(code).toBe(1);
    expect(clock.monotonic() - startedAt).toBeLessThan(5000);
  });

  test("asks nothing when it hears another master", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 9: "xy/md02" });
    bus.chatter = [
      { after: 100, bytes: toRtu({ unit: 9, pdu: fromHex("03 0010 0002") }) },
      { after: 120, bytes: toRtu({ unit: 9, pdu: fromHex("03 04 00010002") }) },
    ];
    const { code, errors } = await scan({ clock, bus, openTcp: bus.openConverter }, ...CONVERTER);
    expect(code).toBe(1);
    expect(errors).toContain("10.0.0.5:4001: another master talks there");
    expect(bus.requests).toEqual([]);
  });
});

describe("modbus scan beside registers that a read clears", () => {
  const meter = loadShippedProfile("eastron/sdm630");
  const spanned = (table: Table, start: number, end: number): RegisterSpan => ({ table, start, end });
  /** What the best points of a meter are read by, what is asked first, and where SunSpec has its marker. */
  const clearOnRead = [
    spanned("holding-register", 0, 2),
    spanned("input-register", 70, 72),
    spanned("holding-register", 40_000, 40_001),
  ];
  const counter: ModbusProfile = { ...meter, id: "acme/counter", clearOnRead };

  function touches(bus: UnitBus): readonly unknown[] {
    return bus.requests.filter((request) => {
      const span = spanOf(request);
      return span === undefined || clearOnRead.some((each) => isOverlap(each, span));
    });
  }

  function isOverlap(one: RegisterSpan, other: RegisterSpan): boolean {
    return one.table === other.table && one.start < other.end && other.start < one.end;
  }

  test("reads none of them, whatever the unit turns out to be", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 2: "eastron/sdm630" });
    const { code, output } = await scan({ clock, bus, known: [...KNOWN, counter] }, ...ONE_LINE, "--units", "1-3");
    expect(code).toBe(0);
    expect(output).toContain("eastron/sdm630");
    expect(spanOf(bus.requests[0] as BusRequest)).toEqual(spanned("holding-register", 2, 3));
    expect(touches(bus)).toEqual([]);
    expect(bus.requests.some((request) => spanOf(request)?.start === 50_000)).toBe(true);
  });

  test("refuses to ask every unit for one of them", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 2: "eastron/sdm630" });
    const asked = scan({ clock, bus, known: [counter] }, ...ONE_LINE, "--ask", "input:71");
    await expect(asked).rejects.toThrow(
      "--ask: found input:70:2, which a read clears by the profile acme/counter, expected a register that bears it.",
    );
    expect(bus.opened).toEqual([]);
  });
});

describe("modbus scan beside another master", () => {
  const dialogue = [
    toRtu({ unit: 9, pdu: fromHex("03 0010 0002") }),
    toRtu({ unit: 9, pdu: fromHex("03 04 00010002") }),
    toRtu({ unit: 12, pdu: fromHex("06 0007 0001") }),
  ];
  const chatter = [0, 5000, 10_000].flatMap((from) =>
    dialogue.map((bytes, index) => ({ after: from + 100 + 20 * index, bytes })),
  );

  test("asks nothing, and says who is asked there at which settings", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 9: "xy/md02" }, { baud: 38_400 });
    bus.chatter = chatter;
    const { code, errors } = await scan({ clock, bus }, ...PORT);
    expect(code).toBe(1);
    expect(bus.requests).toEqual([]);
    expect(errors).toContain("/dev/ttyAMA0: another master talks there, at 38400 baud, parity none:\n");
    expect(errors).toContain("  unit 9, asked 3 times, answered 3 times: function 3 at 16 to 17\n");
    expect(errors).toContain("  unit 12, asked 3 times, answered 0 times, is written to: function 6 at 7\n");
    expect(errors).toContain("Stop the other one, or add --force.");
  });

  test("goes on at the settings it has heard if it is told to", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, { 9: "xy/md02" }, { baud: 38_400 });
    bus.chatter = chatter.slice(0, 3);
    const { output } = await scan({ clock, bus }, ...PORT, "--force", "--units", "8-10", "--listen", "1");
    expect(output).toMatch(/^ {3}9 {2}38400 none/mu);
    expect(bus.opened.at(-1)?.baud).toBe(38_400);
  });

  test("says of bytes that are no Modbus that somebody talks all the same", async () => {
    const clock = new FakeClock();
    const bus = busOf(clock, {});
    bus.chatter = [{ after: 100, bytes: fromHex("00 ff 13 37") }];
    const { code, errors } = await scan({ clock, bus }, ...ONE_LINE);
    expect(code).toBe(1);
    expect(errors).toContain("/dev/ttyAMA0: 4 bytes were heard that are no Modbus RTU");
  });
});
