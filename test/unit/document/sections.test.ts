import { describe, expect, test } from "vitest";
import { placesOf, problemsOf, read, readRunbook, readStep, readSteps, step } from "./reading.ts";

describe("sections", () => {
  test("are flat, in order, with GitHub's anchors and their parents", () => {
    const guide = "# The *Guide*\n## A b\n### C & `d`!\n## A b\n#### É_x-1\nA b\n---\n## \n## ???\n";
    const { sections, title } = readRunbook(`<!-- waymark section: on=all -->\n\n${guide}`);
    expect(title).toBe("The Guide");
    expect(sections.map(({ title, slug, depth, parent }) => [title, slug, depth, parent])).toEqual([
      ["The Guide", "the-guide", 1, undefined],
      ["A b", "a-b", 2, 0],
      ["C & d!", "c--d", 3, 1],
      ["A b", "a-b-1", 2, 0],
      ["É_x-1", "é_x-1", 4, 3],
      ["A b", "a-b-2", 2, 0],
      ["", "", 2, 0],
      ["???", "-1", 2, 0],
    ]);
  });

  test("marks and other scripts stay in anchors, emoji do not", () => {
    const { sections } = readRunbook("<!-- waymark section: on=all -->\n\n# e\u0301 नमस्ते 🚀 «x»\n");
    expect(sections[0]?.slug).toBe("e\u0301-नमस्ते--x");
  });

  test("an anchor that other tools read behind a heading is not part of its title", () => {
    const { sections, title } = readRunbook("<!-- waymark section: on=all -->\n\n# Swap off {#swap}\n");
    expect([title, sections[0]?.title]).toEqual(["Swap off", "Swap off"]);
    expect(sections[0]?.slug).toBe("swap-off-swap");
  });

  test("a slug that another heading's number has taken already", () => {
    const { sections } = readRunbook("<!-- waymark section: on=all -->\n\n# a-1\n# a\n# a\n# a\n");
    expect(sections.map(({ slug }) => slug)).toEqual(["a-1", "a", "a-2", "a-3"]);
  });

  test("headings in quotes have anchors but are no sections", () => {
    const guide = `<!-- waymark section: on=all -->\n\n# A\n\n> # A\n\n${step("sudo")}\n# A\n`;
    const { sections, steps } = readRunbook(guide);
    expect(sections.map(({ slug }) => slug)).toEqual(["a", "a-2"]);
    expect(steps).toMatchObject([{ id: "a/1", section: 0 }]);
  });

  test("the guide is called as its front matter says, as on published pages, else by its first heading", () => {
    expect(readRunbook("---\ntitle: A guide\nrunbook:\n---\n\n# B\n").title).toBe("A guide");
    expect(readRunbook("---\nrunbook:\n---\n\n## A\n\n# B\n").title).toBe("B");
  });
});

