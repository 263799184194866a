import fc from "fast-check";
import { expect, test } from "vitest";
import type { PlannedStep } from "../../../src/model/plan.ts";
import { compareRevisions } from "../../../src/plan/changes.ts";
import { inventoryOf } from "../host-of.ts";
import { planned } from "./guide.ts";

const sections = [{ title: "Install" }, { title: "Configure" }, { title: "Check" }];

/** `id: code @section`; ids with a slash are not explicit. */
function steps(...written: string[]): readonly PlannedStep[] {
  return planned({
    inventory: inventoryOf({ a: [] }),
    sections,
    steps: written.map((line) => {
      const [, id = "", code = "", section = "0"] = /^(.*): (.*?)(?: @(\d))?$/.exec(line) ?? [];
      return { id, code, section: Number(section), explicitId: !id.includes("/") };
    }),
  });
}

const none = { added: [], removed: [], changed: [], rejudged: [], moved: [], ambiguous: [] };

test("an #id names the same step wherever it stands and whatever it does", () => {
  const before = steps("a: one", "b: two");
  const after = steps("b: two", "a: three @2");
  expect(compareRevisions(before, after)).toEqual({
    ...none,
    renamed: { a: "a", b: "b" },
    changed: ["a"],
    moved: ["a"],
  });
});

test("without an #id the effect tells which step it is, under any heading", () => {
  const before = steps("install/1: one", "install/2: two");
  const after = steps("configure/1: two @1", "configure/2: new @1", "install/1: one");
  expect(compareRevisions(before, after)).toEqual({
    ...none,
    renamed: { "install/1": "install/1", "install/2": "configure/1" },
    added: ["configure/2"],
    moved: ["configure/1"],
  });
});

test("a step that gets an #id, or another one, is found by its effect", () => {
  expect(compareRevisions(steps("install/1: one", "b: two"), steps("a: one", "c: two"))).toEqual({
    ...none,
    renamed: { "install/1": "a", b: "c" },
  });
});

test("equal effects are matched in order when there are as many", () => {
  const before = steps("install/1: same", "install/2: other", "install/3: same");
  const after = steps("install/1: same", "install/2: same", "install/3: other");
  expect(compareRevisions(before, after).renamed).toEqual({
    "install/1": "install/1",
    "install/2": "install/3",
    "install/3": "install/2",
  });
});

test("one of several equal steps more or less: somebody has to say which", () => {
  const before = steps("install/1: same", "install/2: same");
  const after = steps("install/1: same", "install/2: same", "install/3: same");
  expect(compareRevisions(before, after)).toEqual({
    ...none,
    renamed: {},
    added: ["install/1", "install/2", "install/3"],
    ambiguous: ["install/1", "install/2"],
  });
});

test("a lone edited step between steps that live on is the same step", () => {
  const before = steps("install/1: one", "install/2: two", "install/3: three", "configure/1: x @1");
  const after = steps("install/1: one", "install/2: TWO", "install/3: three", "configure/1: X @1");
  expect(compareRevisions(before, after)).toEqual({
    ...none,
    renamed: {
      "install/1": "install/1",
      "install/2": "install/2",
      "install/3": "install/3",
      "configure/1": "configure/1",
    },
    changed: ["install/2", "configure/1"],
  });
});

test("two edited steps in a row, or one that was split, cannot be told apart", () => {
  const before = steps("install/1: one", "install/2: two", "install/3: three");
  expect(compareRevisions(before, steps("install/1: ONE", "install/2: TWO", "install/3: three"))).toEqual({
    ...none,
    renamed: { "install/3": "install/3" },
    added: ["install/1", "install/2"],
    ambiguous: ["install/1", "install/2"],
  });
  expect(
    compareRevisions(before, steps("install/1: one", "install/2: t", "install/3: wo", "install/4: three")),
  ).toEqual({
    ...none,
    renamed: { "install/1": "install/1", "install/3": "install/4" },
    added: ["install/2", "install/3"],
    ambiguous: ["install/2"],
  });
});

test("an edited step under another heading may be anything", () => {
  const { ambiguous } = compareRevisions(steps("install/1: one"), steps("configure/1: ONE @1"));
  expect(ambiguous).toEqual(["install/1"]);
});

test("what has not been started need not be found again", () => {
  const before = steps("install/1: one", "install/2: two");
  const after = steps("install/1: ONE", "install/2: TWO");
  expect(compareRevisions(before, after, (id) => id === "install/1")).toMatchObject({
    removed: ["install/2"],
    ambiguous: ["install/1"],
  });
});

test("another #id with another effect is another step", () => {
  expect(compareRevisions(steps("a: one", "b: two"), steps("a: one", "c: three"))).toEqual({
    ...none,
    renamed: { a: "a" },
    added: ["c"],
    removed: ["b"],
  });
  // Not so when the old name was only the heading's number.
  expect(compareRevisions(steps("a: one", "install/1: two"), steps("a: one", "c: three"))).toMatchObject({
    renamed: { "install/1": "c" },
    changed: ["c"],
  });
});

