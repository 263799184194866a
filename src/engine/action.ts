import type { EventBody, TaskFinished, TaskRef } from "../model/event.ts";

/** What the driver is asked to do. Every action is answered by at least one event about the same task, step or run. */
export type Action =
  | {
      /** Nothing to do but to write it down. */
      readonly type: "record";
      readonly events: readonly EventBody[];
    }
  | (TaskRef & {
      /**
       * Evaluate `when`, connect, look at `unless` and `creates`, mint the task's id.
       * Answers `task-started`, or `task-finished` where there is nothing to do or nothing can be done.
       */
      readonly type: "start-task";
    })
  | (TaskRef & {
      /** Start the capsule or attach to it, follow it to its end. Answers `attempt-finished` or `task-unknown`. */
      readonly type: "run-attempt";
      readonly task: string;
      readonly attempt: number;
      /** The step's text is no longer what the task was started with: only ask what became of it. */
      readonly attachOnly: boolean;
      /** Its host was set aside: nobody waits for it. */
      readonly briefly?: true;
    })
  | (TaskRef & {
      /** Judge what the attempt printed. Answers `attempt-judged`. */
      readonly type: "judge-attempt";
      readonly task: string;
      readonly attempt: number;
      readonly exit: number;
      readonly spentMs: number;
    })
  | (TaskRef & {
      /**
       * The task has passed: reboot its host if that is not the block's own, and wait until it is back. Answers
       * `host-rebooted`, `attempt-judged` or `task-finished` if it does not reboot, `task-unknown` if it stays away.
       */
      readonly type: "reboot";
      readonly task: string;
      readonly attempt: number;
    })
  | {
      /** Judge the `results` of `tasks` together. Answers `batch-judged` for `hosts`. */
      readonly type: "judge-batch";
      readonly step: string;
      readonly attempt: number;
      /** Those that wait for the verdict. */
      readonly hosts: readonly string[];
      /** Those whose own expectations passed, with what is needed to read their output again. */
      readonly tasks: readonly {
        readonly host: string;
        readonly task: string;
        readonly attempt: number;
        readonly exit: number;
      }[];
    }
  | {
      /** Keep what the task captured, if it did, then finish it. Answers `task-finished`. */
      readonly type: "finish-task";
      readonly event: TaskFinished;
      readonly task: string;
      readonly attempt: number;
      readonly capture?: string;
    }
  | {
      /** Answers `timer-fired`. */
      readonly type: "wait-until";
      readonly key: string;
      /** ISO time. */
      readonly at: string;
    }
  | (Question & {
      /** Put a question to the operator. Answers `operator-decided`, or `run-paused` where nobody can say. */
      readonly type: "ask";
    })
  | {
      /** Look at a `verify` step that has passed once more. Answers `check-finished` for each of `hosts`. */
      readonly type: "check-step";
      readonly step: string;
      readonly hosts: readonly string[];
    }
  | {
      /** Cancel every attempt that is running. Answered by those attempts' own ends. */
      readonly type: "cancel-attempts";
    };

/** What only a person can say. `hosts`: for which it is asked. */
export type Question =
  | { readonly about: "checkpoint"; readonly step: string }
  | { readonly about: "confirm"; readonly step: string; readonly hosts: readonly string[] }
  | { readonly about: "manual"; readonly step: string; readonly hosts: readonly string[]; readonly item?: string }
  | { readonly about: "fix"; readonly step: string; readonly fix: string; readonly hosts: readonly string[] }
  | { readonly about: "input"; readonly step: string; readonly name: string };
