import { type MessageShape, readMessage } from "../../../support/protobuf-reader.ts";

const TEXT = { kind: "text" } as const;
const KEY_VALUE: MessageShape = {
  1: { name: "key", ...TEXT },
  2: { name: "value", kind: { 1: { name: "stringValue", ...TEXT } } },
};
const ATTRIBUTES = { name: "attributes", kind: KEY_VALUE, isRepeated: true } as const;
const POINT: MessageShape = {
  3: { name: "timeUnixNano", kind: "fixed64" },
  4: { name: "asDouble", kind: "double" },
  7: ATTRIBUTES,
};
const METRIC: MessageShape = {
  1: { name: "name", ...TEXT },
  3: { name: "unit", ...TEXT },
  5: { name: "gauge", kind: { 1: { name: "dataPoints", kind: POINT, isRepeated: true } } },
};
const SCOPE: MessageShape = { 1: { name: "name", ...TEXT }, 2: { name: "version", ...TEXT } };
const SCOPE_METRICS: MessageShape = {
  1: { name: "scope", kind: SCOPE },
  2: { name: "metrics", kind: METRIC, isRepeated: true },
};
const RESOURCE_METRICS: MessageShape = {
  1: { name: "resource", kind: { 1: ATTRIBUTES } },
  2: { name: "scopeMetrics", kind: SCOPE_METRICS, isRepeated: true },
};

/** Source: open-telemetry/opentelemetry-proto, version 1. */
const REQUEST: MessageShape = { 1: { name: "resourceMetrics", kind: RESOURCE_METRICS, isRepeated: true } };

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

/** A request as it came, in the words of its JSON. */
export interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly {
        readonly name: string;
        readonly unit?: string;
        readonly gauge: {
          readonly dataPoints: readonly {
            readonly timeUnixNano: string;
            readonly asDouble: number;
            readonly attributes: readonly KeyValue[];
          }[];
        };
      }[];
    }[];
  }[];
}

/** Decodes a request in protobuf to what stands in its JSON: 64-bit integers are texts there. */
export function decodeMetricsRequest(raw: Uint8Array): MetricsRequest {
  const message = readMessage(raw, REQUEST);
  return JSON.parse(JSON.stringify(message, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)));
}

/** Parses a request in JSON. */
export function parseMetricsRequest(raw: Uint8Array): MetricsRequest {
  return JSON.parse(Buffer.from(raw).toString("utf8"));
}
