/**
 * Series in protobuf, in the words of their JSON, so that one set of checks holds for both.
 *
 * Source: DataDog/agent-payload, proto/metrics/agent_payload.proto; Protocol Buffers documentation, Encoding.
 */

/** A field of a message: its number, and what it holds. */
interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const TEXT = new TextDecoder("utf-8", { fatal: true });

/** Reads a `MetricPayload`. Shape: a whole message. Errors: a sentence on what cannot be read. */
export function readProtobufSeries(bytes: Uint8Array): unknown {
  return { series: fieldsOf(bytes).map(({ number, value }) => (number === 1 ? toSeries(value) : unknown(number))) };
}

function toSeries(bytes: Field["value"]): unknown {
  const resources: unknown[] = [];
  const tags: string[] = [];
  const points: unknown[] = [];
  const rest: Record<string, unknown> = {};
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === 1) resources.push(toResource(value));
    else if (number === 2) rest["metric"] = textOf(value);
    else if (number === 3) tags.push(textOf(value));
    else if (number === 4) points.push(toPoint(value));
    else if (number === 5) rest["type"] = value;
    else if (number === 6) rest["unit"] = textOf(value);
    else if (number === 7) rest["source_type_name"] = textOf(value);
    else if (number === 8) rest["interval"] = value;
    else unknown(number);
  }
  return { ...rest, resources, tags, points };
}

function toResource(bytes: Field["value"]): unknown {
  const resource = { type: "", name: "" };
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === 1) resource.type = textOf(value);
    else if (number === 2) resource.name = textOf(value);
    else unknown(number);
  }
  return resource;
}

function toPoint(bytes: Field["value"]): unknown {
  const point: Record<string, unknown> = { value: 0, timestamp: 0 };
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === 1) point["value"] = value;
    else if (number === 2) point["timestamp"] = value;
    else unknown(number);
  }
  return point;
}

function textOf(value: Field["value"]): string {
  if (typeof value === "number") throw new Error(`a number ${value} stands where a text is expected`);
  return TEXT.decode(value);
}

function unknown(number: number): never {
  throw new Error(`field ${number} is not one that a gateway sends`);
}

/** Takes a message apart. */
function fieldsOf(bytes: Field["value"]): Field[] {
  if (typeof bytes === "number") throw new Error(`a number ${bytes} stands where a message is expected`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let offset = 0;
  const varint = (): number => {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = view.getUint8(offset++);
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  };
  while (offset < bytes.length) {
    const tag = varint();
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind === 0) fields.push({ number, value: varint() });
    else if (kind === 1) {
      fields.push({ number, value: view.getFloat64(offset, true) });
      offset += 8;
    } else if (kind === 2) {
      const length = varint();
      if (offset + length > bytes.length) throw new Error(`field ${number} is longer than what holds it`);
      fields.push({ number, value: bytes.subarray(offset, offset + length) });
      offset += length;
    } else throw new Error(`field ${number} is of the kind ${kind}, which no message here has`);
  }
  return fields;
}
