/** One line as InfluxDB reads it. */
export interface Line {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly timestamp: string;
}

/**
 * Parses line protocol with nothing of the gateway's own: a separator counts unless a backslash stands right before it,
 * and a backslash means itself unless a separator follows.
 *
 * Source: influxdb 1.6, models/points.go, scanMeasurement, scanTags and unescapeTag.
 */
export function parseLines(text: string): readonly Line[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line is not ended");
  return lines.filter((line) => !line.startsWith("#")).map(parseLine);
}

function parseLine(line: string): Line {
  const [key = "", fields = "", timestamp = "", ...more] = splitAt(line, " ");
  if (more.length > 0 || timestamp === "") throw new Error(`not a line: ${line}`);
  const [measurement = "", ...tags] = splitAt(key, ",");
  return {
    measurement: measurement.replaceAll(/\\([, ])/gu, "$1"),
    tags: toRecord(tags),
    fields: toRecord(splitAt(fields, ",")),
    timestamp,
  };
}

function toRecord(pairs: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (const pair of pairs) {
    const [key = "", value = "", ...more] = splitAt(pair, "=").map((part) => part.replaceAll(/\\([,= ])/gu, "$1"));
    if (more.length > 0 || key === "" || value === "") throw new Error(`not a pair: ${pair}`);
    if (Object.hasOwn(record, key)) throw new Error(`the key ${key} is there twice`);
    record[key] = value;
  }
  return record;
}

function splitAt(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] !== separator || text[index - 1] === "\\") continue;
    parts.push(text.slice(from, index));
    from = index + 1;
  }
  return [...parts, text.slice(from)];
}
