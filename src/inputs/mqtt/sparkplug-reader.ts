/**
 * Reads Sparkplug B as a consumer does: births say what aliases stand for, deaths end that, numbers tell what was
 * missed, and a node is asked to say its births again where something of it was.
 */

import type { MqttMessage } from "../../decode/mqtt-packets.ts";
import { applyScale } from "../../decode/scale.ts";
import {
  decodeSparkplug,
  encodeRebirth,
  isControl,
  parseSparkplugTopic,
  SPARKPLUG_NAMESPACE,
  type SparkplugMetric,
  type SparkplugPayload,
  type SparkplugTopic,
  sparkplugNumber,
} from "../../decode/sparkplug.ts";
import { GatewayError } from "../../model/errors.ts";
import type { DeviceServiceCheck } from "../../model/input.ts";
import { SERVICE_STATUS } from "../../model/note.ts";
import { FLAG } from "../../model/samples.ts";
import { showFound, showTopic } from "../../telemetry/show-found.ts";
import { knownUnit, tagSafe } from "./point-book.ts";
import { nameValue, type Routed } from "./routes.ts";
import type { Rows } from "./rows.ts";
import { SparkplugNode } from "./sparkplug-node.ts";
import type { ValueSink } from "./value-sink.ts";

/** Nodes that are known at a time. */
const NODES_MAX = 2000;

/** Messages that changed places have so long to come. Source: Sparkplug 3.0.0, 6.4.4 and 5.20: a timeout of choice. */
const REORDER_MS = 5000;

/** So many nodes are asked in one poll, so that a gateway that starts does not have a whole plant answer at once. */
const ASKED_MAX = 10;

/** A service check is said again this often. Units: milliseconds. */
const REPEAT_MS = 60_000;

/** Whether a node or a device is there, and when that was said last. */
interface Presence {
  readonly tags: readonly string[];
  isOnline: boolean;
  saidAt: number;
}

/** Where a message is taken, for its metrics. */
interface Place {
  readonly message: MqttMessage;
  readonly topic: SparkplugTopic;
  readonly routed: Routed;
  readonly node: SparkplugNode;
  readonly rows: Rows;
}

/** What a reader is made with. */
export interface SparkplugParts {
  readonly sink: ValueSink;
  /** The service checks of nodes and devices are `CHECK.sparkplug_online`. */
  readonly check: string;
  /** Publishes a request to a node; undefined where none may be. */
  readonly publish: ((topic: string, payload: Uint8Array) => void) | undefined;
}

/** Reads the Sparkplug messages of one instance. */
export class SparkplugReader {
  readonly #parts: SparkplugParts;
  readonly #nodes = new Map<string, SparkplugNode>();
  readonly #presences = new Map<string, Presence>();

  constructor(parts: SparkplugParts) {
    this.#parts = parts;
  }

  /** Adds the readings of a message to `rows`. */
  read(message: MqttMessage, routed: Routed, rows: Rows): void {
    const { sink } = this.#parts;
    const topic = parseSparkplugTopic(message.topic);
    // What others ask of nodes, and what hosts say of themselves, holds no reading.
    if (topic === undefined || topic.verb === "STATE" || topic.verb.endsWith("CMD")) return;
    const payload = this.#decode(message);
    if (payload === undefined) return;
    const key = `${topic.group}/${topic.node}`;
    const node = this.#nodeOf(key);
    if (node === undefined) {
      const what = `is of a further node, where ${NODES_MAX} are the most; it is passed over. Narrow the topic.`;
      sink.complain(message.topic, "", what, "INPUT_SERIES_LIMIT");
      return;
    }
    const place: Place = { message, topic, routed, node, rows };
    switch (topic.verb) {
      case "NDEATH":
        this.#takeDeath(node, topic, payload);
        return;
      case "NBIRTH":
        node.beBorn(bdSeqOf(payload));
        break;
      case "DDEATH":
        node.count(payload.seq, sink.clock.monotonic());
        this.#setPresence(topic, false);
        return;
      default:
        break;
    }
    node.count(payload.seq, sink.clock.monotonic());
    if (topic.verb.endsWith("BIRTH")) {
      for (const metric of payload.metrics) node.learn(topic.device ?? "", metric);
      this.#setPresence(topic, true);
    }
    for (const metric of payload.metrics) this.#takeMetric(metric, payload, place);
    this.#complainOfBirth(place);
  }

