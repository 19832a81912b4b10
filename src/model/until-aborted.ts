/**
 * Waits for `promise`, or gives up with the signal's reason; what goes on regardless is left to its owner.
 *
 * Errors: those of `promise`, or the signal's reason.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const stopListening = (): void => signal.removeEventListener("abort", abort);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).then(stopListening, stopListening);
  });
}
