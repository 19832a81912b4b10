/**
 * Points to `datadoghq.api.metrics.v3.Payload`, which holds series in columns, as the Agent posts it from 7.81 on.
 *
 * ```
 * message Payload { MetricData metricData = 3; }
 * message MetricData {
 *   bytes dictNameStr = 1, dictTagStr = 2;              // each text behind its length
 *   repeated sint64 dictTagsets = 3;                    // length, then references to tags, each less the one before
 *   bytes dictResourceStr = 4; repeated int64 dictResourceLen = 5; repeated sint64 dictResourceType = 6,
 *     dictResourceName = 7;
 *   bytes dictSourceTypeName = 8; bytes dictUnitStr = 25;
 *   // One of each series; a reference is less the one before, counts from 1, and is 0 for nothing.
 *   repeated uint64 types = 10;                         // metricType | valueType | flags
 *   repeated sint64 nameRefs = 11, tagsetRefs = 12, resourcesRefs = 13;
 *   repeated uint64 intervals = 14, numPoints = 15;
 *   repeated sint64 sourceTypeNameRefs = 23, originInfoRefs = 24;
 *   repeated sint64 unitRefs = 26;                      // only of series with the flag
 *   // One of each point; each series has its values in one of the three, or in none where all are 0.
 *   repeated sint64 timestamps = 16;                    // seconds, each less the one before
 *   repeated sint64 valsSint64 = 17; repeated float valsFloat32 = 18; repeated double valsFloat64 = 19;
 * }
 * ```
 *
 * A value is written as the smallest kind that holds all values of its series to the last bit.
 *
 * Source: DataDog/agent-payload, proto/metrics/intake_v3.proto; how an empty column, a unit and a reference are read:
 * DataDog/datadog-agent, the reader of its fake intake.
 */

import type { PointBatch } from "../../../model/intake.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import { datadogUnit } from "../../../model/units.ts";
import { ProtobufWriter, sizeOfVarint } from "../../protobuf-writer.ts";
import { createSeriesHeads } from "../../series-heads.ts";
import { endOfSeries, firstRowsByMetric } from "../../series-runs.ts";
import { compress, type Thrift } from "./compression.ts";
import type { EncodePoints } from "./encode.ts";
import { toMetricName } from "./naming.ts";
import { type DatadogSender, KIND_NUMBERS, toTags } from "./series-dialects.ts";

/** The route. Source: Datadog Agent, comp/forwarder, endpoints. */
const PATH = "/api/intake/metrics/v3/series";

const METRIC_DATA = 3;

/** Numbers of the columns, in the order in which they are written. */
const COLUMNS = {
  names: 1,
  tags: 2,
  tagsets: 3,
  resourceTexts: 4,
  resourceLengths: 5,
  resourceTypes: 6,
  resourceNames: 7,
  sources: 8,
  types: 10,
  nameRefs: 11,
  tagsetRefs: 12,
  resourceRefs: 13,
  intervals: 14,
  pointCounts: 15,
  timestamps: 16,
  integers: 17,
  floats: 18,
  doubles: 19,
  sourceRefs: 23,
  originRefs: 24,
  units: 25,
  unitRefs: 26,
} as const;

const HAS_UNIT = 0x200;

/** Kinds of values, the wider the higher. */
const ZERO = 0x00;
const INTEGER = 0x10;
const FLOAT = 0x20;
const DOUBLE = 0x30;

/** Beyond it a value is no shorter as an integer. Source: Datadog Agent, pkg/serializer, `pointKind`. */
const INTEGER_MAX = 2 ** 48;

/** What is constant of a series. */
interface Head {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly tagset: string;
  readonly unit: string;
  readonly kind: number;
  readonly intervalS: number;
}

/** Makes the encoder of one gateway. Limits: keeps the heads of 20,000 series. */
export function createColumnEncoder(sender: DatadogSender, thrift: Thrift = "time"): EncodePoints {
  const headOf = createSeriesHeads((series) => toHead(series, sender));
  const columns = new Columns(sender.hostname);
  const writer = new ProtobufWriter(65_536);
  return (points, seriesOf) => {
    columns.clear();
    for (const firstRow of firstRowsByMetric(points, (id) => headOf(id, seriesOf).metric)) {
      columns.add(
        headOf(points.series[firstRow] as SeriesId, seriesOf),
        points,
        firstRow,
        endOfSeries(points, firstRow),
      );
    }
    columns.writeTo(writer);
    const raw = writer.written();
    return {
      path: PATH,
      headers: sender.headers("application/x-protobuf", "zstd"),
      body: compress("zstd", raw, thrift),
      rawBytes: raw.byteLength,
    };
  };
}

function toHead(series: Series, sender: DatadogSender): Head {
  const tags = toTags(series.tags, sender);
  const { kind, intervalS = 0 } = series;
  return {
    ...{ metric: toMetricName(series.metric), tags, tagset: tags.join(","), unit: datadogUnit(series.unit) ?? "" },
    ...{ kind: KIND_NUMBERS[kind], intervalS },
  };
}

type ColumnName = keyof typeof COLUMNS;
const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[];

