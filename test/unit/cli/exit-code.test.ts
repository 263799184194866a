import { Map as ImmutableMap } from "immutable";
import { describe, expect, it } from "vitest";
import { exitCode } from "../../../src/cli/exit-code.ts";
import { EMPTY_STATE, type Ending, type RunState } from "../../../src/engine/state.ts";
import type { RunStatus, TaskStatus } from "../../../src/model/outcome.ts";

function ended(ending: Ending, ...statuses: readonly TaskStatus[]): RunState {
  const task = { phase: "finished", task: "", effectDigest: "", attempt: 1, spentMs: 0 } as const;
  const hosts = ImmutableMap(statuses.map((status, index) => [`host-${index}`, { ...task, status }]));
  return { ...EMPTY_STATE, tasks: ImmutableMap([["s", hosts]]), ending };
}

const finished = (status: RunStatus): Ending => ({ type: "finished", status });
const paused: Ending = { type: "paused", reason: "unknown", detail: "a" };

describe("the exit code of a run", () => {
  it.each([
    [0, "passed", ended(finished("passed"), "ok", "skipped")],
    [1, "a step failed", ended(finished("failed"), "ok", "failed")],
    [1, "a step failed and another host was out of reach", ended(finished("failed"), "failed", "unreachable")],
    [1, "a step failed and an outcome is unknown", ended(paused, "failed")],
    [3, "an outcome is unknown", ended(paused, "ok")],
    [3, "an outcome is unknown and another host was out of reach", ended(paused, "unreachable")],
    [4, "hosts were out of reach and nothing else", ended(finished("failed"), "ok", "unreachable")],
    [1, "a step was left without hosts", ended(finished("failed"))],
  ])("is %i: %s", (code, _what, state) => {
    expect(exitCode(state, undefined)).toBe(code);
  });

  it("is that of the signal for a run that was interrupted, unless it passed", () => {
    const interrupted = { ...ended(paused, "ok"), interrupted: "interrupt" } as const;
    expect(exitCode(interrupted, "SIGINT")).toBe(130);
    expect(exitCode(interrupted, "SIGTERM")).toBe(143);
    expect(exitCode({ ...interrupted, ending: finished("passed") }, "SIGINT")).toBe(0);
  });
});
