import { describe, expect, test } from "vitest";
import { seconds } from "../../../src/model/time.ts";
import { valuesOf } from "../../support/polled-values.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { ReceiverBench } from "./receiver-bench.ts";
import { secondOf, secondWithoutFix, toSentence } from "./sentences.ts";

/** What a receiver on a bad day sends: text, and what has to come of it in words, by its code; empty for nothing. */
const FAULTS: readonly {
  readonly name: string;
  readonly sends: (whole: string) => string | Uint8Array;
  readonly isHeard: boolean;
  readonly code: string;
  readonly says: string;
}[] = [
  { name: "nothing", sends: () => "", isHeard: false, code: "INPUT_TIMEOUT", says: "told nothing for 5 s" },
  {
    name: "a binary protocol",
    sends: () => ubx(400),
    isHeard: false,
    code: "INPUT_BAD_REPLY",
    says: "none of them in a sentence",
  },
  { name: "another baud rate", sends: garble, isHeard: false, code: "INPUT_BAD_REPLY", says: "Look at what the line" },
  { name: "bits that flip", sends: flip, isHeard: false, code: "INPUT_BAD_REPLY", says: "had a wrong checksum" },
  {
    name: "no checksums",
    sends: (whole) => whole.replaceAll(/\*../gu, ""),
    isHeard: false,
    code: "INPUT_BAD_REPLY",
    says: "`checksum: optional`",
  },
  {
    name: "no ends of lines",
    sends: (whole) => whole.replaceAll(/\r\n/gu, "").repeat(2),
    isHeard: false,
    code: "INPUT_BAD_REPLY",
    says: "were cut short",
  },
  {
    name: "a text of another kind",
    sends: () => "HTTP/1.1 400 Bad Request\r\n\r\n",
    isHeard: false,
    code: "INPUT_BAD_REPLY",
    says: "none of them in a sentence",
  },
  {
    name: "another charset",
    sends: (whole) => Buffer.from(whole, "utf16le"),
    isHeard: false,
    code: "INPUT_BAD_REPLY",
    says: "were garbled",
  },
  {
    name: "huge numbers",
    sends: () => toSentence(`GPGGA,120000,${"9".repeat(80)},N,01324.6,E,1,08,1.2,${"9".repeat(80)},M,,M,,`),
    isHeard: true,
    code: "",
    says: "",
  },
  {
    name: "lines that end as on a Mac, or a Unix",
    sends: (whole) => whole.replaceAll(/\r\n/gu, "\r").replace("\r", "\n"),
    isHeard: true,
    code: "",
    says: "",
  },
  {
    name: "each sentence twice",
    sends: (whole) => whole.replaceAll(/(.+\r\n)/gu, "$1$1"),
    isHeard: true,
    code: "",
    says: "",
  },
  {
    name: "noise in between",
    sends: (whole) => whole.replaceAll("\r\n", "\r\n\u0000\u0007~~"),
    isHeard: true,
    code: "",
    says: "",
  },
];

function ubx(count: number): Uint8Array {
  const random = createSeededRandom(3);
  return Uint8Array.from({ length: count }, () => 0x80 | Math.floor(128 * random.next()));
}

function garble(whole: string): Uint8Array {
  return Buffer.from(whole, "latin1").map((byte) =>
    byte === 0x24 || byte < 0x20 ? byte : ((byte << 1) & 0xff) | 0x80,
  );
}

function flip(whole: string): string {
  return whole.replaceAll(/,(\d)/gu, (_found, digit: string) => `,${(Number(digit) + 1) % 8}`).repeat(2);
}

