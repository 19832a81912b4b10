import { describe, expect, test } from "vitest";
import type { Input } from "../../../src/model/input.ts";
import { millis } from "../../../src/model/time.ts";
import { type InputBench, inputSuite } from "../../conformance/input-suite.ts";
import { FakeMemory } from "../../support/fake-memory.ts";
import { valuesOf } from "../../support/polled-values.ts";
import { ReceiverBench, receiverInstance } from "./receiver-bench.ts";
import { secondOf, secondWithoutFix, toSentence } from "./sentences.ts";

const ZONES = [
  { name: "market", lat: 52.52, lon: 13.41, radius: 150 },
  {
    name: "depot",
    polygon: [
      [52.5, 13.3],
      [52.5, 13.302],
      [52.498, 13.302],
      [52.498, 13.3],
    ],
  },
];

const SECOND = [
  toSentence("GPGGA,120000.00,5231.20000,N,01324.60000,E,1,08,1.2,34.5,M,45.0,M,,"),
  toSentence("GPVTG,90.0,T,,M,19.438,N,36.0,K,A"),
].join("");

/** A receiver that talks whenever it is listened to: its seconds are the polls. */
function createBench(): InputBench {
  const settings = { zones: ZONES, places: [{ name: "home", lat: 52.52, lon: 13.42 }], sample_interval: 0 };
  const bench = new ReceiverBench(settings);
  const { clock, host } = bench;
  let isSilent = false;
  let extra = "";
  const talk = (): void => {
    if (!isSilent) bench.send(SECOND + extra);
  };
  bench.onConnect = talk;
  return {
    clock,
    input: talkedTo(bench.input, talk),
    expected: {
      ...{ fix: 3, quality: 1, satellites: 8, hdop: 1.2, distance: 0 },
      ...{ "latitude:market": 52.52, "longitude:market": 13.41, "altitude:market": 34.5 },
      ...{ "speed:market": 9.999771, "course:market": 90, "inside:market": 1, "inside:depot": 0, "distance:home": 677 },
    },
    heldCount: () => host.peers.filter((peer) => !peer.isOver).length,
    fallSilent: () => {
      isSilent = true;
    },
    vanish: () => {
      host.refuseCount = Number.POSITIVE_INFINITY;
      for (const peer of host.peers) peer.hangUp();
    },
    spoil: () => {
      extra = "$GPGGA,no,sentence*00\r\n".repeat(3);
      return [];
    },
    recover: () => {
      isSilent = false;
      extra = "";
      host.refuseCount = 0;
    },
  };
}

/** An input whose device talks right before each poll. */
function talkedTo(input: Input, talk: () => void): Input {
  return {
    get points() {
      return input.points;
    },
    bus: input.bus,
    open: (signal) => input.open(signal),
    poll: (signal) => {
      talk();
      return input.poll(signal);
    },
    [Symbol.asyncDispose]: () => input[Symbol.asyncDispose](),
  };
}

inputSuite("nmea", createBench);

