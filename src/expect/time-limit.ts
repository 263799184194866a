import { createContext, Script } from "node:vm";

/**
 * How long judging one expectation may take. Expressions end by themselves, but a loop in a loop over megabytes of
 * lines, or a regular expression that backtracks (`matches` is JavaScript's, not RE2), could take hours.
 */
const LIMIT_MS = 10_000;

/** It took longer than that. */
export class TookTooLong extends Error {
  override readonly name = "TookTooLong";
  constructor() {
    super(`judging took longer than ${LIMIT_MS / 1000} seconds and was given up`);
  }
}

/** Runs a pure function, and stops it if it takes too long. @throws {TookTooLong} */
export function limited<T>(work: () => T, limitMs = LIMIT_MS): T {
  try {
    sandbox.work = work;
    return RUN.runInContext(context, { timeout: limitMs }) as T;
  } catch (error) {
    throw isTimeout(error) ? new TookTooLong() : error;
  } finally {
    delete sandbox.work;
  }
}

// A script is the only code that Node can stop; called from one, ours is stopped with it.
const RUN = new Script("work()");
const sandbox: { work?: () => unknown } = {};
const context = createContext(sandbox);

/** The error may be of the other context, where `Error` is another class. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
