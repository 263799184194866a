/*
 * The public API, name by name: read a guide, bind it to hosts, and understand what a run wrote down.
 */
export { readGuide } from "./document/read-guide.ts";
export { readHostsFile } from "./inventory/hosts-file.ts";
export { compile } from "./plan/compile.ts";
export { apply, fold } from "./engine/apply.ts";
export { EMPTY_STATE, type RunState, type TaskState } from "./engine/state.ts";
export type { RunEvent } from "./model/event.ts";
export type { Inventory } from "./model/inventory.ts";
export type { Plan, PlannedStep } from "./model/plan.ts";
export type { Runbook, Step } from "./model/runbook.ts";
export type { Diagnostic } from "./model/source.ts";