test("steps that are only added or removed leave nothing to ask", () => {
  expect(compareRevisions(steps("install/1: one"), steps())).toEqual({ ...none, renamed: {}, removed: ["install/1"] });
  expect(compareRevisions(steps(), steps("install/1: one"))).toEqual({ ...none, renamed: {}, added: ["install/1"] });
});

/** The same with other expectations, or another variable. */
function judgedBy(step: PlannedStep | undefined, more: Partial<PlannedStep>): readonly PlannedStep[] {
  return step === undefined ? [] : [{ ...step, ...more }];
}

test("a step that does what it did and is judged otherwise is judged again", () => {
  const [one, two] = steps("a: one", "b: two");
  const before = [...judgedBy(one, {}), ...judgedBy(two, { capture: "X" })];
  const other = { expectDigest: "another" };
  expect(compareRevisions(before, [...judgedBy(one, other), ...judgedBy(two, { capture: "X" })])).toEqual({
    ...none,
    renamed: { a: "a", b: "b" },
    rejudged: ["a"],
  });
  // What it printed is at hand, so the variable can be had.
  expect(compareRevisions(before, [...judgedBy(one, {}), ...judgedBy(two, { capture: "Y" })]).rejudged).toEqual(["b"]);
  expect(compareRevisions(before, [...judgedBy(one, {}), ...judgedBy(two, {})]).rejudged).toEqual([]);
  // What does something else now did not print what is to be judged.
  const edited = judgedBy(one, { ...other, effectDigest: "another" });
  expect(compareRevisions(before, edited)).toMatchObject({ changed: ["a"], rejudged: [] });
});

test("only steps that were taken out of their order have moved", () => {
  const before = steps("a: one", "b: two", "c: three", "d: four");
  expect(compareRevisions(before, steps("b: two", "c: three", "a: one", "d: four")).moved).toEqual(["a"]);
  expect(compareRevisions(before, steps("new: new", "a: one", "c: three", "d: four")).moved).toEqual([]);
});

test("a heading that is called otherwise moves no step, one that takes steps over does", () => {
  const before = steps("a: one", "b: two");
  expect(compareRevisions(before, steps("a: one @1", "b: two @1")).moved).toEqual([]);
  expect(compareRevisions(before, steps("a: one", "b: two @1")).moved).toEqual(["b"]);
});

test("what somebody says of ambiguous steps counts, and may settle the others", () => {
  const before = steps("install/1: one", "install/2: two", "install/3: three");
  const after = steps("install/1: ONE", "install/2: TWO", "install/3: three");
  const said = (id: string, now: string | undefined) =>
    compareRevisions(before, after, () => true, new Map([[id, now]]));
  // The other one is now alone between steps that live on.
  expect(said("install/1", "install/1")).toMatchObject({ changed: ["install/1", "install/2"], ambiguous: [] });
  // Crosswise, since a person says so.
  expect(said("install/1", "install/2")).toMatchObject({
    renamed: { "install/1": "install/2", "install/3": "install/3" },
    added: ["install/1"],
    ambiguous: ["install/2"],
  });
  expect(said("install/1", undefined)).toMatchObject({ removed: ["install/1"], ambiguous: ["install/2"] });
});

test("a step that is gone is not found again where it stood", () => {
  const [before, after] = [steps("install/1: one"), steps("install/1: ONE")];
  expect(compareRevisions(before, after, () => true, new Map([["install/1", undefined]]))).toEqual({
    ...none,
    renamed: {},
    added: ["install/1"],
    removed: ["install/1"],
  });
});

test("every step of both revisions is accounted for exactly once", () => {
  const lines = fc
    .array(fc.tuple(fc.constantFrom("x", "y", "z"), fc.nat(2), fc.boolean()), { maxLength: 6 })
    .map((written) =>
      written.map(
        ([code, section, explicit], index) => `${explicit ? `id${index}` : `h/${index}`}: ${code} @${section}`,
      ),
    );
  fc.assert(
    fc.property(lines, lines, (old, now) => {
      const [before, after] = [steps(...old), steps(...now)];
      const { renamed, added, removed, changed, moved, ambiguous } = compareRevisions(before, after);
      const sorted = (ids: readonly string[]): readonly string[] => ids.toSorted();
      expect(sorted([...Object.keys(renamed), ...removed, ...ambiguous])).toEqual(sorted(before.map(({ id }) => id)));
      expect(sorted([...Object.values(renamed), ...added])).toEqual(sorted(after.map(({ id }) => id)));
      expect(Object.values(renamed)).toEqual(expect.arrayContaining([...changed, ...moved]));
      // Those that have not moved stand in the order they had.
      const still = before.flatMap(({ id }) => renamed[id] ?? []).filter((id) => !moved.includes(id));
      expect(still).toEqual(after.map(({ id }) => id).filter((id) => still.includes(id)));
      // The same guide again: every step is itself.
      const same = compareRevisions(before, before);
      expect(same).toEqual({ ...none, renamed: Object.fromEntries(before.map(({ id }) => [id, id])) });
    }),
    { numRuns: 60 },
  );
});
