import type { JobKey, Look } from "../engine/ports.ts";
import { directoryName, keyName } from "./job-request.ts";

/** For reading a file. */
const READ_MS = 10_000;

/**
 * What prints the stdout of a job that is over, of whatever run, and fails where it is gone. Nothing of that run is
 * touched: not even its folder is made where there is none, since that would be taken for a trace of it.
 */
export function outputLook(key: JobKey): Look {
  const code = [
    // The look's own script stands in a folder beside.
    "d=${0%/*}; d=${d%/*}; d=${d%/*}",
    `for f in "$d/${directoryName(key.token, key.host)}/u$(id -u)/${keyName(key)}".*.out; do`,
    '  [ ! -r "$f" ] || exec cat "$f"',
    "done",
    "exit 1\n",
  ].join("\n");
  const { user } = key;
  return { interpreter: ["sh"], code, env: {}, timeoutMs: READ_MS, ...(user !== undefined && { user }) };
}
