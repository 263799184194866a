import { List, Map as ImmutableMap } from "immutable";
import type { TaskRef } from "../model/event.ts";
import type { Check } from "./checks-due.ts";

/*
 * Which part of the run is being worked on right now. Unlike the state it is not history: `run-resumed` throws it
 * away and derives it anew, so that an action lost in a crash is issued again, and one in flight never twice.
 */

/**
 * `working`: an action for it is in flight. `waiting`: a retry's timer is. `rebooting`: its host reboots; it is at work,
 * and yet nobody has to wait for it who wants to stop. `parked`: waits until the others have come as
 * far, to be judged with them, or until a person has said so. `ready`: it has rested, and goes on once there is room.
 * `held`: another run has its host.
 */
export type Activity = "working" | "waiting" | "ready" | "rebooting" | "parked" | "settled" | "unknown" | "held";

export interface Schedule {
  /** Of the visit at work, in `Plan.order`; of the one to come back to while `fix` is at work. */
  readonly position: number;
  /** Of a step that fixes, in `Plan.steps`. */
  readonly fix?: number;
  /** Its hosts; empty until `step-started`. */
  readonly hosts: readonly string[];
  /** The next of `hosts` that has not been looked at. */
  readonly cursor: number;
  readonly activity: ImmutableMap<string, Activity>;
  /** Those that are `ready`, in the order in which they go on. */
  readonly ready: List<string>;
  readonly counts: Readonly<Record<Activity, number>>;
  /** Settled hosts that failed or could not be reached. */
  readonly failed: readonly string[];
  /** Before the run goes on: what is looked at once more, the first of them now, on those hosts that have not answered. */
  readonly checks?: readonly Check[];
  /** Before that: what goes on in the background and is wanted again. */
  readonly reviving?: true;
  /** Before all: tasks on hosts that were set aside and may run; `cursor` is the next to be asked for, `open` have not answered. */
  readonly lettingGo?: { readonly tasks: readonly TaskRef[]; readonly cursor: number; readonly open: number };
  /** An action for the step or the run as a whole is in flight. */
  readonly control: boolean;
}

const NO_ACTIVITY = { working: 0, waiting: 0, ready: 0, rebooting: 0, parked: 0, settled: 0, unknown: 0, held: 0 };

/** The visit is about to start: its `step-started` (or what stands for it) is being written. */
export function entering(position: number, fix?: number): Schedule {
  return {
    position,
    ...(fix !== undefined && { fix }),
    hosts: [],
    cursor: 0,
    activity: ImmutableMap(),
    ready: List(),
    counts: NO_ACTIVITY,
    failed: [],
    control: true,
  };
}

export function started(schedule: Schedule, hosts: readonly string[]): Schedule {
  const { position, fix, reviving } = schedule;
  return { ...entering(position, fix), ...(reviving !== undefined && { reviving }), hosts, control: false };
}

export function setActivity(schedule: Schedule, host: string, activity: Activity): Schedule {
  const before = schedule.activity.get(host);
  if (before === activity) return schedule;
  const counts = { ...schedule.counts };
  if (before !== undefined) counts[before]--;
  counts[activity]++;
  return { ...schedule, counts, activity: schedule.activity.set(host, activity) };
}

/** Every host of the step has come to rest. */
export function isOver({ hosts, counts, cursor, control }: Schedule): boolean {
  return !control && cursor >= hosts.length && counts.settled + counts.unknown + counts.held === hosts.length;
}
