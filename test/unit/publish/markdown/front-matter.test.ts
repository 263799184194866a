import { expect, test } from "vitest";
import { hasTitle, withoutRunbook } from "../../../../src/publish/markdown/front-matter.ts";

test.each([
  [
    "weight: 3\nrunbook:\n  # ours\n  defaults: { on: all }\n# of tags\ntags: [a]\n",
    "weight: 3\n# of tags\ntags: [a]\n",
  ],
  ['weight: 3\n"runbook": { defaults: { on: all } }\n# ours\n', "weight: 3\n"],
  ["{ weight: 3, runbook: { defaults: { on: all } } }\n", "{ weight: 3 }\n"],
  ["runbook:\n  defaults: { on: all }\n", ""],
  ["title: runbook\n", undefined],
])("%j without what is ours", (yaml, rest) => {
  expect(withoutRunbook(yaml)).toBe(rest);
});

test.each([
  ["{ 'title': x }\n", true],
  ["about:\n  title: x\n", false],
])("%j: has a title is %s", (yaml, has) => {
  expect(hasTitle(yaml)).toBe(has);
});