describe("section comments", () => {
  test("hand down to the steps of their section and its subsections, and no further", () => {
    const on = `\`\`\`sh {}\nx\n\`\`\`\n`;
    const guide = [
      "---\nrunbook: { defaults: { on: all, timeout: 1m } }\n---\n",
      on,
      "# A\n<!-- waymark section: on=a sudo -->\n",
      on,
      "## B\n<!-- waymark section: on=b retry=2 -->\n",
      on,
      "### C\n",
      on,
      "## D\n",
      on,
      "# E\n",
      on,
    ].join("\n");
    const options = readSteps(guide).map(({ options: { on, sudo, retry, timeoutMs } }) => [
      on.value,
      sudo,
      retry,
      timeoutMs,
    ]);
    expect(options).toEqual([
      ["all", undefined, 0, 60_000],
      ["a", "root", 0, 60_000],
      ["b", "root", 2, 60_000],
      ["b", "root", 2, 60_000],
      ["a", "root", 0, 60_000],
      ["all", undefined, 0, 60_000],
    ]);
  });

  test("`when` adds up, the outermost first; everything else is the nearest one's", () => {
    const guide = `<!-- waymark section: on=all when="1" -->\n# A\n<!-- waymark section: when="2" -->\n## B\n<!-- waymark section: when="3" sudo=pi -->\n${step('when="4" sudo=false')}`;
    const { options } = readStep(guide);
    expect(options.when.map(({ value }) => value)).toEqual(["1", "2", "3", "4"]);
    expect(options.sudo).toBeUndefined();
  });

  test("serial belongs to the section alone, with the hosts it is about", () => {
    const guide = `# A\n<!-- waymark section: on=worker serial=2 -->\n${step("sudo")}\n## B\n${step("sudo")}`;
    const { sections, steps } = readRunbook(guide);
    expect(sections).toMatchObject([{ serial: { value: 2 }, on: { value: "worker" } }, { on: { value: "worker" } }]);
    expect(sections[1]?.serial).toBeUndefined();
    expect(steps.map(({ options }) => options.serial)).toEqual([undefined, undefined]);
  });

  test("may stand below prose and other people's code, in a list too", () => {
    const guide = `# A\n\nText.\n\n\`\`\`sh\nx\n\`\`\`\n\n- x\n\n  <!-- waymark section: on=all -->\n\n${step("sudo")}`;
    expect(readStep(guide).options.on.value).toBe("all");
  });

  test.each([
    ["below a step of the section", `# A\n${step("on=all")}\n<!-- waymark section: sudo -->\n`, "6:1 WM1043"],
    ["twice", "# A\n<!-- waymark section: sudo -->\n<!-- waymark section: on=all -->\n", "3:1 WM1043"],
    ["with a step's own key", "# A\n<!-- waymark section: on=all capture=X -->\n", "2:30 WM1025"],
    ["with an id", "# A\n<!-- waymark section: #a on=all -->\n", "2:23 WM1025"],
    ["with serial before the first heading", "<!-- waymark section: on=all serial=1 -->\n", "1:30 WM1025"],
    ["with serial but without hosts", "# A\n<!-- waymark section: serial=1 -->\n", "2:23 WM1028"],
    ["with a typo", "# A\n<!-- waymark section: onn=all -->\n", "2:23 WM1021"],
  ])("%s they are errors", (_name, guide, problem) => {
    expect(placesOf(guide)).toEqual([problem]);
  });

  test("a step's own comment below a heading is told how to be a section's", () => {
    const { diagnostics } = read("# A\n\n<!-- waymark: on=all -->\n\nText.\n");
    expect(diagnostics[0]?.hint).toContain("<!-- waymark section: … -->");
  });
});

describe("ids", () => {
  test("are the heading's anchor and a number where none is given", () => {
    const guide = [step("on=a"), "# Guide", step("on=a"), step("#x on=a"), step("on=a"), "# ?", step("on=a")].join(
      "\n",
    );
    const { steps } = readRunbook(guide);
    expect(steps.map(({ id, explicitId }) => [id, explicitId])).toEqual([
      ["guide/1", false],
      ["guide/2", false],
      ["x", true],
      ["guide/3", false],
      ["section/1", false],
    ]);
  });

  test("are unique: the second is an error that names the first's line", () => {
    const guide = `${step("#a on=all")}\n${step("on=all #a")}`;
    expect(problemsOf(guide)).toEqual(["5:17 WM1029 The id `a` is taken by the step in line 1"]);
    expect(read(guide).runbook?.steps.length).toBe(1);
  });
});

describe("titles", () => {
  test.each([
    ["Switch it off:", "Switch it off"],
    ["One thing. And `another` *one*,", "And another one"],
    ["Add it to `/etc/fstab`. See fstab(5)", "See fstab(5)"],
    ["Version 1.35 is new, e.g. here:", "Version 1.35 is new, e.g. here"],
    ["Over two\nlines:", "Over two lines"],
    ["![only an image]()", "only an image"],
  ])("%j introduces a step called %j", (paragraph, title) => {
    expect(readStep(`# H\n\n${paragraph}\n\n${step("on=all")}`).title).toBe(title);
    expect(readStep(`# H\n\n${paragraph}\n\n<!-- note -->\n\n<!-- waymark: on=all -->\n${step("sudo")}`).title).toBe(
      title,
    );
  });

  test("title= comes first, then the sentence, the heading, the id", () => {
    expect(readStep(`# H\n\nText:\n\n${step("on=all title=\"A 'title'\"")}`).title).toBe("A 'title'");
    expect(readStep(`# H\n\nText.\n\n- list\n\n${step("on=all")}`).title).toBe("H");
    expect(readStep(`Text.\n\n<details>\n\n${step("#a on=all")}`).title).toBe("a");
  });
});

test("a step without hosts is an error that says where to name them", () => {
  const { diagnostics } = read(`<!-- waymark section: sudo -->\n\n${step("#a")}`);
  expect(diagnostics).toMatchObject([{ code: "WM1028", span: { start: { line: 3, column: 1 } } }]);
  expect(diagnostics[0]?.hint).toContain("on=PATTERN");
});
