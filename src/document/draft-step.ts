import type { Expectation, Step } from "../model/runbook.ts";
import type { KeyList } from "./key-list.ts";
import type { Range } from "./source-text.ts";

/** A step as read so far. One that errors left unfinished is kept too: others may refer to it. */
export interface DraftStep {
  readonly id: string;
  readonly section?: number;
  /** What a message about the whole step points at. */
  readonly at: Range;
  /** What is written on the step itself. */
  readonly own: KeyList;
  /** The step without its expectations; absent where there is nothing that could run. */
  readonly step?: Omit<Step, "expectations">;
  /** Those that judge it, in document order. */
  readonly expectations: Expectation[];
}
