/**
 * Sparkplug B: what edge nodes publish of themselves and their devices, bytes to numbers; and the one command that asks
 * a node to say everything again.
 *
 * Source: Sparkplug 3.0.0, 4 Topics and 6 Payloads; sparkplug_b.proto.
 */

import { Buffer } from "node:buffer";
import { ProtobufReader } from "./protobuf-reader.ts";
import { toNumber } from "./raw-number.ts";

/** What a node or a device says by a message. */
export const SPARKPLUG_VERBS = [
  "NBIRTH",
  "NDEATH",
  "NDATA",
  "NCMD",
  "DBIRTH",
  "DDEATH",
  "DDATA",
  "DCMD",
  "STATE",
] as const;
export type SparkplugVerb = (typeof SPARKPLUG_VERBS)[number];

/** The first part of every topic. */
export const SPARKPLUG_NAMESPACE = "spBv1.0";

/** Whom a message is about. */
export interface SparkplugTopic {
  readonly group: string;
  readonly verb: SparkplugVerb;
  readonly node: string;
  /** Undefined where it is the node itself. */
  readonly device?: string;
}

/** Takes a topic apart; undefined where it is none of Sparkplug, or one that holds no data. */
export function parseSparkplugTopic(topic: string): SparkplugTopic | undefined {
  const [namespace, group, word, node, device, more] = topic.split("/");
  const verb = SPARKPLUG_VERBS.find((each) => each === word);
  if (namespace !== SPARKPLUG_NAMESPACE || verb === undefined || more !== undefined) return undefined;
  if (group === undefined || group === "" || node === undefined || node === "" || device === "") return undefined;
  if (verb.startsWith("D") !== (device !== undefined)) return undefined;
  return { group, verb, node, ...(device === undefined ? {} : { device }) };
}

/** The data types by their number. Source: Sparkplug 3.0.0, 6.4.16. */
const TYPES = [
  "unknown",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float32",
  "float64",
  "boolean",
  "text",
  "date",
  "text",
  "text",
  "data-set",
  "bytes",
  "bytes",
  "template",
] as const;

/** What a metric holds; arrays and whatever is newer are `other`. */
export type SparkplugType = (typeof TYPES)[number] | "other";

/** One metric of a message. */
export interface SparkplugMetric {
  /** Empty where only the alias tells. */
  readonly name: string;
  /** Stands for a name that the birth told; undefined where there is none. */
  readonly alias?: number;
  /** Units: milliseconds since 1970; undefined where the message's own counts. */
  readonly at?: number;
  /** Undefined where only the birth told. */
  readonly type?: SparkplugType;
  readonly isHistorical: boolean;
  readonly isNull: boolean;
  readonly raw: SparkplugRaw;
  /** The unit as the node names it, by its property `engUnit`. */
  readonly unit?: string;
}

/** A value as it was on the wire; what it stands for, its type says. */
export type SparkplugRaw =
  | { readonly kind: "integer"; readonly high: number; readonly low: number }
  | { readonly kind: "single"; readonly bits: number }
  | { readonly kind: "double"; readonly high: number; readonly low: number }
  | { readonly kind: "boolean"; readonly isTrue: boolean }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "none" };

/** A whole message. */
export interface SparkplugPayload {
  /** Units: milliseconds since 1970. */
  readonly at?: number;
  /** From 0 to 255, one more with each message of a node. */
  readonly seq?: number;
  readonly metrics: readonly SparkplugMetric[];
}

/** The fields of a payload, a metric, a set of properties and a template, by sparkplug_b.proto. */
const PAYLOAD = { timestamp: 1, metrics: 2, seq: 3 };
const METRIC = {
  ...{ name: 1, alias: 2, timestamp: 3, datatype: 4, isHistorical: 5, isNull: 7, properties: 9 },
  ...{ int: 10, long: 11, float: 12, double: 13, boolean: 14, text: 15, template: 18 },
};
const PROPERTIES = { keys: 1, values: 2 };
const PROPERTY_TEXT = 8;
const TEMPLATE = { metrics: 2, isDefinition: 5 };

/** Templates may hold templates; deeper than this none is looked into. */
const TEMPLATE_DEPTH_MAX = 8;

const NONE: SparkplugRaw = { kind: "none" };

/**
 * Decodes a message. Members of templates are metrics of their own, named `TEMPLATE/MEMBER`.
 *
 * Shape: any length. Errors: `INPUT_BAD_REPLY`.
 */
export function decodeSparkplug(bytes: Uint8Array): SparkplugPayload {
  const reader = new ProtobufReader(bytes);
  const metrics: SparkplugMetric[] = [];
  let at: number | undefined;
  let seq: number | undefined;
  while (reader.next()) {
    if (reader.field === PAYLOAD.timestamp) at = reader.count;
    else if (reader.field === PAYLOAD.seq) seq = reader.count;
    else if (reader.field === PAYLOAD.metrics) decodeMetric(reader.inner, "", 0, metrics);
  }
  return { metrics, ...(at === undefined ? {} : { at }), ...(seq === undefined ? {} : { seq }) };
}

