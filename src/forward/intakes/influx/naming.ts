/**
 * Names in line protocol. What has a meaning there is escaped; what no escape can carry is spelled otherwise.
 *
 * A backslash means itself, except before a character that it escapes. At the end of a name it would escape the comma,
 * space or equals sign that follows, and before one of these within a name InfluxDB 1 takes the line and does not find
 * the series again; so there slashes take its place. What no font shows (line breaks, control
 * characters) InfluxDB refuses where it validates keys, so an underscore takes its place.
 *
 * Source: InfluxDB documentation, Line protocol, Special characters and Naming restrictions; influxdb, models/points.go
 * (ValidKeyToken).
 */

/** What Go's `unicode.IsPrint` lets pass, without the character that stands for broken text. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\uFFFD/gu;

/** Keys that mean something else to InfluxDB, our own field among them. */
const RESERVED_KEYS: readonly string[] = ["time", "value", "_time", "_field", "_measurement"];

/** Spells a metric as a measurement; a line that began with `#` would be a comment. */
export function toMeasurement(metric: string): string {
  return spell(metric).replace(/^#/u, "_").replace(/[, ]/gu, "\\$&");
}

/** Spells the key of a tag, without escapes; one that is reserved gets `_` at its end. */
export function toTagKey(key: string): string {
  const spelled = spell(key);
  return RESERVED_KEYS.includes(spelled) ? `${spelled}_` : spelled;
}

/** Spells the value of a tag, without escapes. */
export function toTagValue(value: string): string {
  return spell(value);
}

/** Escapes the key or the value of a tag. */
export function escapeTag(text: string): string {
  return text.replace(/[,= ]/gu, "\\$&");
}

function spell(text: string): string {
  const spelled = text.replace(UNPRINTABLE, "_").replace(/\\+(?=[,= ]|$)/gu, (end) => "/".repeat(end.length));
  return spelled === "" ? "_" : spelled;
}
