/**
 * Points to `io.prometheus.write.v2.Request`, which is remote write 2.0: each text stands in it once, as a symbol, and
 * is a number everywhere else.
 *
 * ```
 * message Request    { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
 * message TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2; Metadata metadata = 5; }
 * message Sample     { double value = 1; int64 timestamp = 2; }   // milliseconds
 * message Metadata   { MetricType type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
 * ```
 *
 * Symbols are numbered once for the encoder, and again for each request in the order in which it needs them; the first
 * is the empty text.
 *
 * Source: Prometheus Remote-Write Specification 2.0; Prometheus, prompb/io/prometheus/write/v2/types.proto.
 */

import type { Series, SeriesId } from "../../../model/series.ts";
import { isUnit, UNITS } from "../../../model/units.ts";
import { ProtobufWriter, sizeOfVarint } from "../../protobuf-writer.ts";
import { createSeriesHeads, type HeadOf } from "../../series-heads.ts";
import { type EncodeRequest, endOfSeries, sizeOfSamples, writeSamples } from "./encode.ts";
import type { SpelledSeries } from "./naming.ts";

const SYMBOLS = 4;
const TIME_SERIES = 5;
const LABEL_REFS = 1;
const SAMPLES = 2;
const METADATA = 5;
/** Beyond this many symbols all are numbered anew. */
const SYMBOLS_MAX = 200_000;

const METRIC_TYPE = { counter: 1, gauge: 2 } as const;

/** A series in numbers that hold for the encoder. */
interface Head {
  /** Name and value of each label in turn. */
  readonly symbols: Uint32Array;
  readonly unit: number;
  readonly type: number;
  readonly conflict: string | undefined;
}

/** Texts and their numbers: for the encoder, and for the request it is at. */
class SymbolTable {
  readonly #numbers = new Map<string, number>();
  readonly #bytes: Uint8Array[] = [];
  /** By the number of a symbol, the request that used it last, and its number there. */
  #usedIn = new Uint32Array(1024);
  #refs = new Uint32Array(1024);
  #request = 0;
  readonly #used: number[] = [];

  get size(): number {
    return this.#bytes.length;
  }

  /** Numbers a text for the encoder. */
  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const next = this.#bytes.length;
    this.#bytes.push(Buffer.from(text));
    this.#numbers.set(text, next);
    if (next === this.#refs.length) {
      this.#usedIn = grow(this.#usedIn);
      this.#refs = grow(this.#refs);
    }
    return next;
  }

  /** Begins a request; its first symbol is the empty text. */
  begin(): void {
    this.#request += 1;
    this.#used.length = 0;
    this.ref(this.number(""));
  }

  /** Numbers a symbol for the request. */
  ref(symbol: number): number {
    if (this.#usedIn[symbol] !== this.#request) {
      this.#usedIn[symbol] = this.#request;
      this.#refs[symbol] = this.#used.length;
      this.#used.push(symbol);
    }
    return this.#refs[symbol] as number;
  }

  /** Writes the symbols of the request. */
  write(writer: ProtobufWriter): void {
    for (const symbol of this.#used) writer.bytesField(SYMBOLS, this.#bytes[symbol] as Uint8Array);
  }
}

/** Makes the encoder. Limits: keeps 20,000 series and 200,000 symbols. */
export function createEncoderV2(spell: (series: Series) => SpelledSeries): EncodeRequest {
  const writer = new ProtobufWriter(65_536);
  let symbols = new SymbolTable();
  let headOf = createHeads(spell, symbols);
  return (points, seriesOf) => {
    if (symbols.size > SYMBOLS_MAX) {
      symbols = new SymbolTable();
      headOf = createHeads(spell, symbols);
    }
    writer.clear();
    symbols.begin();
    for (let first = 0; first < points.count; first = endOfSeries(points, first)) {
      const head = headOf(points.series[first] as SeriesId, seriesOf);
      for (const symbol of head.symbols) symbols.ref(symbol);
      symbols.ref(head.unit);
    }
    symbols.write(writer);
    let conflict: string | undefined;
    for (let first = 0; first < points.count; ) {
      const head = headOf(points.series[first] as SeriesId, seriesOf);
      const end = endOfSeries(points, first);
      const refsSize = head.symbols.reduce((size, symbol) => size + sizeOfVarint(symbols.ref(symbol)), 0);
      const metadataSize = 2 + (head.unit === 0 ? 0 : 1 + sizeOfVarint(symbols.ref(head.unit)));
      const headSize = 1 + sizeOfVarint(refsSize) + refsSize + 2 + metadataSize;
      writer.startMessage(TIME_SERIES, headSize + sizeOfSamples(points, first, end));
      writer.startMessage(LABEL_REFS, refsSize);
      for (const symbol of head.symbols) writer.varint(symbols.ref(symbol));
      writeSamples(writer, SAMPLES, points, first, end);
      writer.startMessage(METADATA, metadataSize);
      writer.varintField(1, head.type);
      if (head.unit !== 0) writer.varintField(4, symbols.ref(head.unit));
      conflict ??= head.conflict;
      first = end;
    }
    return { raw: writer.written(), conflict };
  };
}

function createHeads(spell: (series: Series) => SpelledSeries, symbols: SymbolTable): HeadOf<Head> {
  symbols.number("");
  return createSeriesHeads((series) => {
    const { labels, type, conflict } = spell(series);
    const unit = isUnit(series.unit) ? UNITS[series.unit].prometheus : "";
    return {
      symbols: Uint32Array.from(labels.flat(), (text) => symbols.number(text)),
      unit: symbols.number(unit),
      type: METRIC_TYPE[type],
      conflict,
    };
  });
}

function grow(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}
