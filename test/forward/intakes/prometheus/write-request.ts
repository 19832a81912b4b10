import { type MessageShape, readMessage } from "../../../support/protobuf-reader.ts";

const SAMPLE: MessageShape = { 1: { name: "value", kind: "double" }, 2: { name: "timestamp", kind: "varint" } };

/** Source: Prometheus Remote-Write Specification 1.0. */
const REQUEST: MessageShape = {
  1: {
    name: "timeseries",
    isRepeated: true,
    kind: {
      1: {
        name: "labels",
        isRepeated: true,
        kind: { 1: { name: "name", kind: "text" }, 2: { name: "value", kind: "text" } },
      },
      2: { name: "samples", kind: SAMPLE, isRepeated: true },
    },
  },
};

/** Source: Prometheus Remote-Write Specification 2.0. */
const REQUEST_V2: MessageShape = {
  4: { name: "symbols", kind: "text", isRepeated: true },
  5: {
    name: "timeseries",
    isRepeated: true,
    kind: {
      1: { name: "refs", kind: "packed" },
      2: { name: "samples", kind: SAMPLE, isRepeated: true },
      5: {
        name: "metadata",
        kind: { 1: { name: "type", kind: "varint" }, 4: { name: "unit", kind: "varint" } },
      },
    },
  },
};

/** A series as it came. */
export interface WrittenSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly { readonly value: number; readonly timestamp: number }[];
}

/** Decodes a request of remote write 1.0. */
export function decodeWriteRequest(raw: Uint8Array): readonly WrittenSeries[] {
  const { timeseries } = readMessage(raw, REQUEST) as {
    timeseries: { labels: { name: string; value: string }[]; samples: WrittenSeries["samples"] }[];
  };
  return timeseries.map(({ labels, samples }) => ({ labels: labels.map(({ name, value }) => [name, value]), samples }));
}

/** Decodes a request of remote write 2.0. */
export function decodeWriteRequestV2(raw: Uint8Array): readonly WrittenSeries[] {
  const { symbols, timeseries } = readMessage(raw, REQUEST_V2) as {
    symbols: string[];
    timeseries: { refs?: number[]; samples: WrittenSeries["samples"] }[];
  };
  return timeseries.map(({ refs = [], samples }) => {
    const texts = refs.map((ref) => symbols[ref] ?? `no symbol ${ref}`);
    const labels = texts.flatMap((text, at) => (at % 2 === 0 ? [[text, texts[at + 1] ?? ""] as const] : []));
    return { labels, samples };
  });
}
