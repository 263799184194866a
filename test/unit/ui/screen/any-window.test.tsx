import fc from "fast-check";
import { renderToString } from "ink";
import { describe, expect, test } from "vitest";
import { readProse } from "../../../../src/document/read-prose.ts";
import { NO_LOG } from "../../../../src/journal/read-log-piece.ts";
import { App } from "../../../../src/ui/app.tsx";
import { RunPicture } from "../../../../src/ui/screen/run-picture.ts";
import type { ScreenQuestion } from "../../../../src/ui/screen/question.ts";
import type { ScreenState } from "../../../../src/ui/screen/screen-state.ts";
import { lineWidth, span } from "../../../../src/ui/screen/text-line.ts";
import { broken, planOf, Script, step } from "../sample-run.ts";

const GUIDE = Buffer.from(
  [
    "# 世界 – a title that is longer than many windows are wide, with `code` and 👩‍👩‍👧",
    "Words, anditcontainsonethatislongerthanalinehoweverwideitmaybe".repeat(9),
    "- [ ] a list\n  1. in a list\n\n     > with a quote in it\n",
    "| a | table | of | many | columns |\n| --- | ---: | :-: | --- | --- |\n| 1 | 2 | 3 | 4 | five five five five |",
    "```bash {#one}\necho 'a line of code that goes on and on and on' | tr a-z A-Z | sort | uniq -c | sort -rn\n```",
    "```bash {#two}\ntrue\n```",
  ].join("\n\n"),
);

/** So many hosts, of which one has failed, and some are at work; all print what terminals find hard. */
function pictureOf(count: number): RunPicture {
  const hosts = Array.from({ length: count }, (_, index) => `host-${index}${"x".repeat(index % 3 === 2 ? 40 : 0)}`);
  const plan = planOf([step(0, "one", `世界 ${"title ".repeat(12)}`, { hosts }), step(1, "two", "Two", { hosts })]);
  const script = new Script().started().step("one", hosts);
  for (const [index, host] of hosts.entries()) {
    script.begin("one", host);
    script.prints(
      "one",
      host,
      `世界\t${"👩‍👩‍👧 e\u0301 ".repeat(index % 40)}\u001b[31mred\r\n\u0007${"=".repeat(500)}\nlast`,
    );
    if (index % 3 === 0) script.passes("one", host);
  }
  const [, second] = hosts;
  if (second !== undefined) {
    const expectations = [broken("exit == 0", 20, "exit is 1")];
    script.finish("one", second, "failed", { reason: "exit status 1", exit: 1, expectations });
  }
  const picture = new RunPicture({
    plan,
    prose: readProse(GUIDE),
    now: () => script.now,
    readLog: () => Promise.resolve(NO_LOG),
  });
  script.tell(picture);
  return picture;
}

const PICTURES = [1, 3, 12, 60].map(pictureOf);

const QUESTIONS: readonly (ScreenQuestion | undefined)[] = [
  undefined,
  {
    kind: "yes",
    preset: true,
    lines: ["Is it all right? ".repeat(20), "世界"],
    message: "Go on with this? ".repeat(9),
  },
  {
    kind: "choose",
    choices: Array.from({ length: 30 }, (_, index) => `choice ${index}`),
    lines: [],
    message: "Which?",
  },
];

const states: fc.Arbitrary<Partial<ScreenState>> = fc.record(
  {
    mode: fc.constantFrom("main", "output", "matrix", "help", "journal"),
    pane: fc.constantFrom("outline", "guide", "output"),
    cursor: fc.constantFrom(0, 1),
    host: fc.constantFrom("host-0", "host-1"),
    fromEnd: fc.nat(2000),
    matrixTop: fc.nat(60),
    search: fc.constantFrom("", "e", "世"),
  },
  { requiredKeys: [] },
);

describe("in a window of any size", () => {
  test("nothing is wider or higher than it is, whatever stands there", () => {
    const size = fc.record({
      columns: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 400 })),
      rows: fc.oneof(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 14, max: 100 })),
    });
    const style = fc.record({ color: fc.constant(false), unicode: fc.boolean(), columns: fc.constant(80) });
    const which = fc.nat(PICTURES.length - 1);
    const asked = fc.nat(QUESTIONS.length - 1);
    fc.assert(
      fc.property(size, states, style, which, asked, (size, state, style, which, asked) => {
        const picture = PICTURES[which] ?? pictureOf(2);
        picture.question = QUESTIONS[asked];
        const drawn = renderToString(<App source={picture} style={style} first={state} size={size} />, size);
        const lines = drawn.split("\n");
        expect(lines.length).toBeLessThanOrEqual(size.rows);
        for (const line of lines) expect(lineWidth([span(line)])).toBeLessThanOrEqual(size.columns);
      }),
      { numRuns: 40, seed: 20261123 },
    );
  });
});
