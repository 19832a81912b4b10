/** Spoilt messages of a broker through everything that hears one, and what must hold whatever comes. */

import mqttPacket from "mqtt-packet";
import { encodePayload } from "../../hardware-sim/brokers/sparkplug-payload.ts";
import type { PollOutcome } from "../../src/model/input.ts";
import { seconds } from "../../src/model/time.ts";
import { MqttBench } from "../inputs/mqtt/mqtt-bench.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { heapAfterRest } from "./heap-after-rest.ts";

/** What became of the messages. */
export interface MqttFuzzReport {
  readonly messages: number;
  readonly readings: number;
  readonly absent: number;
  readonly connections: number;
  /** Units: bytes. */
  readonly heapGrowth: number;
  /** What must not be, in words; empty where all is well. */
  readonly findings: readonly string[];
}

const FINDINGS_MAX = 10;
const SERIES_MAX = 2000;

/** Messages between two polls, which are a second apart. */
const POLL_EVERY = 250;

/** So many messages may be taken for one where a length was spoilt, until the gateway asks whether anybody is there. */
const UNREAD_MAX = 30_000;

const TOPICS = [
  { topic: "plain/{line}/{what}", metric: "plain.{what}", states: { 0: "off", 1: "on" } },
  {
    ...{ topic: "json/{machine}", payload: "json", time: "$.at", tags: [] },
    fields: [
      { path: "$.temp", metric: "temperature", unit: "degC" },
      { path: "list[{place}].v", metric: "list", tags: ["id:{$.id}"] },
    ],
  },
  { topic: "spBv1.0/#", payload: "sparkplug" },
];

/** Sends `count` messages, most of them spoilt in some way. The same seed draws the same messages. */
export async function fuzzMqtt(seed: number, count: number): Promise<MqttFuzzReport> {
  const { next } = createSeededRandom(seed);
  const draw = (below: number): number => Math.floor(below * next());
  const bench = new MqttBench({ topics: TOPICS, max_message_bytes: 2000, keep_alive: 5 }, { seriesMax: SERIES_MAX });
  const report = { messages: 0, readings: 0, absent: 0, connections: 0, heapGrowth: 0, findings: [] as string[] };
  let heapFirst = 0;
  let lastRead = { messages: 0, readings: 0 };
  for (; report.messages < count && report.findings.length < FINDINGS_MAX; report.messages += 1) {
    if (report.messages % POLL_EVERY === 0) {
      await bench.clock.advance(seconds(1));
      takeOutcome(await bench.poll(), bench, report);
      if (report.readings > lastRead.readings) lastRead = { ...report };
      const unread = report.messages - lastRead.messages;
      if (unread > UNREAD_MAX) report.findings.push(`of the last ${unread} messages none was read`);
      if (report.messages >= count / 10 && heapFirst === 0) heapFirst = heapAfterRest();
    }
    for (; !bench.input.isConnected; await bench.clock.advance(seconds(61))) {
      takeOutcome(await bench.poll(), bench, report);
      // A host remembers every connection, and with it all that the gateway let go of.
      report.connections += bench.broker.host.peers.splice(0, bench.broker.host.peers.length - 1).length;
    }
    const packet = drawMessage(draw, bench.clock.now());
    const bytes = draw(200) === 0 ? spoil(packet, draw) : packet;
    const cut = draw(4) === 0 ? draw(bytes.length) : bytes.length;
    bench.broker.peer.send(bytes.subarray(0, cut));
    if (cut < bytes.length) bench.broker.peer.send(bytes.subarray(cut));
    bench.broker.received.length = 0;
    bench.broker.host.written.length = 0;
  }
  takeOutcome(await bench.poll(), bench, report);
  report.connections += bench.broker.host.peers.length;
  report.heapGrowth = heapAfterRest() - heapFirst;
  await bench.input[Symbol.asyncDispose]();
  return report;
}

