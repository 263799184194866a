import { describe, expect, it } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import type { Selection } from "../../../src/plan/selection.ts";
import { compile } from "../../../src/plan/compile.ts";

const HOSTS = `hosts:
  m: { groups: [master] }
  "w[1-5]": { groups: [worker] }
`;

function planned(guide: string, selection: Selection = {}, hosts = HOSTS) {
  const { runbook, diagnostics: read } = readGuide("guide.md", new TextEncoder().encode(guide));
  const { inventory } = readHostsFile("hosts.yaml", hosts, { cwd: "/guides", home: "/home/me" });
  if (runbook === undefined || inventory === undefined) throw new Error(JSON.stringify(read));
  const { plan, diagnostics } = compile({ runbook, digest: "0", inventory, inputs: {}, selection });
  const shown = [...read, ...diagnostics].map(
    ({ code, span, message, hint }) =>
      `${code} ${span?.start.line ?? 0}:${span?.start.column ?? 0} ${message} (${hint})`,
  );
  const order = plan.order.map(({ step, hosts }) => `${plan.steps[step]?.id ?? ""}: ${hosts.join(" ")}`.trim());
  return { plan, order, problems: shown };
}

const step = (id: string, keys = ""): string => `\`\`\`bash {#${id} ${keys}}\ntrue\n\`\`\`\n`;
const guide = (...parts: readonly string[]): string => ["---\nrunbook: {}\n---\n", ...parts].join("\n");

describe("steps visit their hosts", () => {
  it("in document order, all at once where nothing is said", () => {
    const { order, problems } = planned(guide("# A", step("one", "on=all"), "# B", step("two", "on=worker")));
    expect(problems).toEqual([]);
    expect(order).toEqual(["one: m w1 w2 w3 w4 w5", "two: w1 w2 w3 w4 w5"]);
  });

  it("so many at a time with serial", () => {
    const { order } = planned(guide("# A", step("one", "on=worker serial=2"), step("two", "on=master serial=9")));
    expect(order).toEqual(["one: w1 w2", "one: w3 w4", "one: w5", "two: m"]);
  });

  it("a batch goes through its whole section, subsections and all, before the next", () => {
    const { order, problems } = planned(
      guide(
        "# Before",
        step("before", "on=all"),
        "# Roll",
        "<!-- waymark section: on=worker serial=2 -->",
        step("drain", "at=m"),
        "## Upgrade",
        step("upgrade"),
        step("odd", "on=w1,w3"),
        "## Back",
        step("back", "serial=1"),
        "# After",
        step("after", "on=master"),
      ),
    );
    expect(problems).toEqual([]);
    expect(order).toEqual([
      "before: m w1 w2 w3 w4 w5",
      "drain: w1 w2",
      "upgrade: w1 w2",
      "odd: w1",
      "back: w1",
      "back: w2",
      "drain: w3 w4",
      "upgrade: w3 w4",
      "odd: w3",
      "back: w3",
      "back: w4",
      "drain: w5",
      "upgrade: w5",
      "back: w5",
      "after: m",
    ]);
  });

  it("batches within batches", () => {
    const { order } = planned(
      guide(
        "# Racks",
        "<!-- waymark section: on=worker serial=3 -->",
        step("rack"),
        "## One by one",
        "<!-- waymark section: serial=1 -->",
        step("host"),
        step("again"),
      ),
    );
    expect(order).toEqual([
      "rack: w1 w2 w3",
      "host: w1",
      "again: w1",
      "host: w2",
      "again: w2",
      "host: w3",
      "again: w3",
      "rack: w4 w5",
      "host: w4",
      "again: w4",
      "host: w5",
      "again: w5",
    ]);
  });

  it("a skipped step of a rolling section is skipped once", () => {
    const roll = "<!-- waymark section: on=worker serial=2 -->";
    const { order } = planned(guide("# Roll", roll, step("one"), step("none", "on=arch optional")));
    expect(order).toEqual(["one: w1 w2", "none:", "one: w3 w4", "one: w5"]);
  });

  it("a rolling section without hosts", () => {
    const roll = "<!-- waymark section: on=arch serial=2 optional -->";
    const { order, problems } = planned(guide("# Roll", roll, step("one"), "# After", step("after", "on=master")));
    expect(problems).toEqual([]);
    expect(order).toEqual(["one:", "after: m"]);
  });

  it("a step of a rolling section may not run on hosts that do not go through it", () => {
    const roll = "<!-- waymark section: on=worker serial=1 -->";
    const { problems } = planned(guide("# Roll", roll, step("drain", "on=master")));
    expect(problems).toEqual([
      "WM3108 7:1 Step `drain` runs on `m`, which does not go through the section `Roll` (To run it there once for each host of the section, write at=m; else move it out of the section.)",
    ]);
  });

  it("fixes and undos are in no order", () => {
    const { plan, order } = planned(
      guide("# A", step("a", "on=worker"), step("mend", "on=worker fix=a"), "# Undo", step("back", "on=worker undo=a")),
    );
    expect(order).toEqual(["a: w1 w2 w3 w4 w5"]);
    expect(plan.steps.map(({ id, role, of }) => [id, role, of])).toEqual([
      ["a", "run", undefined],
      ["mend", "fix", "a"],
      ["back", "undo", "a"],
    ]);
  });
});

