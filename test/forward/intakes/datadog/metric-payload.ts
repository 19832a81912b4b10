import { type MessageShape, readMessage } from "../../../support/protobuf-reader.ts";

const POINT: MessageShape = { 1: { name: "value", kind: "double" }, 2: { name: "timestamp", kind: "varint" } };
const RESOURCE: MessageShape = { 1: { name: "type", kind: "text" }, 2: { name: "name", kind: "text" } };

/** Source: DataDog/agent-payload, proto/metrics/agent_payload.proto. */
const PAYLOAD: MessageShape = {
  1: {
    name: "series",
    isRepeated: true,
    kind: {
      1: { name: "resources", kind: RESOURCE, isRepeated: true },
      2: { name: "metric", kind: "text" },
      3: { name: "tags", kind: "text", isRepeated: true },
      4: { name: "points", kind: POINT, isRepeated: true },
      5: { name: "type", kind: "varint" },
      6: { name: "unit", kind: "text" },
      7: { name: "source_type_name", kind: "text" },
    },
  },
};

/** A series as it came. */
export interface SentSeries {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly points: readonly { readonly timestamp: number; readonly value: number }[];
}

/** Decodes a `MetricPayload`. */
export function decodeMetricPayload(raw: Uint8Array): { readonly series: readonly SentSeries[] } {
  return readMessage(raw, PAYLOAD) as unknown as { readonly series: readonly SentSeries[] };
}