function takeOutcome(
  outcome: PollOutcome,
  bench: MqttBench,
  report: { readings: number; absent: number; findings: string[] },
): void {
  const complain = (what: string): void => void report.findings.push(what);
  report.readings += outcome.readings.count;
  report.absent += outcome.absent;
  for (const { series, value, at } of bench.rows(outcome)) {
    if (!Number.isFinite(value)) complain(`${series} is ${value}`);
    if (!(Number.isInteger(at) && at >= Date.UTC(2000, 0, 1) && at <= bench.clock.now() + 600_000))
      complain(`${series} at ${at}`);
  }
  if (bench.input.points.length > SERIES_MAX) complain(`${bench.input.points.length} series`);
  for (const { metric, tags } of bench.input.points) {
    if (!/^[A-Za-z][\w.]{0,199}$/u.test(metric)) complain(`the metric ${JSON.stringify(metric)}`);
    for (const tag of tags)
      if (!/^\p{L}[\p{L}\p{N}_\-:./]{0,199}$/u.test(tag)) complain(`the tag ${JSON.stringify(tag)}`);
  }
  if (outcome.faults.length > 30) complain(`${outcome.faults.length} faults`);
  for (const { message } of outcome.faults) {
    if (message.length > 1000 || /[\p{Cc}\uFFFD]/u.test(message)) complain(`the message ${JSON.stringify(message)}`);
  }
  outcome.whenRecorded?.(report.readings % 7 !== 0);
}

function drawMessage(draw: (below: number) => number, now: number): Buffer {
  const kind = draw(4);
  const topic = [
    `plain/${draw(5)}/heat${draw(4)}`,
    `json/m${draw(6)}`,
    `spBv1.0/g/${["NBIRTH", "NDATA", "NDATA", "DDATA", "NDEATH", "STATE"][draw(6)]}/n${draw(5)}`,
    `other/${draw(9)}`,
  ][kind];
  const number = (draw(2_000_001) - 1_000_000) / 10 ** draw(5);
  const content = [
    Buffer.from([String(number), "on", "true", "", "1e400", "null"][draw(6)] ?? ""),
    Buffer.from(
      JSON.stringify({
        at: new Date(now - draw(1e6)).toISOString(),
        temp: number,
        id: draw(9),
        list: [{ v: 1 }, { v: number }],
      }),
    ),
    encodePayload({
      at: now,
      seq: draw(256),
      metrics: [
        { name: "bdSeq", type: 8, long: draw(3) },
        { ...(draw(2) === 0 ? { name: `a/${draw(9)}` } : {}), alias: draw(9), type: 1 + draw(20), double: number },
        { name: "i", type: 1 + draw(8), long: BigInt(draw(2 ** 31)) * BigInt(draw(2 ** 31)) },
      ],
    }),
    Buffer.from("x"),
  ][kind];
  const payload = draw(2) === 0 ? spoil(content ?? Buffer.alloc(0), draw) : (content ?? Buffer.alloc(0));
  const spoiltTopic = draw(10) === 0 ? spoil(Buffer.from(topic ?? ""), draw).toString("utf8") : topic;
  return mqttPacket.generate({
    ...{ cmd: "publish", topic: spoiltTopic === "" ? "t" : (spoiltTopic ?? "t"), payload },
    ...{ qos: draw(3) as 0 | 1 | 2, messageId: 1 + draw(50), dup: draw(5) === 0, retain: draw(8) === 0 },
  });
}

/** Changes, takes out or puts in a few bytes. */
function spoil(bytes: Buffer, draw: (below: number) => number): Buffer {
  let spoilt = Buffer.from(bytes);
  for (let change = 1 + draw(3); change > 0; change -= 1) {
    const place = draw(spoilt.length + 1);
    const kind = draw(4);
    if (kind === 0) spoilt = Buffer.concat([spoilt.subarray(0, place), spoilt.subarray(place + 1 + draw(6))]);
    else if (kind === 1) {
      const more = Buffer.alloc(1 + draw(draw(30) === 0 ? 5000 : 4), draw(256));
      spoilt = Buffer.concat([spoilt.subarray(0, place), more, spoilt.subarray(place)]);
    } else if (place < spoilt.length) spoilt[place] = draw(256);
  }
  return spoilt;
}