function decodeMetric(reader: ProtobufReader, prefix: string, depth: number, target: SparkplugMetric[]): void {
  const metric: { -readonly [Key in keyof SparkplugMetric]: SparkplugMetric[Key] } = {
    ...{ name: "", isHistorical: false, isNull: false, raw: NONE },
  };
  let template: ProtobufReader | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case METRIC.name:
        metric.name = prefix + reader.text;
        break;
      case METRIC.alias:
        metric.alias = reader.count;
        break;
      case METRIC.timestamp:
        metric.at = reader.count;
        break;
      case METRIC.datatype:
        metric.type = TYPES[reader.count] ?? "other";
        break;
      case METRIC.isHistorical:
        metric.isHistorical = reader.low !== 0;
        break;
      case METRIC.isNull:
        metric.isNull = reader.low !== 0;
        break;
      case METRIC.properties: {
        const unit = unitOf(reader.inner);
        if (unit !== undefined) metric.unit = unit;
        break;
      }
      case METRIC.template:
        template = reader.inner;
        break;
      default:
        metric.raw = rawOf(reader) ?? metric.raw;
    }
  }
  if (template === undefined) target.push(metric);
  else if (depth < TEMPLATE_DEPTH_MAX) decodeTemplate(template, `${metric.name}/`, depth + 1, target);
}

/** A definition says what instances are made of, and has no values of anything. */
function decodeTemplate(reader: ProtobufReader, prefix: string, depth: number, target: SparkplugMetric[]): void {
  const members: SparkplugMetric[] = [];
  let isDefinition = false;
  while (reader.next()) {
    if (reader.field === TEMPLATE.metrics) decodeMetric(reader.inner, prefix, depth, members);
    else if (reader.field === TEMPLATE.isDefinition) isDefinition = reader.low !== 0;
  }
  if (!isDefinition) target.push(...members);
}

function rawOf(reader: ProtobufReader): SparkplugRaw | undefined {
  const { high, low } = reader;
  switch (reader.field) {
    case METRIC.int:
    case METRIC.long:
      return { kind: "integer", high, low };
    case METRIC.float:
      return { kind: "single", bits: low };
    case METRIC.double:
      return { kind: "double", high, low };
    case METRIC.boolean:
      return { kind: "boolean", isTrue: low !== 0 };
    case METRIC.text:
      return { kind: "text", text: reader.text };
    default:
      return undefined;
  }
}

/** Source: Ignition's Sparkplug modules, which name the unit of a tag by the property `engUnit`. */
function unitOf(reader: ProtobufReader): string | undefined {
  const keys: string[] = [];
  const texts: (string | undefined)[] = [];
  while (reader.next()) {
    if (reader.field === PROPERTIES.keys) keys.push(reader.text);
    else if (reader.field === PROPERTIES.values) texts.push(textOf(reader.inner));
  }
  return texts[keys.indexOf("engUnit")];
}

function textOf(value: ProtobufReader): string | undefined {
  let text: string | undefined;
  while (value.next()) if (value.field === PROPERTY_TEXT) text = value.text;
  return text;
}

/**
 * Makes a number of a metric's value; NaN where it has none, an infinity where it is one that a double cannot hold.
 *
 * `type` is what the metric or its birth says. Units: the metric's own; seconds since 1970 for a date.
 */
export function sparkplugNumber(raw: SparkplugRaw, type: SparkplugType | undefined): number {
  switch (raw.kind) {
    case "boolean":
      return raw.isTrue ? 1 : 0;
    case "single":
      return toNumber("float32", 0, raw.bits);
    case "double":
      return toNumber("float64", raw.high, raw.low);
    case "integer":
      return integerOf(raw.high, raw.low, type);
    default:
      return Number.NaN;
  }
}

/** Some encoders give a small type all bits of a large one, so only those that it has are looked at. */
function integerOf(high: number, low: number, type: SparkplugType | undefined): number {
  switch (type) {
    case "int8":
    case "int16":
    case "int32":
    case "uint32":
      return toNumber(type, high, low);
    case "uint8":
      return low & 0xff;
    case "uint16":
      return low & 0xffff;
    case "int64":
    case "uint64":
      return toNumber(type, high, low);
    case "date":
      return toNumber("uint64", high, low) / 1000;
    case "boolean":
      return low === 0 && high === 0 ? 0 : 1;
    default:
      return Number.NaN;
  }
}

/** The name of the metric by which a node is asked to say everything again. */
export const REBIRTH = "Node Control/Rebirth";

/** Says whether a metric is of the protocol itself, and no reading. */
export function isControl(name: string): boolean {
  return name === "bdSeq" || name.startsWith("Node Control/") || name.startsWith("Device Control/");
}

/**
 * Encodes the request that a node says its births again.
 *
 * Units: `at` milliseconds since 1970. Source: Sparkplug 3.0.0, 5.15 Commands; sparkplug_b.proto.
 */
export function encodeRebirth(at: number): Uint8Array {
  const moment = varint(at);
  const name = Buffer.from(REBIRTH, "utf8");
  const metric = Buffer.from([
    ...[(METRIC.name << 3) | 2, name.length, ...name, METRIC.timestamp << 3, ...moment],
    ...[METRIC.datatype << 3, TYPES.indexOf("boolean"), METRIC.boolean << 3, 1],
  ]);
  return Buffer.from([PAYLOAD.timestamp << 3, ...moment, (PAYLOAD.metrics << 3) | 2, metric.length, ...metric]);
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}