  /** Asks nodes for their births that have to be asked. */
  ask(): void {
    const { sink, publish } = this.#parts;
    if (publish === undefined) return;
    const now = sink.clock.monotonic();
    let askedCount = 0;
    for (const [key, node] of this.#nodes) {
      if (askedCount >= ASKED_MAX || !node.isToBeAsked(now, REORDER_MS)) continue;
      askedCount += 1;
      const [group, name] = key.split("/");
      publish(`${SPARKPLUG_NAMESPACE}/${group}/NCMD/${name}`, encodeRebirth(sink.clock.now()));
    }
  }

  /** Says of nodes and devices whether they are there: what changed, and from time to time everything. */
  serviceChecks(): readonly DeviceServiceCheck[] {
    const { check, sink } = this.#parts;
    const now = sink.clock.monotonic();
    const told: DeviceServiceCheck[] = [];
    for (const presence of this.#presences.values()) {
      if (now - presence.saidAt < REPEAT_MS) continue;
      presence.saidAt = now;
      const { isOnline, tags } = presence;
      const status = isOnline ? SERVICE_STATUS.ok : SERVICE_STATUS.critical;
      const message = isOnline ? "" : "Its death was told by the broker, and no birth since.";
      told.push({ name: `${check}.sparkplug_online`, status, tags, message });
    }
    return told;
  }

