/** A second signal this soon is the first one again: the terminal and a parent process may both hand it on. */
const SAME_SIGNAL_MS = 1000;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Someone or something asks the plant to end: a signal, a key, or the time being over. */
export class StopRequest implements Disposable {
  readonly #request = Promise.withResolvers<undefined>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #requestedAt: number | undefined;
  #insist: () => void = () => undefined;
  readonly #onSignal = (): void => this.request();

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Resolves when the plant shall end. */
  get requested(): Promise<undefined> {
    return this.#request.promise;
  }

  get isRequested(): boolean {
    return this.#requestedAt !== undefined;
  }

  /** Calls `listener` when someone asks again, a second or more after the first time. */
  onInsist(listener: () => void): void {
    this.#insist = listener;
  }

  request(): void {
    const now = performance.now();
    if (this.#requestedAt !== undefined) {
      if (now - this.#requestedAt >= SAME_SIGNAL_MS) this.#insist();
      return;
    }
    this.#requestedAt = now;
    this.#request.resolve(undefined);
  }

  /** Asks by itself when the time is over; undefined means never. */
  after(seconds: number | undefined): void {
    if (seconds !== undefined) this.#timers.add(setTimeout(() => this.request(), seconds * 1000));
  }

  /** Waits, but not beyond the request. Units: milliseconds. */
  async orAfter(delayMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, delayMs, undefined);
    });
    await Promise.race([this.requested, pause]);
    clearTimeout(timer);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
