import { EXIT, type ExitCode } from "../model/errors.ts";
import type { RunState } from "../engine/state.ts";

/** A run that is undone is given up. */
const DONE: ReadonlySet<string> = new Set(["passed", "partial", "abandoned"]);

/** What a run exits with: where several things hold, 1 comes before 3 and 3 before 4 (docs/cli.md). */
export function exitCode(state: RunState, signal: "SIGINT" | "SIGTERM" | undefined): ExitCode {
  const { ending } = state;
  if (ending?.type === "finished" && DONE.has(ending.status)) return EXIT.ok;
  if (state.interrupted !== undefined) return signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted;
  const statuses = new Set(
    [...state.tasks.values()].flatMap((hosts) => [...hosts.values()].map(({ status }) => status)),
  );
  if (statuses.has("failed")) return EXIT.failed;
  if (ending?.type === "paused") return EXIT.paused;
  return statuses.has("unreachable") ? EXIT.unreachable : EXIT.failed;
}
