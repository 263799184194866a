import { describe, expect, test } from "vitest";
import { marked, placesOf, problemsOf, read, readStep, step, textAt } from "./reading.ts";

describe("which blocks are steps", () => {
  test.each([
    ["```bash {on=all}", true],
    ["```bash {#id}", true],
    ["```bash {}", true],
    ["```bash { }", true],
    ["```bash {sudo=false}", true],
    ["```bash {title='A title'}", true],
    ["~~~bash {#id}", true],
    ["````bash {#id}", true],
    ["```   bash   {#id}   ", true],
    ["```bash{#id}", true],
    ["```bash {1,3-5} {#id}", true],
    ["```bash", false],
    ["```bash {1,3-5}", false],
    ["```bash{1,3-5}", false],
    ["```bash {linenos=table,hl_lines=[1,2]}", false],
    ['```bash {hl_lines=["1"] anchorlinenos=true}', false],
    ["```bash {.python .numberLines}", false],
    ["```bash title=x showLineNumbers", false],
    ["```bash {{< tab >}}", false],
    ["```bash #id sudo", false],
    ["```bash {unclosed", false],
  ])("%s", (fence, isStep) => {
    const close = /^[`~]+/.exec(fence)?.[0] ?? "";
    const { runbook, diagnostics } = read(`<!-- waymark section: on=all -->\n\n${fence}\ntrue\n${close}\n`);
    expect(diagnostics).toEqual([]);
    expect(runbook?.steps.length).toBe(isStep ? 1 : 0);
  });

  test.each([
    ["{vefify}", "2:10 WM1021 There is no key `vefify`"],
    ["{tiemout=5m}", "2:10 WM1021 There is no key `tiemout`"],
    ["{onn=all}", "2:10 WM1021 There is no key `onn`"],
    ["{on=all linenos=table}", "2:17 WM1021 There is no key `linenos`"],
    ["{on=all .bash}", "2:17 WM1021 `.bash` is not a key of Waymark"],
    ["{on = all}", "2:13 WM1021 `=` is not a key of Waymark"],
  ])("a typo does not turn a step into prose: %s", (braces, problem) => {
    const guide = `<!-- waymark section: on=all -->\n\`\`\`bash ${braces}\ntrue\n\`\`\`\n`;
    expect(problemsOf(guide)).toContain(problem);
  });

  test("an unknown key is told the nearest one, or what takes its place here", () => {
    const hints = read(step('on=all chekpoint user=pi expect="x" xyzzy=1')).diagnostics.map(({ hint }) => hint);
    expect(hints).toEqual([
      "Did you mean `checkpoint`?",
      "Write sudo=USER.",
      "Write the expression in an `expect` block below the step, or in a comment: <!-- expect: … -->.",
      "Remove it; other tools' settings go into braces of their own.",
    ]);
  });

  test("a file in which nothing speaks to Waymark is no runbook", () => {
    expect(read("# A guide\n\n```bash {#id}\ntrue\n```\n\n```output\nx\n```\n")).toEqual({ diagnostics: [] });
    expect(read("")).toEqual({ diagnostics: [] });
  });

  test("keys behind the fence but outside braces are pointed out", () => {
    expect(problemsOf("<!-- waymark section: sudo -->\n```bash #id on=all\ntrue\n```\n")).toEqual([
      "2:13 WM1037 `on=` stands outside braces: the block is no step",
    ]);
  });

  test("a backtick behind a backtick fence is pointed out: Markdown sees no fence there", () => {
    const guide = 'Run it:\n```bash {on=all unless="test `id -u` = 0"}\ntrue\n```\n';
    expect(placesOf(guide)).toEqual(["2:1 WM1036", "4:1 WM1033"]);
    expect(read(`<!-- waymark section: on=all -->\n\nText with \`\`\` and {sudo}.\n`).diagnostics).toEqual([]);
  });
});

describe("reading attributes", () => {
  test("values are read from the source, not as Markdown unescapes them", () => {
    const { options } = readStep(step(String.raw`on=a\.b,c&amp;d unless="grep '\.x' &lt;f" creates='a"b'`));
    expect(options.on.value).toBe(String.raw`a\.b,c&amp;d`);
    expect(options.unless?.value).toBe(String.raw`grep '\.x' &lt;f`);
    expect(options.creates?.value).toBe('a"b');
  });

  test("within quotes, a backslash before the quote stands for it", () => {
    const { options } = readStep(step(String.raw`on=all unless="a \"b\" \n" creates='it\'s'`));
    expect(options.unless?.value).toBe(String.raw`a "b" \n`);
    expect(options.creates?.value).toBe("it's");
  });

  test("a brace within quotes does not end the list", () => {
    expect(readStep(step(`on=all when="vars.A == '}'"`)).options.when[0]?.value).toBe("vars.A == '}'");
  });

  test("a bare flag is true, and =false switches it off", () => {
    const { options } = readStep(step("on=all secret=true verify=false optional"));
    expect(options).toMatchObject({ secret: true, verify: false, optional: true });
  });

  test("spans cover the value without its quotes, in code units", () => {
    const guide = `Ünïcode 😀:\n\n${step(`title="é😀" on=all when="a == 'b'"`)}`;
    const when = readStep(guide).options.when[0];
    expect(when && textAt(guide, when.span)).toBe("a == 'b'");
    expect(when?.span.start).toMatchObject({ line: 3, column: 35 });
  });

  test.each([
    ['on=all when="x', "3:22 WM1020 The quoted value of `when` never ends"],
    ["on=all when='x", "3:22 WM1020 The quoted value of `when` never ends"],
    ['on=all title="a"b', "3:26 WM1020 `title` goes on behind its closing quote"],
    ['on=all title=a"b"', "3:23 WM1020 The value of `title` has a quote inside"],
    ["on=all on=worker", "3:17 WM1022 `on` is given twice"],
    ["#a #b on=all", "3:13 WM1022 The step's id is given twice"],
    ["on=all timeout", "3:17 WM1023 `timeout` has no value"],
    ["on=all timeout=", "3:17 WM1023 `timeout` has no value"],
    ['on=all title=""', "3:17 WM1023 `title` has no value"],
    ["# on=all", "3:10 WM1023 The step's id has no value"],
    ["on=all for=x", "3:17 WM1025 `for` has no place here"],
  ])("{%s} is an error in its place", (braces, problem) => {
    expect(problemsOf(`Run:\n\n${step(braces)}`)).toEqual([problem]);
  });

  test("a brace that is never closed is an error", () => {
    expect(problemsOf("```bash {#x on=all\ntrue\n```\n")).toEqual(["1:9 WM1020 The brace is never closed"]);
  });

  test("all errors of one block are reported, each under its own word", () => {
    const guide = step('#1 on=all tiemout=3 timeout=3 retry=x sudo="a b" mode=9 capture=PATH');
    expect(marked(guide)).toEqual(["1", "tiemout", "3", "x", "a b", "9", "PATH"]);
  });
});

describe("values", () => {
  test.each([
    ["timeout=500ms", { timeoutMs: 500 }],
    ["timeout=30s", { timeoutMs: 30_000 }],
    ["timeout=15m", { timeoutMs: 900_000 }],
    ["timeout=2h", { timeoutMs: 7_200_000 }],
    ["retry=3 every=0s", { retry: 3, everyMs: 0 }],
    ["sudo", { sudo: "root" }],
    ["sudo=munge", { sudo: "munge" }],
    ["serial=2", { serial: { value: 2 } }],
    ["max-failures=0", { maxFailures: 0 }],
    ["max-failures=all", { maxFailures: "all" }],
    ["checkpoint", { checkpoint: "" }],
    ['checkpoint="Look"', { checkpoint: "Look" }],
    ["reboot", { reboot: "during" }],
    ["reboot=after", { reboot: "after" }],
    ["capture=JOIN_COMMAND", { capture: { value: "JOIN_COMMAND" } }],
    ["interactive", { interactive: true }],
    ["background", { background: true }],
    ["fresh reconnect", { fresh: true, reconnect: true }],
    [
      'at=master dir="/srv" confirm="Sure?"',
      { at: { value: "master" }, dir: { value: "/srv" }, confirm: { value: "Sure?" } },
    ],
  ])("{%s}", (braces, options) => {
    expect(readStep(step(`on=all ${braces}`)).options).toMatchObject(options);
  });

  test("what is not given has its default", () => {
    const { options } = readStep(step("on=all"));
    expect(options).toEqual({
      on: expect.objectContaining({ value: "all" }),
      optional: false,
      fresh: false,
      timeoutMs: 1_800_000,
      retry: 0,
      everyMs: 10_000,
      when: [],
      secret: false,
      verify: false,
      maxFailures: 0,
      reconnect: false,
      interactive: false,
      background: false,
    });
  });

  test.each(
    (
      "timeout=5|timeout=0s|timeout=1d|timeout=-1s|timeout=1.5h|timeout=600h|every=soon|retry=-1|retry=x|serial=0|serial=all|max-failures=50%|" +
      "max-failures=-1|sudo=a:b|sudo=-u|reboot=before|capture=PATH|capture=a-b|capture=WAYMARK_HOST|capture=LD_PRELOAD|verify=yes|" +
      "file=relative.txt|file=/folder/|ensure=word|mode=0999|mode=rw|owner=a:b:c|owner=:b|fix=#x|shell='bash|#1st|#a.b|copy=1"
    ).split("|"),
  )("{%s} is not a value", (braces) => {
    const codes = read(step(`on=all ${braces}`)).diagnostics.map(({ code }) => code);
    expect(["WM1024", "WM1020"]).toContain(codes[0]);
  });

  test("a bad value's hint says what to write", () => {
    const { diagnostics } = read(step("on=all max-failures=50%"));
    expect(diagnostics).toMatchObject([
      {
        message: "`max-failures` cannot be `50%`",
        hint: "Write a number of hosts, such as `2`, or `all`.",
        file: "guide.md",
      },
    ]);
  });
});

describe("keys that do not go together", () => {
  test.each([
    ['file="/x" copy', "copy"],
    ['file="/x" interactive', "interactive"],
    ['file="/x" capture=A', "capture"],
    ['file="/x" verify', "verify"],
    ['file="/x" reboot', "reboot"],
    ["interactive capture=A", "capture"],
    ["interactive background", "background"],
    ["background retry=2", "retry"],
    ["verify reboot", "reboot"],
    ["manual sudo", "sudo"],
    ['manual unless="x"', "unless"],
    ["manual retry=2", "retry"],
    ["manual reboot=after", "reboot"],
    ["mode=0644", "mode"],
    ["owner=root", "owner"],
    ["backup", "backup"],
    ["template", "template"],
    ["ensure=lines", "ensure"],
    ["copy template", "template"],
    ["every=5s", "every"],
  ])("{%s}", (braces, word) => {
    expect(marked(step(`on=all ${braces}`, "scp a b:c"))).toContain(word);
  });

  test("a key that is switched off contradicts nothing", () => {
    expect(read(step("on=all interactive=false capture=A")).diagnostics).toEqual([]);
    const comment = "<!-- waymark: on=all interactive -->\n";
    expect(read(comment + step("interactive=false capture=A")).diagnostics).toEqual([]);
  });

  test("inherited keys that do not apply are no contradiction", () => {
    const guide = `<!-- waymark section: on=all sudo retry=2 timeout=1m shell="bash -e" -->\n\n\`\`\`text {manual}\nPlug it in.\n\`\`\`\n`;
    expect(readStep(guide).action).toEqual({ kind: "manual", text: "Plug it in.", items: [] });
  });
});

describe("the comment before a block", () => {
  test("makes it a step; the span covers both", () => {
    const guide = "<!-- waymark: #a on=all -->\n\n```bash\ntrue\n```\n";
    const { id, span } = readStep(guide);
    expect([id, span.start.line, span.end.line]).toEqual(["a", 1, 5]);
  });

  test("the fence wins key by key", () => {
    const { options, id } = readStep(
      "<!-- waymark: #a on=all sudo retry=2 verify -->\n```bash {#b sudo=pi verify=false}\ntrue\n```\n",
    );
    expect(id).toBe("b");
    expect(options).toMatchObject({ on: { value: "all" }, sudo: "pi", retry: 2, verify: false });
  });

  test("another tool's braces may stand in the fence", () => {
    expect(readStep("<!-- waymark: on=all -->\n```bash {1,3-5}\ntrue\n```\n").action.kind).toBe("command");
  });

  test("several lines, in a list within a quote: places are right", () => {
    const guide =
      "> - Do:\n>\n>   <!-- waymark:\n>     on=all\n>     when='a\n>       == b'\n>     retry=x -->\n>   ```sh\n>   true\n>   ```\n";
    expect(marked(guide)).toEqual(["x"]);
    expect(placesOf(guide)).toEqual(["7:13 WM1024"]);
    expect(read(guide).runbook?.steps[0]?.options.when[0]?.value).toBe("a\n    == b");
  });

  test.each([
    ["text", "Some text.\n"],
    ["another comment", "<!-- markdownlint-disable -->\n```bash\ntrue\n```\n"],
    ["a plain list", "- a\n- b\n"],
    ["a heading", "# H\n"],
    ["nothing", ""],
    ["a tag", "<details>\n\n```bash\ntrue\n```\n"],
  ])("before %s it is an error", (_name, below) => {
    expect(placesOf(`<!-- waymark: #a on=all -->\n\n${below}`)).toEqual(["1:1 WM1040"]);
  });

  test("with something behind it in its line it is an error", () => {
    expect(placesOf("<!-- waymark: on=all --> <b>Now</b>\n```bash\ntrue\n```\n")).toEqual(["1:1 WM1040"]);
  });

  test("within a paragraph it is an error", () => {
    expect(placesOf("Now <!-- waymark: on=all -->\n```bash\ntrue\n```\n")).toEqual(["1:5 WM1042"]);
  });

  test.each([
    ["<!-- waymark on=all -->", "WM1041"],
    ["<!-- waymrak: on=all -->", "WM1041"],
    ["<!-- Waymark: #a on=all -->", "WM1041"],
    ["<!-- waymark section on=all -->", "WM1041"],
    ["<!-- expcet: exit == 0 -->", "WM1041"],
    ["<!-- waymark: on=all", "WM1041"],
  ])("nearly right, it is pointed out: %s", (comment, code) => {
    expect(placesOf(`<!-- waymark section: on=all -->\n\n${comment}\n\n\`\`\`bash\ntrue\n\`\`\`\n`)).toEqual([
      `3:1 ${code}`,
    ]);
  });

  test.each([
    "<!-- waymark is used here -->",
    "<!-- Waymark #12 -->",
    "<!-- expect trouble -->",
    "<!-- TODO: on=all -->",
  ])("comments that mean something else are left alone: %s", (comment) => {
    expect(read(`<!-- waymark section: on=all -->\n\n${comment}\n`).diagnostics).toEqual([]);
  });
});
