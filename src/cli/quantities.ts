/** Counts, sizes and durations as a person reads them. */

/** Writes a count with commas. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Writes bytes in the largest unit that leaves a number of at least 1. */
export function formatBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  if (bytes >= 2 ** 10) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  return `${bytes} B`;
}

/** Writes a duration in its two largest units. Units: milliseconds in. */
export function formatAge(duration: number): string {
  const total = Math.max(0, Math.round(duration / 1000));
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), "d"],
    [Math.floor(total / 3600) % 24, "h"],
    [Math.floor(total / 60) % 60, "m"],
    [total % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** Writes a long duration in hours, and from three days on in days beside them. Units: seconds in. */
export function formatHours(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 72) return `${hours} h`;
  return hours < 24 * 365 ? `${formatCount(hours)} h (${Math.floor(hours / 24)} days)` : "more than a year";
}

/** Writes how long something took: below a second in milliseconds, then in seconds. Units: milliseconds in. */
export function formatDuration(duration: number): string {
  return duration < 1000 ? `${Math.round(duration)}ms` : `${Math.round(duration) / 1000}s`;
}
