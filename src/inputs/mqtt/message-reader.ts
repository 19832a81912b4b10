/** From a message to readings: plain text and JSON here, Sparkplug by its own reader. */

import { Buffer } from "node:buffer";
import { findJson, visitJson } from "../../decode/json-path.ts";
import { looseNumber, parseMoment } from "../../decode/loose-values.ts";
import type { MqttMessage } from "../../decode/mqtt-packets.ts";
import { applyScale } from "../../decode/scale.ts";
import { FLAG } from "../../model/samples.ts";
import { showFound, showTopic } from "../../telemetry/show-found.ts";
import { type FieldRule, nameValue, type Route, type Routed, type Routes } from "./routes.ts";
import type { Rows } from "./rows.ts";
import type { SparkplugReader } from "./sparkplug-reader.ts";
import type { ValueSink } from "./value-sink.ts";

/** One value of a message, and what it is of. */
interface Value {
  readonly topic: string;
  readonly rule: FieldRule;
  readonly captures: ReadonlyMap<string, string>;
  readonly document: unknown;
  /** Where in the message it is; empty for all of it. */
  readonly place: string;
}

/** Reads the messages of one instance. */
export class MessageReader {
  readonly #routes: Routes;
  readonly #sink: ValueSink;
  readonly #sparkplug: SparkplugReader;
  /** Retained messages that were passed over. */
  passedOver = 0;

  constructor(routes: Routes, sink: ValueSink, sparkplug: SparkplugReader) {
    this.#routes = routes;
    this.#sink = sink;
    this.#sparkplug = sparkplug;
  }

  /**
   * Adds the readings of a message to `rows`; says which route it was of, or undefined where it was of none.
   * `cutBytes` is how much of it was left out, as it was too large.
   */
  read(message: MqttMessage, cutBytes: number, rows: Rows): Route | undefined {
    const { topic, payload } = message;
    const routed = this.#routes.find(topic);
    if (routed === undefined) return undefined;
    if (topic.includes("\uFFFD")) {
      this.#sink.complain(topic, "", "is no UTF-8, and its messages are passed over. Let the sender name it in UTF-8.");
    } else if (cutBytes > 0) {
      const size = `${payload.length + cutBytes} bytes, and is passed over`;
      this.#sink.complain(topic, "", `has a message of ${size}. Raise \`max_message_bytes\`, or leave the topic out.`);
    } else if (routed.route.payload === "sparkplug") this.#sparkplug.read(message, routed, rows);
    else if (routed.route.payload === "json") this.#readJson(message, routed, rows);
    else this.#readPlain(message, routed, rows);
    return routed.route;
  }

  #readPlain({ topic, isRetained, payload }: MqttMessage, { route, captures }: Routed, rows: Rows): void {
    const [rule] = route.rules;
    if (rule === undefined || this.#isPassedOver(isRetained, route, false)) return;
    const flags = isRetained ? FLAG.stale : 0;
    const value: Value = { topic, rule, captures, document: undefined, place: "" };
    this.#take(value, textOf(payload), this.#sink.clock.now(), flags, rows);
  }

  #readJson({ topic, isRetained, payload }: MqttMessage, { route, captures }: Routed, rows: Rows): void {
    const text = textOf(payload);
    const document = parseJson(text);
    if (document === undefined) {
      const what = `has a message that is no JSON: ${showFound(text)}.`;
      this.#sink.complain(topic, "", `${what} Correct the sender, or \`payload\` of this topic.`);
      return;
    }
    this.#sink.faults.clear(topic, "");
    const ownMoment = this.#momentOf(topic, route, document);
    if (this.#isPassedOver(isRetained, route, ownMoment !== undefined)) return;
    const flags = isRetained && ownMoment === undefined ? FLAG.stale : 0;
    const at = ownMoment ?? this.#sink.clock.now();
    for (const rule of route.rules) {
      if (rule.path === undefined) continue;
      visitJson(rule.path, document, captures, (value, found) => {
        this.#take({ topic, rule, captures: found, document, place: placeOf(rule, found) }, value, at, flags, rows);
      });
    }
  }

  /** A retained value is the last one of who knows when. */
  #isPassedOver(isRetained: boolean, { retained }: Route, hasMoment: boolean): boolean {
    if (!isRetained || retained === "use" || (hasMoment && retained === undefined)) return false;
    this.passedOver += 1;
    return true;
  }

  #momentOf(topic: string, { time, timeFormat }: Route, document: unknown): number | undefined {
    if (time === undefined || !this.#sink.canPlace()) return undefined;
    const written = findJson(time, document);
    const at = parseMoment(written, timeFormat);
    if (at !== undefined && this.#sink.isBelievable(at)) {
      this.#sink.faults.clear(topic, time.text);
      return at;
    }
    const found = written === undefined ? "no moment" : `${showFound(written)} as its moment`;
    const taken = "where one from 2000 to now was expected; the moment at which it came is taken instead";
    const advice = "Correct the sender's clock, or `time` and `time_format` of this topic.";
    this.#sink.complain(topic, time.text, `has ${found} at ${time.text}, ${taken}. ${advice}`);
    return undefined;
  }

  #take(value: Value, written: unknown, at: number, flags: number, rows: Rows): void {
    const { topic, rule, captures, document, place } = value;
    const number = looseNumber(written, rule.numbers);
    if (number !== undefined && Number.isNaN(number)) {
      rows.absent += 1;
      return;
    }
    if (number === undefined || !Number.isFinite(number)) {
      this.#refuse(value, written, number);
      return;
    }
    const naming = nameValue(rule, captures, document, place === "" ? topic : `${topic} ${place}`);
    if (naming === undefined) {
      const what = "has a message without what `metric` or `tags` of this topic ask for.";
      this.#sink.complain(topic, place, `${what} Correct the sender, or the entry of this topic.`);
      return;
    }
    this.#sink.put(topic, place, naming, at, applyScale(number, rule.scale, 0), flags, rows);
  }

  #refuse({ topic, rule, place }: Value, written: unknown, number: number | undefined): void {
    const where = place === "" ? "" : ` at ${showTopic(place)}`;
    const words = rule.numbers === undefined ? "" : ` or ${[...rule.numbers.keys()].join(", ")}`;
    const what = number === undefined ? `, where a number${words} was expected` : ", which is too large for a number";
    const advice = "Correct the sender, or the entry of this topic.";
    this.#sink.complain(topic, place, `has ${showFound(written)}${where}${what}. ${advice}`);
  }
}

/** Says where a value was found, with what the names in its path stand for. */
function placeOf({ path }: FieldRule, captures: ReadonlyMap<string, string>): string {
  return (path?.text ?? "").replaceAll(/\{(\w+)\}/gu, (gap, name: string) => captures.get(name) ?? gap);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
}