describe("a receiver on a bad day", () => {
  test.each(FAULTS)(
    "that sends $name is told of, and gives no wrong position",
    async ({ sends, isHeard, code, says }) => {
      const bench = new ReceiverBench();
      await bench.connect();
      for (let second = 0; second < 5; second += 1) {
        await bench.tell(sends(secondOf(bench.clock.now(), 52.52, 13.41)));
      }
      const outcome = await bench.poll();
      const values = valuesOf(bench.input, outcome);
      expect(outcome.isReachable).toBe(isHeard);
      expect(outcome.faults.map((fault) => fault.code)).toEqual(code === "" ? [] : [code]);
      if (says !== "") expect(outcome.faults[0]?.message).toContain(says);
      for (const latitude of values["latitude"] ?? []) expect(latitude).toBe(52.52);
      expect(bench.clock.pending()).toEqual([]);
    },
  );

  test("is heard as well as before when it is well again", async () => {
    const bench = new ReceiverBench();
    await bench.connect();
    bench.send(`$GPGGA,1200${"x".repeat(1000)}`);
    expect((await bench.poll()).isReachable).toBe(false);
    bench.onConnect = () => bench.send(secondOf(bench.clock.now(), 52.52, 13.41));
    expect((await bench.readings())["latitude"]).toEqual([52.52]);
  });

  test("of which a sentence now and then is damaged is no fault, and costs only that sentence", async () => {
    const bench = new ReceiverBench();
    await bench.connect();
    for (let second = 0; second < 60; second += 1) {
      const whole = secondOf(bench.clock.now(), 52.52, 13.41);
      await bench.tell(second % 20 === 7 ? whole.replace(",A,", ",A;") : whole);
    }
    const outcome = await bench.poll();
    expect(outcome.faults).toEqual([]);
    expect(valuesOf(bench.input, outcome)["latitude"]).toHaveLength(60);
  });

  test("that is unplugged is opened again at once, and never repeats what it said", async () => {
    const bench = new ReceiverBench();
    let hurries = 0;
    bench.input.onEager?.(() => {
      hurries += 1;
    });
    await bench.connect();
    await bench.tell(secondOf(bench.clock.now(), 52.52, 13.41));
    expect((await bench.readings())["latitude"]).toEqual([52.52]);
    bench.send(secondOf(bench.clock.now(), 53, 13.41).slice(0, 60));
    bench.host.peers.at(-1)?.hangUp("the port was unplugged");
    expect(hurries).toBe(1);
    bench.host.refuseCount = 2;
    const failed = await bench.poll();
    expect(failed).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_UNREACHABLE" }] });
    expect(failed.pollAgainAt).toBe(bench.clock.monotonic() + 1000);
    expect((await bench.poll()).pollAgainAt).toBe(bench.clock.monotonic() + 2000);
    bench.onConnect = () => bench.send(secondOf(bench.clock.now(), 52.6, 13.41));
    expect((await bench.readings())["latitude"]).toEqual([52.6]);
  });

  test("that hangs up on everybody is told of, and tried again later and later", async () => {
    const bench = new ReceiverBench();
    bench.host.closesAtOnce = true;
    for (const delay of [1000, 1000]) {
      const outcome = await bench.poll();
      expect(outcome).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_LINK_CLOSED" }] });
      expect(outcome.pollAgainAt).toBe(bench.clock.monotonic() + delay);
    }
  });

  test("that talks 10,000 times a second costs no more than the mailbox holds, and what is lost is counted", async () => {
    const bench = new ReceiverBench({ sample_interval: 0 });
    let hurries = 0;
    bench.input.onEager?.(() => {
      hurries += 1;
    });
    await bench.connect();
    let sent = 0;
    for (let burst = 0; burst < 100; burst += 1) {
      let text = "";
      for (let index = 0; index < 100; index += 1) {
        const time = (sent % 86_000) / 100;
        const clock = `12${String(Math.floor(time / 60)).padStart(2, "0")}${(time % 60).toFixed(2).padStart(5, "0")}`;
        text += toSentence(`GPGGA,${clock},5231.2,N,01324.6,E,1,08,1.2,34.5,M,45.0,M,,`);
        sent += 1;
      }
      await bench.tell(text, 10);
    }
    const { readings, dropped, faults } = await bench.poll();
    expect(readings.count).toBe(20_000);
    expect(hurries).toBeGreaterThan(0);
    const each = 10;
    expect(readings.count + (dropped?.backpressure ?? 0)).toBeGreaterThanOrEqual((sent - 1) * (each - 2));
    expect(faults.map(({ code }) => code)).toEqual(["INPUT_FLOODED"]);
    await bench.clock.advance(seconds(1));
    await bench.tell(secondOf(bench.clock.now(), 52.52, 13.41));
    expect((await bench.poll()).faults).toEqual([]);
  });

  test("with instruments of ever new names has no more series than are allowed", async () => {
    const bench = new ReceiverBench({}, {}, { seriesMax: 60 });
    await bench.connect();
    for (let index = 0; index < 100; index += 1) bench.send(toSentence(`YXXDR,C,21.5,C,T${index}`));
    const { readings, dropped, faults } = await bench.poll();
    const learned = 60 - new ReceiverBench().input.points.length;
    expect(readings.count).toBe(learned);
    expect(dropped).toEqual({ "series-limit": 100 - learned });
    expect(faults.map(({ code }) => code)).toEqual(["INPUT_SERIES_LIMIT"]);
    expect(bench.input.points).toHaveLength(60);
  });

  test("goes on when the wall clock jumps, and stamps with the clock as it is", async () => {
    const bench = new ReceiverBench();
    await bench.connect();
    const at = bench.clock.now();
    await bench.tell(secondOf(at, 52.52, 13.41));
    bench.clock.jumpWall(seconds(-86_400));
    await bench.tell(secondOf(at + 1000, 52.52, 13.41));
    const outcome = await bench.poll();
    const { readings } = outcome;
    const latitude = bench.input.points.findIndex(({ name }) => name === "latitude");
    const moments = [...readings.at.subarray(0, readings.count)].filter((_, row) => readings.point[row] === latitude);
    expect(moments).toEqual([at, at + 1000 - 86_400_000]);
    expect(valuesOf(bench.input, outcome)["clock-offset"]).toEqual([0, 86_400]);
  });

  test("that loses its fix has its last position nowhere in what follows", async () => {
    const bench = new ReceiverBench({ zones: [{ name: "market", lat: 52.52, lon: 13.41, radius: 100 }] });
    await bench.connect();
    await bench.tell(secondOf(bench.clock.now(), 52.52, 13.41));
    await bench.poll();
    for (let second = 0; second < 60; second += 1) await bench.tell(secondWithoutFix(bench.clock.now()));
    const outcome = await bench.poll();
    expect(Object.keys(valuesOf(bench.input, outcome)).sort()).toEqual(["fix", "quality", "satellites"]);
    expect(outcome.absent).toBe(60);
    expect(outcome.events).toEqual([]);
  });
});

