/** Names what a point is of, by the tags that tell the points of the plant apart in any intake. */

/** Gives `instance/point`. */
export function nameOf(tags: readonly string[]): string {
  return `${tagValue(tags, "instance")}/${tagValue(tags, "point")}`;
}

/** Whether a metric, as any intake spells it, tells of something odd in full. */
export function isFullMetric(metric: string): boolean {
  return /[._]full(?:[._]|$)/u.test(metric);
}

/** Whether a metric, as any intake spells it, tells how odd another is. */
export function isCompanionMetric(metric: string): boolean {
  return /[._]anomaly(?:[._]|$)/u.test(metric);
}

/** Gives the value of the first tag of a key; nothing where there is none. */
export function tagValue(tags: readonly string[], key: string): string {
  return tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1) ?? "";
}
