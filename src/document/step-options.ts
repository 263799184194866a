import type { StepOptions } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import type { KeyValues } from "./step-key.ts";

const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const DEFAULT_EVERY_MS = 10_000;

/** Everything a step's keys say, with the defaults of those that are not given. */
export function stepOptions(keys: KeyValues, on: Located<string>): StepOptions {
  const { at, dir, unless, creates, capture, confirm, serial, fix, undo } = keys;
  return {
    on,
    ...(at && { at }),
    optional: keys.optional ?? false,
    ...(typeof keys.sudo === "string" && { sudo: keys.sudo }),
    ...(dir && { dir }),
    fresh: keys.fresh ?? false,
    timeoutMs: keys.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    retry: keys.retry ?? 0,
    everyMs: keys.everyMs ?? DEFAULT_EVERY_MS,
    when: keys.when ?? [],
    ...(unless && { unless }),
    ...(creates && { creates }),
    ...(capture && { capture }),
    secret: keys.secret ?? false,
    verify: keys.verify ?? false,
    ...(typeof keys.checkpoint === "string" && { checkpoint: keys.checkpoint }),
    ...(confirm && { confirm }),
    ...(serial && { serial }),
    maxFailures: keys.maxFailures ?? 0,
    ...(typeof keys.reboot === "string" && { reboot: keys.reboot }),
    reconnect: keys.reconnect ?? false,
    interactive: keys.interactive ?? false,
    background: keys.background ?? false,
    ...(fix && { fix }),
    ...(undo && { undo }),
  };
}
