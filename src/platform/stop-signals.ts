/** The signals by which someone asks a process to end. */

/** A second signal this soon is the first one again: a terminal and a parent process may both hand it on. */
const SAME_SIGNAL_MS = 1000;

/** A closed terminal asks as well: the gateway then stops in order instead of dying in the middle of a write. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What signals arrive at. */
export interface SignalSource {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
}

/** What `listenForStop` needs of the world; leaving it out means this process. */
export interface StopSurroundings {
  readonly source: SignalSource;
  /** Moments in milliseconds. */
  readonly now: () => number;
}

/** Calls `onStop` at the first signal, and `onInsist` when someone asks again a second or more later. */
export function listenForStop(
  onStop: () => void,
  onInsist: () => void,
  { source, now }: StopSurroundings = { source: process, now: () => performance.now() },
): void {
  let askedAt: number | undefined;
  const onSignal = (): void => {
    if (askedAt === undefined) {
      askedAt = now();
      onStop();
    } else if (now() - askedAt >= SAME_SIGNAL_MS) onInsist();
  };
  for (const signal of SIGNALS) source.on(signal, onSignal);
}
