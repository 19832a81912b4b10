/** Sparkplug B as edge nodes write it, with nothing of the gateway's own. */

/** One metric, as a node has it; what is left out is not on the wire. */
export interface PlainMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly at?: number;
  /** The number of its data type. Source: Sparkplug 3.0.0, 6.4.16. */
  readonly type?: number;
  readonly isHistorical?: boolean;
  readonly isNull?: boolean;
  /** The property `engUnit`. */
  readonly unit?: string;
  readonly int?: number;
  readonly long?: number | bigint;
  readonly float?: number;
  readonly double?: number;
  readonly boolean?: boolean;
  readonly text?: string;
}

/** One message, as a node has it. */
export interface PlainPayload {
  readonly at?: number;
  readonly seq?: number;
  readonly metrics: readonly PlainMetric[];
}

/** Encodes a message. Source: sparkplug_b.proto. */
export function encodePayload({ at, seq, metrics }: PlainPayload): Buffer {
  return Buffer.concat([number(1, at), ...metrics.map((metric) => bytes(2, encodeMetric(metric))), number(3, seq)]);
}

function encodeMetric(metric: PlainMetric): Buffer {
  const { name, alias, at, type, isHistorical, isNull, unit, int, long, float, double, boolean, text } = metric;
  const property = unit === undefined ? [] : [bytes(1, Buffer.from("engUnit")), bytes(2, bytes(8, Buffer.from(unit)))];
  return Buffer.concat([
    ...(name === undefined ? [] : [bytes(1, Buffer.from(name))]),
    ...[number(2, alias), number(3, at), number(4, type), flag(5, isHistorical), flag(7, isNull)],
    ...(unit === undefined ? [] : [bytes(9, Buffer.concat(property))]),
    ...[number(10, int), number(11, long)],
    ...(float === undefined ? [] : [tag(12, 5), write(4, (to) => to.writeFloatLE(float))]),
    ...(double === undefined ? [] : [tag(13, 1), write(8, (to) => to.writeDoubleLE(double))]),
    flag(14, boolean),
    ...(text === undefined ? [] : [bytes(15, Buffer.from(text))]),
  ]);
}

function write(size: number, fill: (to: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size);
  fill(buffer);
  return buffer;
}

function tag(field: number, kind: number): Buffer {
  return varint(BigInt((field << 3) | kind));
}

function varint(value: bigint): Buffer {
  const groups: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) groups.push(Number(rest & 127n) | 128);
  return Buffer.from([...groups, Number(rest)]);
}

function number(field: number, value: number | bigint | undefined): Buffer {
  return value === undefined ? Buffer.alloc(0) : Buffer.concat([tag(field, 0), varint(BigInt(value))]);
}

function flag(field: number, value: boolean | undefined): Buffer {
  return number(field, value === undefined ? undefined : Number(value));
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([tag(field, 2), varint(BigInt(value.length)), value]);
}
