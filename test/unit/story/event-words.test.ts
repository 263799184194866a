import { expect, test } from "vitest";
import { decisionWords, editWords } from "../../../src/story/event-words.ts";

const guide = { path: "/g.md", digest: "d" };

test("an edit is told by what became of which steps", () => {
  const edit = { type: "guide-changed", guide, renamed: {}, added: ["a", "b"], removed: [], changed: ["c"] } as const;
  expect(editWords({ ...edit, rejudged: ["d"] })).toBe("a, b added; c changed; d judged otherwise");
  expect(editWords({ ...edit, added: [], changed: [] })).toBe("no step is another");
});

test("a decision is told with its hosts, or without them where they stand beside it", () => {
  const decided = { type: "operator-decided", step: "join" } as const;
  expect(decisionWords({ ...decided, decision: "rerun" }, ["a", "b"])).toBe("is to run again on a, b");
  expect(decisionWords({ ...decided, decision: "rerun" })).toBe("is to run again");
  expect(decisionWords({ ...decided, decision: "set-aside" }, ["a"])).toBe("the run goes on without a");
  expect(decisionWords({ ...decided, decision: "set-aside" })).toBe("is done without from here on");
  expect(decisionWords({ ...decided, decision: "input", name: "TOKEN" })).toBe("TOKEN is «secret»");
});