describe("at", () => {
  it("names the one host where the step runs", () => {
    const { plan } = planned(guide("# A", step("a", "on=worker at=master"), step("b", "on=worker at=local")));
    expect(plan.steps.map(({ at, hosts }) => [at, hosts.length])).toEqual([
      ["m", 5],
      ["local", 5],
    ]);
    expect(plan.hosts.map(({ name }) => name)).toContain("local");
  });

  it("must not match several hosts, nor none", () => {
    const { problems } = planned(guide("# A", step("a", "on=master at=worker"), step("b", "on=master at=mastr")));
    expect(problems).toEqual([
      "WM3111 6:26 `at` of step `a` must be one host; `worker` matches 5 (Name one, such as `w1` or `worker[0]`.)",
      "WM2021 10:26 No host or group is called `mastr` (Did you mean `master`?)",
    ]);
  });
});

describe("a selection", () => {
  const four = guide("# A", step("a", "on=all"), step("b", "on=worker"), step("c", "on=all"), step("d", "on=master"));
  const skips = (selection: Selection) =>
    planned(four, selection).plan.steps.map(({ id, hosts, skip }) => `${id}: ${skip ?? hosts.join(" ")}`);

  it("takes a part of the steps, and remembers whom it left out", () => {
    expect(skips({ from: "#b", until: "c" })).toEqual([
      "a: not selected",
      "b: w1 w2 w3 w4 w5",
      "c: m w1 w2 w3 w4 w5",
      "d: not selected",
    ]);
    expect(skips({ only: ["d", "a"] })).toEqual(["a: m w1 w2 w3 w4 w5", "b: not selected", "c: not selected", "d: m"]);
    expect(planned(four, { only: ["a"] }).plan.steps.map(({ unselected }) => unselected?.length)).toEqual([
      undefined,
      5,
      6,
      1,
    ]);
  });

  it("takes a part of the hosts; a step that has none left is skipped", () => {
    expect(skips({ limit: "w1,w2" })).toEqual(["a: w1 w2", "b: w1 w2", "c: w1 w2", "d: not selected"]);
    expect(planned(four, { limit: "worker" }).plan.steps[0]?.unselected).toEqual(["m"]);
  });

  it("does not limit this machine", () => {
    const { plan } = planned(guide("# A", step("a", "on=local"), step("b", "on=all")), { limit: "w1" });
    expect(plan.steps.map(({ hosts }) => hosts)).toEqual([["local"], ["w1"]]);
  });
});
