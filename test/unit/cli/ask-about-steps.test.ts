import { expect, test } from "vitest";
import { EMPTY_STATE, type RunState } from "../../../src/engine/state.ts";
import { fold } from "../../../src/engine/apply.ts";
import type { EventBody } from "../../../src/model/event.ts";
import type { PlannedStep } from "../../../src/model/plan.ts";
import { type Revisions, type StepPrompter, settleSteps } from "../../../src/cli/ask-about-steps.ts";
import { Unanswered } from "../../../src/cli/prompter.ts";
import { planFor } from "../engine/fake-run.ts";

/** `id: code`, without ids of their own. */
function steps(...written: string[]): readonly PlannedStep[] {
  const parts = written.map((line) => line.split(": "));
  return planFor(
    parts.map(([id = "", code = ""]) => ({ id, title: `Do ${code}`, explicitId: false, effectDigest: code })),
  ).steps;
}

/** A run in which these steps are done on two hosts. */
function doneWith(...ids: string[]): RunState {
  const bodies = ids.flatMap((step) =>
    ["a", "b"].map((host): EventBody => {
      return { type: "task-finished", step, host, status: "ok", durationMs: 1, attempts: 1, expectations: [] };
    }),
  );
  return fold(
    bodies.map((body, index) => ({ v: 1, seq: index + 1, at: "", ...body })),
    EMPTY_STATE,
  );
}

const EDITED: Revisions = {
  guide: "guide.md",
  before: steps("x/1: one", "x/2: two", "x/3: three"),
  after: steps("x/1: uno", "x/2: due", "x/3: three"),
  state: doneWith("x/1", "x/2", "x/3"),
};

/** Somebody who gives these answers: the n-th of what is offered. */
function answering(...answers: readonly number[]): StepPrompter & { readonly seen: string[] } {
  const seen: string[] = [];
  const left = [...answers];
  return {
    seen,
    say: (...lines) => void seen.push(...lines.filter((line) => line !== "")),
    choose: async (message, choices) => {
      seen.push(message, ...choices);
      return choices.at(left.shift() ?? 0) ?? "";
    },
  };
}

test("the operator says which step an edited one is; what follows from that is not asked", async () => {
  const prompter = answering(0);
  const { renamed, changed, added } = await settleSteps(EDITED, prompter);
  expect(renamed).toEqual({ "x/1": "x/1", "x/2": "x/2", "x/3": "x/3" });
  expect([changed, added]).toEqual([["x/1", "x/2"], []]);
  expect(prompter.seen).toEqual([
    "The guide was edited, and it is not clear what became of some steps.",
    "#x/1 Do one, as it was: done on 2 hosts",
    "Which step is it now?",
    "#x/1 Do uno (guide.md:1)",
    "#x/2 Do due (guide.md:1)",
    "none of these: it is gone",
  ]);
});

test("a step may be gone", async () => {
  const { renamed, removed, added } = await settleSteps(EDITED, answering(-1, -1));
  expect(renamed).toEqual({ "x/3": "x/3" });
  expect([removed, added]).toEqual([
    ["x/1", "x/2"],
    ["x/1", "x/2"],
  ]);
});

test("nothing is asked where all is clear", async () => {
  const { before, state } = EDITED;
  const prompter = answering();
  await settleSteps({ guide: "guide.md", before, after: steps("x/1: one", "x/2: new", "x/3: three"), state }, prompter);
  expect(prompter.seen).toEqual([]);
});

test("where nobody can be asked, both lists are in the error", async () => {
  await expect(settleSteps(EDITED)).rejects.toMatchObject({
    code: "WM8008",
    exit: 3,
    message: [
      "the guide was edited, and it is not clear what became of these steps:",
      "  #x/1 Do one (line 1 then, done on 2 hosts)",
      "  #x/2 Do two (line 1 then, done on 2 hosts)",
      "Each may be one of these, or gone:",
      "  #x/1 Do uno (guide.md:1)",
      "  #x/2 Do due (guide.md:1)",
    ].join("\n"),
  });
});

test("Ctrl-C at the question ends with nothing run", async () => {
  const prompter: StepPrompter = {
    say: () => undefined,
    choose: () => Promise.reject(new Unanswered("interrupted")),
  };
  await expect(settleSteps(EDITED, prompter)).rejects.toMatchObject({ code: "WM8008", exit: 130 });
});