  #decode({ topic, payload }: MqttMessage): SparkplugPayload | undefined {
    const { sink } = this.#parts;
    try {
      const decoded = decodeSparkplug(payload);
      sink.faults.clear(topic, "");
      return decoded;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const what = `is no Sparkplug B of ${payload.length} bytes: ${error.message} It is passed over.`;
      sink.complain(topic, "", `${what} Look at what publishes there.`, "INPUT_BAD_REPLY");
      return undefined;
    }
  }

  #nodeOf(key: string): SparkplugNode | undefined {
    const known = this.#nodes.get(key);
    if (known !== undefined || this.#nodes.size >= NODES_MAX) return known;
    const node = new SparkplugNode();
    this.#nodes.set(key, node);
    return node;
  }

  /** A death that belongs to an earlier session comes late, and says nothing of this one. */
  #takeDeath(node: SparkplugNode, topic: SparkplugTopic, payload: SparkplugPayload): void {
    const bdSeq = bdSeqOf(payload);
    if (node.isBorn && node.bdSeq !== undefined && bdSeq !== undefined && node.bdSeq !== bdSeq) return;
    node.die();
    this.#setPresence(topic, false);
    const own = presenceKey({ group: topic.group, node: topic.node });
    for (const [key, presence] of this.#presences) if (key.startsWith(`${own}/`)) setOnline(presence, false);
  }

  #setPresence(topic: Pick<SparkplugTopic, "group" | "node" | "device">, isOnline: boolean): void {
    const key = presenceKey(topic);
    const known = this.#presences.get(key);
    if (known !== undefined) setOnline(known, isOnline);
    else if (this.#presences.size < NODES_MAX * 4) {
      this.#presences.set(key, { tags: tagsOf(topic), isOnline, saidAt: Number.NEGATIVE_INFINITY });
    }
  }

  #takeMetric(metric: SparkplugMetric, payload: SparkplugPayload, place: Place): void {
    const { node, topic, routed, message } = place;
    const known = node.recall(topic.device ?? "", metric);
    const name = metric.name === "" ? known?.name : metric.name;
    if (name === undefined) {
      node.needsBirth = true;
      return;
    }
    if (isControl(name)) return;
    const type = metric.type ?? known?.type;
    if (type === undefined && metric.raw.kind === "integer") {
      node.needsBirth = true;
      return;
    }
    const captures = new Map([
      ...routed.captures,
      ...([
        ["group", topic.group],
        ["node", topic.node],
        ["device", topic.device ?? ""],
      ] as const),
      ["name", name.replaceAll("/", ".")],
    ]);
    const owner = `${SPARKPLUG_NAMESPACE}/${presenceKey(topic)}`;
    for (const rule of routed.route.rules) {
      if (rule.metricName !== undefined && rule.metricName !== name) continue;
      const at = this.#momentOf(metric, payload, name, message.topic);
      const naming = nameValue(rule, captures, undefined, `${message.topic} ${name}`, tagsOf(topic));
      if (naming === undefined) continue;
      const value = this.#valueOf(metric, type, rule.numbers, name, place);
      if (value === undefined) continue;
      const unit = rule.unit ?? knownUnit(metric.unit ?? known?.unit ?? "");
      const flags = metric.isHistorical ? FLAG.historical : 0;
      this.#parts.sink.put(
        message.topic,
        name,
        { ...naming, unit, owner },
        at,
        applyScale(value, rule.scale, 0),
        flags,
        place.rows,
      );
    }
  }

  /** Gives undefined where there is nothing to keep: no value, a text, or one that is told of. */
  #valueOf(
    metric: SparkplugMetric,
    type: SparkplugMetric["type"],
    numbers: ReadonlyMap<string, number> | undefined,
    name: string,
    { message, rows }: Place,
  ): number | undefined {
    const { raw } = metric;
    if (metric.isNull) {
      rows.absent += 1;
      return undefined;
    }
    if (raw.kind === "text") {
      const number = numbers?.get(raw.text);
      if (number !== undefined || numbers === undefined) return number;
      const wanted = [...numbers.keys()].join(", ");
      const what = `has ${showFound(raw.text)} in ${showTopic(name)}, where ${wanted} was expected. Correct \`states\`.`;
      this.#parts.sink.complain(message.topic, name, what);
      return undefined;
    }
    const value = sparkplugNumber(raw, type);
    if (Number.isFinite(value)) return value;
    if (Number.isNaN(value)) {
      if (raw.kind !== "none" && raw.kind !== "integer") rows.absent += 1;
      return undefined;
    }
    const what = `has in ${showTopic(name)} a number beyond what a double holds exactly; it is passed over. Send it as a double.`;
    this.#parts.sink.complain(message.topic, name, what);
    return undefined;
  }

  #momentOf(metric: SparkplugMetric, payload: SparkplugPayload, name: string, topic: string): number {
    const { sink } = this.#parts;
    if (!sink.canPlace()) return sink.placeByAge(metric.at, payload.at);
    const at = metric.at ?? payload.at;
    if (at === undefined || sink.isBelievable(at)) return at ?? sink.clock.now();
    const what = `has ${showFound(at)} as the moment of ${showTopic(name)}, where milliseconds from 2000 to now were expected`;
    sink.complain(topic, "moment", `${what}; the moment at which it came is taken instead. Correct the node's clock.`);
    return sink.clock.now();
  }

  #complainOfBirth({ node, message }: Place): void {
    const { sink, publish } = this.#parts;
    if (!node.needsBirth) {
      sink.faults.clear(message.topic, "birth");
      return;
    }
    const advice =
      publish === undefined
        ? "Set `rebirth: true`, so that it is asked to say it again, or start the node anew."
        : "It is asked to say it again.";
    const what = `has values of which only the node's birth says what they are, and it came before the gateway listened.`;
    sink.complain(message.topic, "birth", `${what} ${advice}`, "INPUT_BAD_REPLY");
  }
}

function presenceKey({ group, node, device }: Pick<SparkplugTopic, "group" | "node" | "device">): string {
  return device === undefined ? `${group}/${node}` : `${group}/${node}/${device}`;
}

function setOnline(presence: Presence, isOnline: boolean): void {
  if (presence.isOnline === isOnline) return;
  presence.isOnline = isOnline;
  presence.saidAt = Number.NEGATIVE_INFINITY;
}

function tagsOf({ group, node, device }: Pick<SparkplugTopic, "group" | "node" | "device">): readonly string[] {
  const tags = [`group:${group}`, `node:${node}`, ...(device === undefined ? [] : [`device:${device}`])];
  return tags.map(tagSafe);
}

function bdSeqOf({ metrics }: SparkplugPayload): number | undefined {
  const metric = metrics.find(({ name }) => name === "bdSeq");
  return metric?.raw.kind === "integer" ? metric.raw.low : undefined;
}