describe("gpsd on a bad day", () => {
  const TPV = { class: "TPV", mode: 3, time: "2026-11-22T06:00:00.000Z", lat: 52.52, lon: 13.41 };
  const whole = JSON.stringify(TPV);
  const rows: readonly [what: string, sends: string | Uint8Array, isHeard: boolean][] = [
    ["garbage", "\u0000\u0007}{][\n", false],
    ["half of an object", `${whole.slice(0, 60)}\n`, false],
    ["objects that are cut short by the next", `${whole.slice(0, 60)}${whole}\n`, false],
    ["another charset", Buffer.from(`${whole}\n`, "utf16le"), false],
    ["huge numbers", `${JSON.stringify({ ...TPV, lat: 1e300, lon: 1e300 })}\n`, true],
    ["numbers that are none", `${whole.replace("52.52", "1e999")}\n`, true],
    ["a class that nobody knows", '{"class":"XYZ","lat":1}\n', false],
    ["an object without end", `${whole.slice(0, -1)},"x":"${"y".repeat(100_000)}`, false],
  ];

  test.each(rows)("that sends %s gives no wrong position, and a right one when it is well again", async (...row) => {
    const [, sends, isHeard] = row;
    const bench = new ReceiverBench({ host: undefined, gpsd: "localhost" });
    await bench.connect();
    await bench.tell(sends);
    const { faults, isReachable, readings } = await bench.poll();
    expect(isReachable).toBe(isHeard);
    expect(faults).toHaveLength(isHeard ? 0 : 1);
    for (const value of readings.value.subarray(0, readings.count)) expect(Math.abs(value)).toBeLessThan(1e7);
    bench.onConnect = () => bench.send(`\n${whole}\n`);
    await bench.tell(`\n${whole}\n`);
    expect((await bench.readings())["latitude"]?.at(-1)).toBe(52.52);
  });
});
