/**
 * Points to `prometheus.WriteRequest`, which is remote write 1.0.
 *
 * ```
 * message WriteRequest { repeated TimeSeries timeseries = 1; }
 * message TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
 * message Label        { string name = 1; string value = 2; }
 * message Sample       { double value = 1; int64 timestamp = 2; }   // milliseconds
 * ```
 *
 * The labels of a series are encoded once and kept; a point is written straight into the bytes of the request.
 *
 * Source: Prometheus Remote-Write Specification 1.0.
 */

import type { PointBatch } from "../../../model/intake.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import { ProtobufWriter, sizeOfVarint } from "../../protobuf-writer.ts";
import { createSeriesHeads } from "../../series-heads.ts";
import type { SpelledSeries } from "./naming.ts";

/** A request before compression. */
export interface WriteRequest {
  /** Shape: a view, valid until the next request is encoded. */
  readonly raw: Uint8Array;
  /** Why it must not be sent; undefined where all is well. */
  readonly conflict: string | undefined;
}

/** Makes points into a request. Shape: any number of rows. */
export type EncodeRequest = (points: PointBatch, seriesOf: (id: SeriesId) => Series) => WriteRequest;

const TIME_SERIES = 1;
const LABELS = 1;
const SAMPLES = 2;

/** Tag and bytes of a value, and the tag of its timestamp. Units: bytes. */
const SAMPLE_BYTES = 9 + 1;

/** Makes the encoder. Limits: keeps the labels of 20,000 series. */
export function createEncoder(spell: (series: Series) => SpelledSeries): EncodeRequest {
  const writer = new ProtobufWriter(65_536);
  const headOf = createSeriesHeads((series) => {
    const { labels, conflict } = spell(series);
    const head = new ProtobufWriter();
    const label = new ProtobufWriter();
    for (const [name, value] of labels) {
      label.clear();
      label.textField(1, name);
      label.textField(2, value);
      head.bytesField(LABELS, label.written());
    }
    return { bytes: head.written().slice(), conflict };
  });
  return (points, seriesOf) => {
    writer.clear();
    let conflict: string | undefined;
    for (let first = 0; first < points.count; ) {
      const head = headOf(points.series[first] as SeriesId, seriesOf);
      const end = endOfSeries(points, first);
      writer.startMessage(TIME_SERIES, head.bytes.length + sizeOfSamples(points, first, end));
      writer.bytes(head.bytes);
      writeSamples(writer, SAMPLES, points, first, end);
      conflict ??= head.conflict;
      first = end;
    }
    return { raw: writer.written(), conflict };
  };
}

/** Finds the row after the last one of the series of a row. */
export function endOfSeries({ series, count }: PointBatch, first: number): number {
  let end = first + 1;
  while (end < count && series[end] === series[first]) end += 1;
  return end;
}

/** Gives the bytes of the samples of some rows. Limits: the number of their field is at most 15. */
export function sizeOfSamples({ moment }: PointBatch, first: number, end: number): number {
  let size = 0;
  for (let row = first; row < end; row += 1) size += 2 + SAMPLE_BYTES + sizeOfVarint(moment[row] as number);
  return size;
}

/** Writes the samples of some rows into a field. */
export function writeSamples(
  writer: ProtobufWriter,
  field: number,
  { moment, value }: PointBatch,
  first: number,
  end: number,
): void {
  for (let row = first; row < end; row += 1) {
    const at = moment[row] as number;
    writer.startMessage(field, SAMPLE_BYTES + sizeOfVarint(at));
    writer.doubleField(1, value[row] as number);
    writer.varintField(2, at);
  }
}
