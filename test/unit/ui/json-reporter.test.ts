import { expect, it } from "vitest";
import { jsonReporter } from "../../../src/ui/json-reporter.ts";
import { Script } from "./sample-run.ts";

const HARM = "two\nlines\u2028\x1b]0;title\x07\x9b2J\u202eü\n";

it("prints one JSON object a line", () => {
  let text = "";
  const script = new Script().step("s", ["a"]).prints("s", "a", HARM, "stderr").stepEnds("s");
  const reporter = jsonReporter({ write: (more) => (text += more) }, { now: () => script.now });
  script.tell(reporter);
  // Nothing that a terminal would do.
  expect(text).toMatch(/^[\n\x20-\x7eü]*$/);
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  const [first, ...rest] = script.events;
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    first,
    {
      v: 1,
      at: script.now.toISOString(),
      type: "task-output",
      step: "s",
      host: "a",
      stream: "stderr",
      text: HARM,
    },
    ...rest,
  ]);
});