describe("a receiver", () => {
  test("has each second taken, stamped with the moment its first sentence came", async () => {
    const bench = new ReceiverBench();
    await bench.connect();
    const moments: number[] = [];
    for (let second = 0; second < 5; second += 1) {
      moments.push(bench.clock.now());
      await bench.tell(secondOf(bench.clock.now(), 52.52 + second / 1000, 13.41, 3));
    }
    const outcome = await bench.poll();
    const values = valuesOf(bench.input, outcome);
    expect(values["latitude"]).toEqual([52.52, 52.521, 52.522, 52.523, 52.524]);
    expect(values["speed"]).toEqual([3, 3, 3, 3, 3].map((speed) => expect.closeTo(speed, 3)));
    expect(values["clock-offset"]).toEqual([0, 0, 0, 0, 0]);
    expect([...new Set(outcome.readings.at.subarray(0, outcome.readings.count))]).toEqual(moments);
  });

  test("without a fix has no position, and says so", async () => {
    const bench = new ReceiverBench();
    await bench.connect();
    await bench.tell(secondOf(bench.clock.now(), 52.52, 13.41));
    await bench.tell(secondWithoutFix(bench.clock.now()));
    await bench.tell(secondWithoutFix(bench.clock.now()));
    const outcome = await bench.poll();
    const values = valuesOf(bench.input, outcome);
    expect(values["fix"]).toEqual([3, 0, 0]);
    expect(values["quality"]).toEqual([1, 0, 0]);
    for (const name of ["latitude", "longitude", "altitude", "speed", "course"]) expect(values[name]).toHaveLength(1);
    expect(outcome).toMatchObject({ absent: 2, isReachable: true, faults: [] });
  });

  test("that is quicker is kept once a second, or each time where that is asked for", async () => {
    const bench = new ReceiverBench();
    const whole = new ReceiverBench({ sample_interval: 0 });
    for (const each of [bench, whole]) {
      await each.connect();
      for (let tenth = 0; tenth < 100; tenth += 1) {
        const time = `1200${(tenth / 10).toFixed(2).padStart(5, "0")}`;
        await each.tell(toSentence(`GPGGA,${time},5231.2,N,01324.6,E,1,08,1.2,34.5,M,45.0,M,,`), 100);
      }
      await each.clock.advance(millis(300));
    }
    // The second one comes a tenth early, as it might be the receiver of one second that does.
    expect((await bench.readings())["fix"]).toHaveLength(11);
    expect((await whole.readings())["fix"]).toHaveLength(100);
  });

  test("tells of zones that are entered and left, at once", async () => {
    const bench = new ReceiverBench({ zones: ZONES });
    let hurries = 0;
    bench.input.onEager?.(() => {
      hurries += 1;
    });
    await bench.connect();
    const enteredAt = bench.clock.now() + 7000;
    for (let step = 0; step < 12; step += 1) {
      await bench.tell(secondOf(bench.clock.now(), 52.524 - step * 0.0005, 13.41, 50));
    }
    expect(hurries).toBe(1);
    const outcome = await bench.poll();
    expect(outcome.events).toEqual([
      {
        ...{ title: "truck entered market", aggregationKey: "zone market of truck", alertType: "info" },
        text: "truck entered the zone market at 52.52050, 13.41000.",
        ...{ tags: ["zone:market", "crossing:enter"], at: enteredAt },
      },
    ]);
    const values = valuesOf(bench.input, outcome);
    expect(values["speed:none"]).toHaveLength(7);
    expect(values["speed:market"]).toHaveLength(5);
    expect(values["inside:market"]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect((await bench.clock.until(bench.input.poll(AbortSignal.timeout(60_000)))).events).toEqual([]);
  });

  test("that is looked at but once is asked for a whole second, and else for what there is", async () => {
    const bench = new ReceiverBench({}, { isSingle: true });
    const second = secondOf(bench.clock.now(), 52.52, 13.41);
    bench.onConnect = () => {
      bench.send(second.slice(second.indexOf("$GPGGA")));
      bench.clock.after("the next second", millis(1000), () => bench.send(secondOf(bench.clock.now(), 52.6, 13.41)));
    };
    expect(await bench.readings()).toMatchObject({ latitude: [52.6], "clock-offset": [expect.closeTo(-0.01, 2)] });
    const quiet = new ReceiverBench({}, { isSingle: true });
    quiet.onConnect = () => quiet.send(second);
    expect(await quiet.readings()).toMatchObject({ latitude: [52.52] });
  });

  test("without the tag of zones has one series for each quantity", async () => {
    const { input } = new ReceiverBench({ zones: ZONES, zone_tag: false });
    expect(input.points.filter(({ metric }) => metric === "gps.speed").map(({ tags }) => tags)).toEqual([[]]);
    const tagged = new ReceiverBench({ zones: ZONES }).input;
    expect(tagged.points.filter(({ metric }) => metric === "gps.speed").map(({ tags }) => tags)).toEqual([
      ["zone:market"],
      ["zone:depot"],
      ["zone:none"],
    ]);
  });

  test("has each point once by metric and tags", () => {
    const places = [{ name: "home", lat: 1, lon: 2 }];
    const { points } = new ReceiverBench({ zones: ZONES, places }).input;
    expect(new Set(points.map(({ metric, tags }) => `${metric} ${tags.join()}`)).size).toBe(points.length);
    expect(points.every(({ isBare }) => isBare === true)).toBe(true);
  });

  test("keeps over a restart how far it came and where it was", async () => {
    const memory = new FakeMemory();
    const bench = new ReceiverBench({ zones: ZONES }, { memory });
    await bench.connect();
    for (let step = 0; step < 120; step += 1) {
      await bench.tell(secondOf(bench.clock.now(), 52.52 + step * 0.0001, 13.41, 11));
    }
    const before = (await bench.readings())["distance"]?.at(-1) ?? 0;
    expect(before).toBeGreaterThan(1200);
    expect(memory.writeCount).toBeLessThanOrEqual(4);
    await bench.input[Symbol.asyncDispose]();

    const next = new ReceiverBench({ zones: ZONES }, { memory });
    await next.connect();
    const back = bench.clock.now();
    for (let step = 0; step < 3; step += 1) await next.tell(secondOf(back + step * 1000, 52.52, 13.41));
    const outcome = await next.poll();
    expect(outcome.events?.map(({ title }) => title)).toEqual(["truck entered market"]);
    expect(valuesOf(next.input, outcome)["distance"]?.[0]).toBeGreaterThanOrEqual(before);
  });

  test("believes nothing of a memory that somebody has spoilt", async () => {
    const memory = new FakeMemory();
    memory.write("nmea truck", { journey: { distance: -5, parkedFor: "x" }, zones: { market: "yes" } });
    const bench = new ReceiverBench({ zones: ZONES }, { memory });
    await bench.connect();
    await bench.tell(secondOf(bench.clock.now(), 52.52, 13.41));
    expect(await bench.readings()).toMatchObject({ distance: [0], "inside:market": [1] });
  });

  test("has instruments beside it, which are learned of as they talk", async () => {
    const bench = new ReceiverBench();
    const known = bench.input.points.length;
    await bench.connect();
    await bench.tell(toSentence("INDPT,2.2,0.0") + toSentence("YXXDR,C,21.5,C,AIR,A,3.1,D,ROLL"));
    expect(await bench.readings()).toEqual({
      "depth-transducer": [2.2],
      "temperature:air": [21.5],
      "angle:roll": [3.1],
    });
    expect(bench.input.points.slice(known).map(({ metric, tags }) => [metric, ...tags])).toEqual([
      ["depth", "reference:transducer"],
      ["temperature", "transducer:air"],
      ["angle", "transducer:roll"],
    ]);
  });

  test("offers its time only with a fix of four satellites, and not where that is not wanted", async () => {
    const offered: unknown[] = [];
    const offerTime = (reading: unknown): void => void offered.push(reading);
    const bench = new ReceiverBench({}, { offerTime });
    await bench.connect();
    const at = bench.clock.now();
    await bench.tell(secondWithoutFix(at));
    await bench.tell(secondOf(at, 52.52, 13.41).replaceAll(/\*..(?=\r)/gu, "*00"));
    await bench.tell(toSentence("GPGGA,120000.00,5231.2,N,01324.6,E,1,03,1.2,34.5,M,45.0,M,,"));
    expect(offered).toEqual([]);
    const monotonic = bench.clock.monotonic();
    await bench.tell(secondOf(at + 3000, 52.52, 13.41));
    expect(offered).toEqual([{ at: at + 3000, monotonic, source: "truck" }]);
    const reserved = new ReceiverBench({ use_time: false }, { offerTime });
    await reserved.connect();
    await reserved.tell(secondOf(at, 52.52, 13.41));
    expect(offered).toHaveLength(1);
  });

  test("on a serial port is opened with eight bits, no parity and the rate of its settings", async () => {
    const settings = { host: undefined, serial: "/dev/serial0", baud: 4800 };
    const calls: unknown[] = [];
    const bench = new ReceiverBench(settings);
    const { openSerial } = bench.host;
    Object.assign(bench.host, {
      openSerial: (...call: Parameters<typeof openSerial>) => {
        calls.push(call.slice(0, 2));
        return openSerial(...call);
      },
    });
    await bench.connect();
    await bench.tell(secondOf(bench.clock.now(), 52.52, 13.41));
    expect((await bench.readings())["latitude"]).toEqual([52.52]);
    expect(calls).toEqual([["/dev/serial0", { baud: 4800, parity: "none", stopBits: 1 }]]);
    expect(bench.input.bus).toBe("serial:///dev/serial0");
    expect(bench.host.written).toEqual([]);
  });
});

describe("a receiver behind gpsd", () => {
  const TPV = {
    class: "TPV",
    device: "/dev/a",
    mode: 3,
    time: "2026-11-22T06:00:00.000Z",
    lat: 52.52,
    lon: 13.41,
    altMSL: 34.5,
  };

  test("is asked for, and told by gpsd's own objects", async () => {
    const bench = new ReceiverBench({ host: undefined, gpsd: "localhost" });
    await bench.connect();
    expect(Buffer.from(bench.host.written[0] ?? []).toString()).toBe('?WATCH={"enable":true,"json":true};\n');
    expect(bench.input.bus).toBe("gpsd://localhost:2947");
    const lines = [{ class: "VERSION", release: "3.22" }, TPV, { class: "SKY", device: "/dev/a", hdop: 0.9, uSat: 9 }];
    await bench.tell(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(""));
    expect(await bench.readings()).toEqual({
      ...{ fix: [3], quality: [1], satellites: [9], hdop: [0.9], "clock-offset": [0] },
      ...{ latitude: [52.52], longitude: [13.41], altitude: [34.5], distance: [0] },
    });
  });

  test("without a time has a fix from one object to the next", async () => {
    const bench = new ReceiverBench({ host: undefined, gpsd: "localhost", sample_interval: 0 });
    await bench.connect();
    const lines = [
      { class: "TPV", mode: 1 },
      { class: "TPV", mode: 2, lat: 52.52, lon: 13.41 },
    ];
    await bench.tell(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    expect(await bench.readings()).toMatchObject({ fix: [0, 2], latitude: [52.52] });
  });

  test("is the one that is meant, where there are several", async () => {
    const bench = new ReceiverBench({ host: undefined, gpsd: "localhost:3000", gpsd_device: "/dev/a" });
    await bench.connect();
    expect(Buffer.from(bench.host.written[0] ?? []).toString()).toContain('"device":"/dev/a"');
    await bench.tell([{ ...TPV, device: "/dev/b", lat: 1 }, TPV].map((line) => `${JSON.stringify(line)}\n`).join(""));
    expect((await bench.readings())["latitude"]).toEqual([52.52]);
  });

  test("is heard by its own sentences, where these are asked for", async () => {
    const bench = new ReceiverBench({ host: undefined, gpsd: "localhost", gpsd_format: "nmea" });
    await bench.connect();
    expect(Buffer.from(bench.host.written[0] ?? []).toString()).toBe('?WATCH={"enable":true,"nmea":true};\n');
    await bench.tell(`{"class":"VERSION"}\n${secondOf(bench.clock.now(), 52.52, 13.41)}${toSentence("INDPT,2.2,0.0")}`);
    expect(await bench.readings()).toMatchObject({ latitude: [52.52], "depth-transducer": [2.2] });
  });

  test("that gpsd does not have is said in gpsd's words", async () => {
    const bench = new ReceiverBench({ host: undefined, gpsd: "localhost" });
    await bench.connect();
    bench.send('{"class":"DEVICES","devices":[]}\n');
    const { faults, isReachable } = await bench.poll();
    expect(isReachable).toBe(false);
    expect(faults).toMatchObject([{ code: "INPUT_TIMEOUT" }]);
    expect(faults[0]?.message).toContain("It says: it has no receiver.");
  });
});

test("an instance without a name is called by its place", async () => {
  const { inputs } = await import("../../../src/inputs/registry.ts");
  const entry = inputs.find(({ name }) => name === "nmea");
  const nameOf = (settings: Record<string, unknown>) => entry?.defaultName(receiverInstance(settings).settings);
  expect(nameOf({})).toBe("truck.local");
  expect(nameOf({ host: undefined, serial: "/dev/serial/by-id/usb-u-blox_AG-if00" })).toBe("usb-u-blox_ag-if00");
  expect(nameOf({ host: undefined, gpsd: "Box:2947" })).toBe("box");
});
