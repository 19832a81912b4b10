/** The monotonic clock of the machine, which a process and those it starts read alike. Units: milliseconds. */
export function monotonicMillis(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