/** The columns of one payload, in buffers that are used again. */
class Columns {
  readonly #columns = Object.fromEntries(COLUMN_NAMES.map((name) => [name, new ProtobufWriter()])) as Record<
    ColumnName,
    ProtobufWriter
  >;
  readonly #names = new Map<string, number>();
  readonly #tags = new Map<string, number>();
  readonly #tagsets = new Map<string, number>();
  readonly #units = new Map<string, number>();
  readonly #hostname: string;
  #name = 0;
  #tagset = 0;
  #unit = 0;
  #second = 0;
  #count = 0;

  constructor(hostname: string) {
    this.#hostname = hostname;
  }

  /** Begins a payload with what all series share: the host, and who sends. */
  clear(): void {
    for (const name of COLUMN_NAMES) this.#columns[name].clear();
    for (const dictionary of [this.#names, this.#tags, this.#tagsets, this.#units]) dictionary.clear();
    this.#name = 0;
    this.#tagset = 0;
    this.#unit = 0;
    this.#second = 0;
    this.#count = 0;
    const { resourceTexts, resourceLengths, resourceTypes, resourceNames, sources } = this.#columns;
    resourceTexts.text("host");
    resourceTexts.text(this.#hostname);
    resourceLengths.varint(1);
    resourceTypes.signedVarint(1);
    resourceNames.signedVarint(2);
    sources.text("tidegate");
  }

  /** Adds the rows of one series. */
  add(head: Head, points: PointBatch, firstRow: number, endRow: number): void {
    const columns = this.#columns;
    const kind = kindOf(points.value, firstRow, endRow);
    columns.types.varint(head.kind | kind | (head.unit === "" ? 0 : HAS_UNIT));
    const name = refer(this.#names, head.metric, columns.names);
    columns.nameRefs.signedVarint(name - this.#name);
    this.#name = name;
    const tagset = this.#referTagset(head);
    columns.tagsetRefs.signedVarint(tagset - this.#tagset);
    this.#tagset = tagset;
    if (head.unit !== "") {
      const unit = refer(this.#units, head.unit, columns.units);
      columns.unitRefs.signedVarint(unit - this.#unit);
      this.#unit = unit;
    }
    const isFirst = this.#count === 0;
    this.#count += 1;
    columns.resourceRefs.signedVarint(isFirst ? 1 : 0);
    columns.sourceRefs.signedVarint(isFirst ? 1 : 0);
    columns.originRefs.signedVarint(0);
    columns.intervals.varint(head.intervalS);
    columns.pointCounts.varint(endRow - firstRow);
    for (let row = firstRow; row < endRow; row += 1) {
      const second = (points.moment[row] as number) / 1000;
      columns.timestamps.signedVarint(second - this.#second);
      this.#second = second;
    }
    this.#addValues(kind, points.value, firstRow, endRow);
  }

  /** Writes the message that holds the columns; those without an entry are left out. */
  writeTo(writer: ProtobufWriter): void {
    let size = 0;
    for (const name of COLUMN_NAMES) {
      const { length } = this.#columns[name];
      if (length > 0) size += sizeOfVarint(COLUMNS[name] * 8) + sizeOfVarint(length) + length;
    }
    writer.clear();
    writer.startMessage(METRIC_DATA, size);
    for (const name of COLUMN_NAMES) {
      const column = this.#columns[name];
      if (column.length > 0) writer.bytesField(COLUMNS[name], column.written());
    }
  }

  #addValues(kind: number, values: Float64Array, firstRow: number, endRow: number): void {
    const { integers, floats, doubles } = this.#columns;
    for (let row = firstRow; row < endRow; row += 1) {
      const value = values[row] as number;
      if (kind === INTEGER) integers.signedVarint(value);
      else if (kind === FLOAT) floats.float(value);
      else if (kind === DOUBLE) doubles.double(value);
    }
  }

  #referTagset({ tags, tagset }: Head): number {
    if (tags.length === 0) return 0;
    const known = this.#tagsets.get(tagset);
    if (known !== undefined) return known;
    const { tags: texts, tagsets } = this.#columns;
    tagsets.signedVarint(tags.length);
    let last = 0;
    for (const reference of tags.map((tag) => refer(this.#tags, tag, texts)).sort((a, b) => a - b)) {
      tagsets.signedVarint(reference - last);
      last = reference;
    }
    this.#tagsets.set(tagset, this.#tagsets.size + 1);
    return this.#tagsets.size;
  }
}

/** Gives the place of a text in its dictionary, which it is added to where it is new. */
function refer(dictionary: Map<string, number>, text: string, column: ProtobufWriter): number {
  const known = dictionary.get(text);
  if (known !== undefined) return known;
  column.text(text);
  dictionary.set(text, dictionary.size + 1);
  return dictionary.size;
}

/** The smallest kind that holds all values of a series; a zero has no sign in it. */
function kindOf(values: Float64Array, firstRow: number, endRow: number): number {
  let isZero = true;
  let isInteger = true;
  let isFloat = true;
  for (let row = firstRow; row < endRow; row += 1) {
    const value = values[row] as number;
    if (value !== 0) isZero = false;
    if (!Number.isInteger(value) || Math.abs(value) > INTEGER_MAX) isInteger = false;
    if (Math.fround(value) !== value) isFloat = false;
  }
  if (isZero) return ZERO;
  if (isInteger) return INTEGER;
  return isFloat ? FLOAT : DOUBLE;
}
