/**
 * Waits for what is going on, and leaves it to itself once the signal is aborted.
 * @throws the signal's reason, as soon as it is aborted
 */
export async function unlessAborted<T>(signal: AbortSignal, going: Promise<T>): Promise<T> {
  going.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([going, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
