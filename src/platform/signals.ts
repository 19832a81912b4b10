/** The signals by which someone asks a process to end, or to read its files anew. */

/** A second signal this soon is the first one again: a terminal and a parent process may both hand it on. */
const SAME_SIGNAL_MS = 1000;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What signals arrive at. */
export interface SignalSource {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
}

/** What a signal does. */
export interface SignalListeners {
  /** The first request to end. */
  stop(): void;
  /** Someone asks to end again, a second or more later. */
  insist(): void;
  /** SIGHUP, where the process can read its files anew; leaving it out makes SIGHUP a request to end. */
  reload?(): void;
}

/** What `listenForSignals` needs of the world; leaving it out means this process. */
export interface SignalSurroundings {
  readonly source: SignalSource;
  /** Moments in milliseconds. */
  readonly now: () => number;
}

/** Calls the listeners when signals arrive. */
export function listenForSignals(
  { stop, insist, reload }: SignalListeners,
  { source, now }: SignalSurroundings = { source: process, now: () => performance.now() },
): void {
  let stopAskedAt: number | undefined;
  let reloadAskedAt = Number.NEGATIVE_INFINITY;
  const onStop = (): void => {
    if (stopAskedAt === undefined) {
      stopAskedAt = now();
      stop();
    } else if (now() - stopAskedAt >= SAME_SIGNAL_MS) insist();
  };
  const onReload = (): void => {
    if (now() - reloadAskedAt < SAME_SIGNAL_MS) return;
    reloadAskedAt = now();
    reload?.();
  };
  source.on("SIGINT", onStop);
  source.on("SIGTERM", onStop);
  source.on("SIGHUP", reload === undefined ? onStop : onReload);
}
