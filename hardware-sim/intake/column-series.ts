/**
 * Series in columns, in the words of the JSON of version 2, so that one set of checks holds for both. What the Agent's
 * own reader refuses is refused: a column that is too short, a reference to nothing.
 *
 * Source: DataDog/agent-payload, proto/metrics/intake_v3.proto; DataDog/datadog-agent, the reader of its fake intake.
 */

/** What the columns of numbers hold, by their numbers; the other columns are bytes. */
const NUMBERS: Readonly<Record<number, (column: Buffer) => number[]>> = {
  3: readSigned,
  5: readUnsigned,
  6: readSigned,
  7: readSigned,
  10: readUnsigned,
  11: readSigned,
  12: readSigned,
  13: readSigned,
  14: readUnsigned,
  15: readUnsigned,
  16: readSigned,
  17: readSigned,
  18: (column) => Array.from({ length: column.length / 4 }, (_, index) => column.readFloatLE(4 * index)),
  19: (column) => Array.from({ length: column.length / 8 }, (_, index) => column.readDoubleLE(8 * index)),
  23: readSigned,
  24: readSigned,
  26: readSigned,
};
const TEXTS = [1, 2, 4, 8, 25];

const METRIC_DATA = 3;
const HAS_UNIT = 0x200;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a `Payload`. Shape: a whole message. Errors: a sentence on what cannot be read. */
export function readColumnSeries(raw: Uint8Array): unknown {
  const [data, ...others] = readFields(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength));
  if (data?.number !== METRIC_DATA || others.length > 0) throw new Error("it has no metricData, or more than that");
  const bytes = new Map(readFields(data.value).map(({ number, value }) => [number, value]));
  const strange = [...bytes.keys()].find((number) => !(number in NUMBERS) && !TEXTS.includes(number));
  if (strange !== undefined) throw new Error(`field ${strange} is not one that a gateway sends`);
  const column = (number: number): number[] => NUMBERS[number]?.(bytes.get(number) ?? Buffer.alloc(0)) ?? [];
  const texts = (number: number): string[] => readTexts(bytes.get(number) ?? Buffer.alloc(0));
  return { series: toSeries(column, texts) };
}

function toSeries(column: (number: number) => number[], texts: (number: number) => string[]): unknown[] {
  const [names, tags, resources, sources, units] = [texts(1), texts(2), texts(4), texts(8), texts(25)];
  const tagsets = readSets(column(3)).map((set) => set.map((reference) => textAt(tags, reference)));
  const [resourceTypes, resourceNames] = [column(6), column(7)];
  const hosts = readRuns(column(5)).map(({ from, to }) => {
    const types = sumUp(resourceTypes.slice(from, to)).map((reference) => textAt(resources, reference));
    const called = sumUp(resourceNames.slice(from, to)).map((reference) => textAt(resources, reference));
    return types.map((type, index) => ({ type, name: called[index] }));
  });
  const types = column(10);
  const [nameRefs, tagRefs, hostRefs, sourceRefs] = [11, 12, 13, 23].map((number) => sumUp(column(number)));
  const unitRefs = sumUp(column(26)).values();
  for (const number of [11, 12, 13, 14, 15, 23, 24]) {
    if (column(number).length !== types.length) throw new Error(`column ${number} is not as long as the types`);
  }
  const intervals = column(14);
  const seconds = sumUp(column(16));
  const values = { 16: column(17).values(), 32: column(18).values(), 48: column(19).values() };
  const runs = readRuns(column(15));
  if (seconds.length !== (runs.at(-1)?.to ?? 0)) throw new Error("there are not as many timestamps as points");
  const series = types.map((type, index) => {
    const { from, to } = runs[index] ?? { from: 0, to: 0 };
    const source = (type & 0xf0) as 0 | keyof typeof values;
    const points = seconds.slice(from, to).map((timestamp) => {
      return { timestamp, value: source === 0 ? 0 : values[source].next().value };
    });
    return {
      metric: textAt(names, nameRefs?.[index]),
      type: type & 0xf,
      tags: tagRefs?.[index] === 0 ? [] : itemAt(tagsets, tagRefs?.[index]),
      resources: itemAt(hosts, hostRefs?.[index]),
      source_type_name: textAt(sources, sourceRefs?.[index]),
      ...((type & HAS_UNIT) === 0 ? {} : { unit: textAt(units, unitRefs.next().value) }),
      ...(intervals[index] === 0 ? {} : { interval: intervals[index] }),
      points,
    };
  });
  const left = [unitRefs, ...Object.values(values)].filter((each) => each.next().done !== true);
  if (left.length > 0) throw new Error("a column is longer than what it is for");
  return series;
}

/** References count from 1. */
function itemAt<Item>(items: readonly Item[], reference = 0): Item {
  const item = items[reference - 1];
  if (item === undefined) throw new Error(`a reference leads to ${reference}, of ${items.length}`);
  return item;
}

function textAt(texts: readonly string[], reference?: number): string {
  return itemAt(texts, reference);
}

function sumUp(deltas: readonly number[]): number[] {
  let sum = 0;
  return deltas.map((delta) => {
    sum += delta;
    return sum;
  });
}

/** Sets behind their lengths; in each a number is less the one before. */
function readSets(flat: readonly number[]): number[][] {
  const sets: number[][] = [];
  for (let index = 0; index < flat.length; ) {
    const length = flat[index] ?? 0;
    const set = flat.slice(index + 1, index + 1 + length);
    if (length < 1 || set.length !== length) throw new Error("a set of tags is longer than its column");
    sets.push(sumUp(set));
    index += 1 + length;
  }
  return sets;
}

function readRuns(lengths: readonly number[]): { readonly from: number; readonly to: number }[] {
  return sumUp(lengths).map((to, index) => ({ from: to - (lengths[index] ?? 0), to }));
}

function readTexts(column: Buffer): string[] {
  const texts: string[] = [];
  for (let offset = 0; offset < column.length; ) {
    const { value: length, end } = readVarint(column, offset);
    if (end + length > column.length) throw new Error("a text is longer than its column");
    texts.push(UTF8.decode(column.subarray(end, end + length)));
    offset = end + length;
  }
  return texts;
}

function readUnsigned(column: Buffer): number[] {
  const numbers: number[] = [];
  for (let offset = 0; offset < column.length; ) {
    const { value, end } = readVarint(column, offset);
    numbers.push(value);
    offset = end;
  }
  return numbers;
}

function readSigned(column: Buffer): number[] {
  return readUnsigned(column).map((value) => (value % 2 === 0 ? value / 2 : -(value + 1) / 2));
}

function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let end = from;
  for (let weight = 1; ; weight *= 128) {
    const byte = bytes.readUInt8(end);
    end += 1;
    value += (byte & 127) * weight;
    if (byte < 128) return { value, end };
  }
}

/** The fields of a message that all have lengths. */
function readFields(message: Buffer): { readonly number: number; readonly value: Buffer }[] {
  const fields: { readonly number: number; readonly value: Buffer }[] = [];
  for (let offset = 0; offset < message.length; ) {
    const tag = readVarint(message, offset);
    if (tag.value % 8 !== 2) throw new Error(`field ${Math.floor(tag.value / 8)} has no length`);
    const { value: length, end } = readVarint(message, tag.end);
    if (end + length > message.length) throw new Error("a field is longer than what holds it");
    fields.push({ number: Math.floor(tag.value / 8), value: message.subarray(end, end + length) });
    offset = end + length;
  }
  return fields;
}
