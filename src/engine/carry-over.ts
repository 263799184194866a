import { basename } from "node:path/posix";
import { Map as ImmutableMap } from "immutable";
import type { CapsuleRef, CarriedOver, ShellLeft } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { Carries } from "./ports.ts";

/*
 * Steps read as if they were typed in one terminal: what one exports the next of that user has on that host, and it
 * starts where the one before ended. Decided by the journal alone.
 */

/** What the steps so far have left on a host. `seq`: of the event that says so; what ended later counts. */
interface Terminal {
  /** By user, `""` being who logs in. Without `from` they are the login's. */
  readonly exports: ImmutableMap<string, { readonly from?: CapsuleRef; readonly seq: number }>;
  readonly dir?: { readonly path: string; readonly home: boolean; readonly seq: number };
  /** Nothing that ended before counts. */
  readonly since: number;
}

/** By host: where steps run, which is not always whom they are for. */
export type Terminals = ImmutableMap<string, Terminal>;

const NEW_TERMINAL: Terminal = { exports: ImmutableMap(), since: 0 };

/** An attempt that has passed. */
interface Passed {
  readonly place: string;
  readonly user?: string | undefined;
  readonly capsule: CapsuleRef;
  readonly leaves: "shell" | "new-login";
  /** What it took up itself. */
  readonly carries?: CarriedOver | undefined;
  readonly left?: ShellLeft | undefined;
  /** Of the event that it ended with. */
  readonly seq: number;
}

/** What a step takes up on a host; undefined: nothing. */
export function takenUp(
  terminals: Terminals,
  step: PlannedStep,
  place: string,
  user: string | undefined,
): CarriedOver | undefined {
  const terminal = terminals.get(place);
  if (terminal === undefined || step.fresh || !isPosixShell(step)) return undefined;
  const exports = terminal.exports.get(user ?? "")?.from;
  const dir = step.action.kind === "command" && step.action.dir === undefined ? terminal.dir : undefined;
  if (exports === undefined && dir === undefined) return undefined;
  return {
    ...(exports !== undefined && { exports }),
    ...(dir !== undefined && { dir: dir.path, ...(dir.home && { home: true }) }),
  };
}

/** What a step is to leave to those after it: what its shell does, a terminal that is opened anew, or nothing. */
export function leavings(step: PlannedStep): Passed["leaves"] | undefined {
  if (step.verify) return undefined;
  if (step.newLogin === true) return "new-login";
  return isPosixShell(step) ? "shell" : undefined;
}

/** The same, as jobs and looks are told; where they start is theirs to say. */
export function carriesOf(carried: CarriedOver | undefined): { readonly carries?: Carries } {
  const { exports, home } = carried ?? {};
  if (exports === undefined && home === undefined) return {};
  return { carries: { ...(exports !== undefined && { exports }), ...(home !== undefined && { orHome: home }) } };
}

/** After an attempt has passed. One that ended before what is known already changes nothing. */
export function handedOn(terminals: Terminals, passed: Passed): Terminals {
  const { place, user = "", capsule, leaves, carries, left, seq } = passed;
  const terminal = terminals.get(place) ?? NEW_TERMINAL;
  if (seq < terminal.since) return terminals;
  if (leaves === "new-login") return terminals.set(place, { ...NEW_TERMINAL, since: seq });
  if (left === undefined) return terminals;
  const from = { kept: capsule, none: undefined, "as-found": carries?.exports }[left.exports];
  const known = terminal.exports.get(user);
  const exports =
    known !== undefined && seq < known.seq
      ? terminal.exports
      : terminal.exports.set(user, { seq, ...(from !== undefined && { from }) });
  const newer = left.dir !== undefined && (terminal.dir === undefined || seq > terminal.dir.seq);
  const dir = newer ? { path: left.dir, home: left.home === true, seq } : terminal.dir;
  return terminals.set(place, { ...terminal, exports, ...(dir !== undefined && { dir }) });
}

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh"]);

/** POSIX shells take part; fish and other languages have variables of their own. */
function isPosixShell({ action }: PlannedStep): boolean {
  if (action.kind !== "command") return false;
  const [program = "", applet = ""] = action.interpreter;
  return SHELLS.has(basename(program) === "busybox" ? applet : basename(program));
}
