import { basename } from "node:path/posix";
import { List, type Map as ImmutableMap } from "immutable";
import type { CapsuleRef, CarriedOver } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { Carries } from "./ports.ts";
import type { TaskState } from "./state.ts";

/*
 * Steps read as if they were typed in one terminal: what one exports the next of that user has on that host, and it
 * starts where the one before ended. Decided by the journal alone.
 */

/** What a task that has passed has left behind. */
interface Leaving {
  readonly task: string;
  /** `""`: who logs in. */
  readonly user: string;
  /** Whose exports are there now; absent: the login's. */
  readonly exports?: CapsuleRef;
  readonly dir?: string;
  readonly home?: true;
  /** Of the event that its attempt ended with. */
  readonly seq: number;
}

/** What tasks have left on a host, in the order they ended. */
interface Terminal {
  readonly leavings: List<Leaving>;
  /** When it was opened: nothing that ended before counts. */
  readonly since: number;
}

/** By host: where steps run, which is not always whom they are for. */
export type Terminals = ImmutableMap<string, Terminal>;

/** What a step takes up on a host: what was left there last. Undefined: nothing. */
export function takenUp(
  terminals: Terminals,
  step: PlannedStep,
  place: string,
  user: string | undefined,
): CarriedOver | undefined {
  const leavings = terminals.get(place)?.leavings;
  if (leavings === undefined || step.fresh || step.action.kind !== "command" || !isPosixShell(step)) return undefined;
  const exports = leavings.findLast((leaving) => leaving.user === (user ?? ""))?.exports;
  const { dir, home } =
    (step.action.dir === undefined ? leavings.findLast((leaving) => leaving.dir !== undefined) : undefined) ?? {};
  if (exports === undefined && dir === undefined) return undefined;
  return {
    ...(exports !== undefined && { exports }),
    ...(dir !== undefined && { dir }),
    ...(home !== undefined && { home }),
  };
}

/** The same, as jobs and looks are told; where they start is theirs to say. */
export function carriesOf(carried: CarriedOver | undefined): { readonly carries?: Carries } {
  const { exports, home } = carried ?? {};
  if (exports === undefined && home === undefined) return {};
  return { carries: { ...(exports !== undefined && { exports }), ...(home !== undefined && { orHome: home }) } };
}

/** What a step is to leave to those after it: what its shell does, a terminal that is opened anew, or nothing. */
export function leavings(step: PlannedStep): TaskState["leaves"] {
  if (step.verify) return undefined;
  if (step.newLogin === true) return "new-login";
  if (step.interactive === true || step.background === true) return undefined;
  return isPosixShell(step) ? "shell" : undefined;
}

/** After the newest attempt of a task for `host` has passed. */
export function handedOn(terminals: Terminals, host: string, done: TaskState): Terminals {
  const { task, attempt, user = "", where: place = host, leaves, carries, end } = done;
  if (leaves === undefined || end === undefined) return terminals;
  const { left, seq } = end;
  if (leaves === "new-login") {
    // The step's own host is logged in to anew, wherever the step runs.
    const isOlder = seq < (terminals.get(host)?.since ?? 0);
    return isOlder ? terminals : terminals.set(host, { leavings: List(), since: seq });
  }
  const { leavings, since } = terminals.get(place) ?? { leavings: List<Leaving>(), since: 0 };
  if (seq < since) return terminals;
  if (left === undefined) return terminals;
  const exports = { kept: { task, attempt }, none: undefined, "as-found": carries?.exports }[left.exports];
  const leaving: Leaving = {
    task,
    user,
    seq,
    ...(exports !== undefined && { exports }),
    ...(left.dir !== undefined && { dir: left.dir }),
    ...(left.home !== undefined && { home: left.home }),
  };
  if (seq > (leavings.last()?.seq ?? 0)) return terminals.set(place, { since, leavings: leavings.push(leaving) });
  // What is judged again has ended long ago.
  const others = leavings.filterNot((each) => each.task === task);
  const at = others.count((each) => each.seq < seq);
  return terminals.set(place, { since, leavings: others.insert(at, leaving) });
}

/** A task that had passed is to run again, or has been reverted: it has left nothing, so that it begins where it did. */
export function takenBack(terminals: Terminals, host: string, done: TaskState | undefined): Terminals {
  const place = done?.where ?? host;
  const terminal = terminals.get(place);
  if (terminal === undefined || done?.leaves === undefined) return terminals;
  return terminals.set(place, { ...terminal, leavings: terminal.leavings.filterNot(({ task }) => task === done.task) });
}

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh"]);

/** POSIX shells take part; fish and other languages have variables of their own. */
export function isPosixShell({ action }: PlannedStep): boolean {
  if (action.kind !== "command") return false;
  const [program = "", applet = ""] = action.interpreter;
  return SHELLS.has(basename(program) === "busybox" ? applet : basename(program));
}
