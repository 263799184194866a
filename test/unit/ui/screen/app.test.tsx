import { renderToString } from "ink";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { readProse } from "../../../../src/document/read-prose.ts";
import { readGuide } from "../../../../src/document/read-guide.ts";
import type { Plan, PlannedStep } from "../../../../src/model/plan.ts";
import { compile } from "../../../../src/plan/compile.ts";
import { NO_LOG } from "../../../../src/journal/read-log-piece.ts";
import { App } from "../../../../src/ui/app.tsx";
import { RunPicture } from "../../../../src/ui/screen/run-picture.ts";
import type { ScreenState } from "../../../../src/ui/screen/screen-state.ts";
import { BINDINGS, helpLines } from "../../../../src/ui/screen/keys.ts";
import { waitsFor } from "../../../../src/ui/screen/waiting.ts";
import { foldRun } from "../../../../src/story/run-fold.ts";
import { lineWidth, span } from "../../../../src/ui/screen/text-line.ts";
import type { Style } from "../../../../src/ui/style.ts";
import { broken, Script, step, UTF8 } from "../sample-run.ts";
import { hostOf } from "../../host-of.ts";

const GUIDE = `---
runbook:
  defaults: { on: all }
---

# Raspberry Pi cluster

## Prepare

Install the tools:

\`\`\`bash {#tools}
apt-get install -y curl
\`\`\`

## Swap

Kubernetes refuses to start while swap is on, so we turn it off now and for good.

\`\`\`bash {#swap-off sudo}
dphys-swapfile swapoff
\`\`\`

Afterwards \`swapon\` prints nothing.

\`\`\`console {#no-swap verify checkpoint="Is it all right?"}
$ swapon --summary
\`\`\`
`;

function planFor(hosts: readonly string[], guide: string): Plan {
  const { runbook } = readGuide("guide.md", Buffer.from(guide));
  if (runbook === undefined) throw new Error("no runbook");
  const inventory = {
    hosts: hosts.map((name) => hostOf(name)),
  };
  const { plan } = compile({ runbook, digest: "d", inventory, inputs: {} });
  if (plan === undefined) throw new Error("no plan");
  return plan;
}

const HOSTS = ["pi-master", "pi-w1", "pi-w2", "pi-w3"];

/** Half-way through the second step, one host has failed. */
function picture(hosts: readonly string[] = HOSTS): RunPicture {
  const script = new Script().started().step("tools", hosts);
  for (const host of hosts) script.passes("tools", host);
  script.stepEnds("tools").step("swap-off", hosts);
  for (const host of hosts) script.begin("swap-off", host);
  const [first = "", second = "", third = ""] = hosts;
  script.prints("swap-off", second, "Stopping dphys-swapfile…\n");
  script.passes("swap-off", first, "");
  script.prints("swap-off", third, "swapoff: /var/swap: Cannot allocate memory\n", "stderr");
  script.finish("swap-off", third, "failed", {
    reason: "exit status 1",
    exit: 1,
    expectations: [broken("exit == 0", 20, "exit is 1")],
  });
  return pictureOf(script, hosts);
}

function pictureOf(script: Script, hosts: readonly string[] = HOSTS, guide = GUIDE): RunPicture {
  const shown = new RunPicture({
    plan: planFor(hosts, guide),
    prose: readProse(Buffer.from(guide)),
    now: () => script.now,
    readLog: () => Promise.resolve(NO_LOG),
  });
  script.tell(shown);
  return shown;
}

function screen(
  columns: number,
  rows: number,
  state: Partial<ScreenState> = { cursor: 1 },
  { style = UTF8, source = picture() }: { readonly style?: Style; readonly source?: RunPicture } = {},
): string {
  return renderToString(<App source={source} style={style} first={state} size={{ columns, rows }} />, { columns });
}

describe("the screen", () => {
  test("wide: outline, guide and output beside each other", () => {
    expect(screen(120, 24)).toMatchInlineSnapshot(`
      " Raspberry Pi cluster                                       run 20261122-184107-a1b2 · ◐ running · 1/3 steps · 00:00:02
      ┌─ ▸ Outline ─────────────────────────┐┌─ 2 Kubernetes refuses to start while swap is on, so we turn it off now and … ─┐
      │ Prepare                             ││ ▌ apt-get install -y curl                                                     │
      │  ✔ 1 Install the tools          4/4 ││                                                                               │
      │ Swap                                ││ ## Swap                                                                       │
      │ ▸✖ 2 Kubernetes refuses to st… ✔◐✖◐ ││                                                                               │
      │  · 3 Afterwards swapon prints no… ⚑ ││ Kubernetes refuses to start while swap is on, so we turn it off now and for   │
      │                                     ││ good.                                                                         │
      │                                     ││                                                                               │
      │                                     ││ ▌ dphys-swapfile swapoff                                                      │
      │                                     ││                                                                               │
      │                                     ││ Afterwards \`swapon\` prints nothing.                                           │
      │                                     ││                                                                               │
      │                                     ││ ▌ $ swapon --summary                                                          │
      │                                     │└───────────────────────────────────────────────────────────────────────────────┘
      │                                     │┌─ Output ───────────────────────────────── [all] pi-master pi-w1 pi-w2✖ pi-w3 ─┐
      │                                     ││ ✖ pi-w2: exit status 1                                                        │
      │                                     ││   │ swapoff: /var/swap: Cannot allocate memory                                │
      │                                     ││ ◐ pi-w1  0.8 s  Stopping dphys-swapfile…                                      │
      │                                     ││ ◐ pi-w3  0.4 s                                                                │
      │                                     ││ ✔ pi-master  (nothing)                                                        │
      │                                     ││                                                                               │
      └─────────────────────────────────────┘└───────────────────────────────────────────────────────────────────────────────┘
       q Ctrl-C close  j ↓ down  k ↑ up  / find  g follow  → ] host  Tab pane  o output  m matrix  p preview  v only  ? keys"
    `);
  });

  test("narrow: one pane, with its own title", () => {
    const outline = screen(80, 16);
    expect(outline).toContain("─ Outline ─");
    expect(outline).not.toContain("▌");
    const guide = screen(80, 16, { cursor: 1, pane: "guide" });
    expect(guide).toContain("─ 2 Kubernetes refuses");
    expect(guide).toContain("▌ dphys-swapfile swapoff");
    const output = screen(80, 16, { cursor: 1, pane: "output", host: "pi-w2" });
    expect(output).toContain("[pi-w2]✖");
    expect(output).toContain("swapoff: /var/swap: Cannot allocate memory");
  });

  test.each([
    [40, 10],
    [40, 24],
    [60, 12],
    [119, 30],
    [120, 8],
    [250, 70],
  ])("%i × %i: every line fits, and there are no more than rows", (columns, rows) => {
    const states: readonly Partial<ScreenState>[] = [
      { pane: "outline" },
      { pane: "guide" },
      { pane: "output" },
      { mode: "output" },
      { mode: "matrix" },
      { mode: "journal" },
      { mode: "help" },
    ];
    const source = picture();
    for (const state of states) {
      const lines = screen(columns, rows, { cursor: 1, ...state }, { source }).split("\n");
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(lineWidth([span(line)])).toBeLessThanOrEqual(columns);
    }
  });

  test("without UTF-8 and colours it is plain ASCII", () => {
    const style = { color: false, unicode: false, columns: 120 };
    for (const mode of ["main", "output", "matrix", "journal", "help"] as const) {
      const ascii = screen(120, 24, { cursor: 1, mode }, { style });
      // What the guide and the hosts say is theirs.
      expect(stripVTControlCharacters(ascii).replaceAll("dphys-swapfile…", "")).toMatch(/^[\x20-\x7e\n]*$/);
    }
  });

  test("colour only repeats what is there without it", () => {
    const painted = screen(120, 24, { cursor: 1 }, { style: { ...UTF8, color: true } });
    expect(painted).not.toBe(stripVTControlCharacters(painted));
    const trimmed = (text: string): string => text.replaceAll(/ +$|`/gm, "").replaceAll(/^#+ | #+ /gm, " ");
    const words = (text: string): string => trimmed(text).replaceAll(/[#\s]+/g, " ");
    expect(words(stripVTControlCharacters(painted))).toBe(words(screen(120, 24)));
  });

  test("of many hosts the exceptions have names", () => {
    const hosts = Array.from({ length: 200 }, (_, index) => `pi-${index + 1}`);
    const outline = screen(120, 24, { cursor: 1 }, { source: picture(hosts) });
    expect(outline).toContain("198 ◐");
    expect(outline).toContain("1 ✖ pi-3");
  });

  test("the matrix has a row a host and a sign a step", () => {
    const matrix = screen(80, 12, { cursor: 1, mode: "matrix" });
    expect(matrix).toMatch(/pi-master +✔ +✔ +·/);
    expect(matrix).toMatch(/pi-w2 +✔ +✖ +·/);
  });

  test("what is told in a few words covers nothing, until the next key", () => {
    const source = picture();
    const before = screen(120, 24, { cursor: 1 }, { source });
    source.tell(["a shell on pi-w2 …"]);
    const shown = screen(120, 24, { cursor: 1 }, { source });
    expect(shown).toMatch(/^▸ a shell on pi-w2 … *\n q Ctrl-C close/m);
    expect(shown).toContain("─ Output ─");
    expect(shown).toContain("swapoff: /var/swap: Cannot allocate memory");
    expect(shown.split("\n").length).toBe(before.split("\n").length);
  });

  test("what is told of errors has room, and nothing of it is obeyed", () => {
    const source = picture();
    source.tell([
      "connection refused by \u001b]0;owned\u0007\u001b]52;c;cm0=\u0007\u001b[31mthe host\u001b[0m \u202eevil",
      `two\nlines, ${"of many words ".repeat(20)}up to the end`,
    ]);
    const shown = screen(80, 24, { cursor: 1, mode: "output" }, { source });
    expect(shown).not.toMatch(/[\u001b\u0007\u202e]|owned|cm0=/);
    expect(shown).toContain("connection refused by the host");
    expect(shown).toMatch(/^│ two +│$/m);
    expect(shown.replaceAll(/[\s│]+/g, " ")).toContain("up to the end");
    expect(shown.split("\n").length).toBeLessThanOrEqual(24);
  });

  test("what stands above a question is not obeyed either", async () => {
    const source = picture();
    const enough = new AbortController();
    const lines = ["Look at \u001b]52;c;cm0=\u0007\u001b[31mit\u001b[0m.\nAnd there."];
    const asked = source.ask({ kind: "yes", lines, message: "Go on?", preset: true }, enough.signal);
    const shown = screen(80, 24, { cursor: 1 }, { source });
    enough.abort();
    await asked;
    expect(shown).not.toMatch(/[\u001b\u0007]|cm0=/);
    expect(shown).toContain("Look at it.");
    expect(shown).toMatch(/^ *And there\. *$/m);
  });

  test.each([40, 58, 80, 120, 200])("the help has every key, whole, at %i columns", (columns) => {
    const all = helpLines(UTF8, columns, "resting").map((line) => line.map(({ text }) => text).join(""));
    for (const line of all) expect(line.length).toBeLessThanOrEqual(columns);
    const words = all.join(" ").replaceAll(/\s+/g, " ");
    // Two columns stand between each other's lines.
    const told = columns < 110 ? words : words.replaceAll(/[^a-z]/g, "");
    for (const { does } of BINDINGS) {
      if (columns < 110) expect(told).toContain(does);
      else for (const word of does.split(/[^a-z]+/)) expect(told).toContain(word);
    }
  });

  test("the help is scrolled where it does not fit, and has two columns in a wide window", () => {
    const top = screen(80, 30, { mode: "help" });
    expect(top).toContain("next step; scroll down");
    expect(top).toMatch(/1-26 of \d+/);
    const end = screen(80, 30, { mode: "help", helpTop: Infinity });
    expect(end).toContain("set aside");
    expect(end).not.toContain("next step; scroll down");
    expect(screen(80, 90, { mode: "help" })).not.toMatch(/of \d+ ─/);
    expect(screen(120, 44, { mode: "help" })).toMatch(/next step; scroll down {3,}\S+ {3,}\w.*│$/m);
  });

  test("output that does not stand beside the guide says which step it is of, and still whose it is", () => {
    expect(screen(80, 16, { cursor: 1, pane: "output" })).toMatch(
      /─ Output of 2 Kubernetes refuses.*… .*\[all\] pi-master/,
    );
    expect(screen(40, 12, { cursor: 1, pane: "output" })).toMatch(/^Output of 2 .*… +\[all\] pi-master/m);
    expect(screen(160, 30, { cursor: 1, mode: "output" })).toContain("─ Output of 2 Kubernetes refuses");
    expect(screen(160, 30, { cursor: 1 })).toContain("─ Output ─");
  });

  test.each([40, 60, 120])("all of why it failed is there, at %i columns", (columns) => {
    const why = `cannot open ${"/a/very/long/path".repeat(8)}: there is   no such directory, so nothing was written at all`;
    const script = new Script().started().step("tools", ["pi-w1"]).begin("tools", "pi-w1");
    const expectations = [broken("exit == 0", 14, `${"exit is 1 and ".repeat(12)}that is not 0`)];
    script.prints("tools", "pi-w1", `${why}\n`, "stderr");
    script.finish("tools", "pi-w1", "failed", { reason: why, exit: 1, expectations }).stepEnds("tools", "failed");
    const source = pictureOf(script, ["pi-w1"]);
    const words = (text: string): string => text.replaceAll(/[\s│]/g, "");
    for (const host of [{}, { host: "pi-w1" }]) {
      const shown = screen(columns, 40, { cursor: 0, mode: "output", ...host }, { source });
      expect(words(shown)).toContain(words(why));
      expect(words(shown)).toContain("thatisnot0");
    }
  });

  test("of a step whose hosts are all set aside it is said that nothing goes past it", () => {
    const script = new Script().started().step("tools", HOSTS);
    for (const host of HOSTS) {
      script.begin("tools", host).finish("tools", host, "failed", { reason: "exit status 1" });
      script.event({ type: "host-set-aside", host, step: "tools", reason: "exit status 1" });
    }
    const failed = pictureOf(script.stepEnds("tools", "failed"));
    expect(screen(160, 24, { cursor: 0 }, { source: failed })).toMatch(
      /All its hosts are set aside, .*: F brings them back/,
    );
    expect(screen(160, 24)).not.toContain("All its hosts");
  });

  test("what a step writes is said before it does, and where its text stands", () => {
    const guide = GUIDE.replace("```bash {#tools}\napt-get", '```text {#tools file="/etc/tools"}\napt-get');
    const source = pictureOf(new Script(), HOSTS, guide);
    const shown = screen(120, 30, { cursor: 0 }, { source });
    expect(shown).toContain("not begun; writes /etc/tools on pi-master, pi-w[1-3]");
    expect(shown).toMatch(/│ file \/etc\/tools +│\n.*│ ▌ apt-get install/);
  });

  test("what is told keeps its blanks: what stands below another line is seen to", () => {
    const source = picture();
    source.tell(["guide edited:", "  changed          Turn swap off", "    - swapoff", "    + dphys-swapfile swapoff"]);
    expect(screen(80, 24, { cursor: 1 }, { source })).toMatch(/│ {3}changed {10}Turn swap off .*\n│ {5}- swapoff/);
  });

  test("how the guide was edited stays until it can have been read, or until something matters more", () => {
    const told = (...more: readonly ((script: Script) => unknown)[]): readonly string[] => {
      const script = new Script().started().step("tools", HOSTS);
      const source = pictureOf(script);
      source.tell(["guide edited:", "one", "two"]);
      const from = script.happenings.length;
      for (const each of more) each(script);
      script.tell(source, from);
      return source.notice;
    };
    const passes = (script: Script): unknown => script.stepEnds("tools");
    expect(told(passes)).toHaveLength(3);
    expect(told((script) => script.wait(10_000), passes)).toEqual([]);
    expect(told((script) => script.stepEnds("tools", "failed"))).toEqual([]);
    // Somebody may be asked whether to fix it, before the step is over.
    const fails = (script: Script): unknown => script.begin("tools", "pi-w1").finish("tools", "pi-w1", "failed");
    expect(told((script) => script.begin("tools", "pi-w1").finish("tools", "pi-w1", "ok"))).toHaveLength(3);
    expect(told(fails)).toEqual([]);
    expect(told((script) => script.event({ type: "checkpoint-reached", step: "tools", text: "" }))).toEqual([]);
  });

  test("the help begins with what can be done about the run now", () => {
    const firsts = (["ready", "running", "resting"] as const).map((situation) =>
      helpLines(UTF8, 100, situation)[0]
        ?.map(({ text }) => text)
        .join("")
        .replaceAll(/ +/g, " "),
    );
    expect(firsts).toEqual([
      "r Enter start the run (before it starts)",
      ". rest once the step at work is over (while it runs)",
      "r go on: what failed runs again, and a checkpoint is passed (when it rests)",
    ]);
  });

  test.each([40, 60, 80, 120, 200])("no key in the last line is cut, at %i columns", (columns) => {
    const footer = screen(columns, 20).split("\n").at(-1) ?? "";
    expect(footer).not.toMatch(/…/);
    expect(footer).toMatch(/ \? keys *$/);
    expect(footer.match(/\? keys/g)).toHaveLength(1);
  });
});

describe("what waits for somebody has a sign and words of its own", () => {
  const started = (...more: readonly ((script: Script) => unknown)[]): RunPicture => {
    const script = new Script().started().step("tools", HOSTS);
    for (const host of HOSTS) script.passes("tools", host);
    script.stepEnds("tools").step("swap-off", HOSTS);
    for (const host of HOSTS) script.passes("swap-off", host);
    script.stepEnds("swap-off").step("no-swap", HOSTS);
    for (const each of more) each(script);
    return pictureOf(script);
  };
  const checked = (script: Script): void => {
    for (const host of HOSTS) script.passes("no-swap", host);
  };
  const reached = (script: Script): unknown =>
    script.event({ type: "checkpoint-reached", step: "no-swap", text: "Is it all right?" });

  test("a checkpoint, until somebody goes past it, also where the run rests", () => {
    const before = screen(120, 24, { cursor: 2 }, { source: started(checked) });
    expect(before).toMatch(/◐ running · 2\/3 steps/);
    expect(before).toMatch(/▸◐ 3 /);
    const at = screen(120, 24, { cursor: 2 }, { source: started(checked, reached) });
    expect(at).toMatch(/\? waits at a checkpoint · 2\/3 steps/);
    expect(at).toMatch(/▸\? 3 /);
    const rest = { type: "run-paused", reason: "checkpoint", step: "no-swap", detail: "" } as const;
    const resting = screen(120, 24, { cursor: 2 }, { source: started(checked, reached, (it) => it.event(rest)) });
    expect(resting).toMatch(/rests at a checkpoint/);
    expect(resting).toMatch(/▸\? 3 /);
    const past = screen(120, 24, { cursor: 2 }, { source: started(checked, reached, (it) => it.stepEnds("no-swap")) });
    expect(past).toMatch(/▸✔ 3 /);
  });

  test("of a run that rests in the middle of a step nothing is at work", () => {
    const some = (script: Script): unknown =>
      script.passes("no-swap", "pi-master").event({ type: "run-paused", reason: "interrupted", detail: "" });
    const shown = screen(120, 24, { cursor: 2 }, { source: started(some) });
    expect(shown).toMatch(/▸· 3 .*✔···/);
  });
});

test("what is to be done by hand, or to be confirmed, waits; what has been confirmed does not", () => {
  const manual = step(0, "cables", "Cables", { hosts: ["a"], action: { kind: "manual", text: "", items: [] } });
  const risky = step(1, "wipe", "Wipe", { hosts: ["a"], confirm: "Really?" });
  const after = (script: Script, of: PlannedStep): string | undefined => {
    const view = foldRun(script.events);
    return view && waitsFor(of, view.steps.get(of.id), view);
  };
  const begun = (id: string): Script =>
    new Script()
      .started()
      .step(id, ["a"])
      .event({ type: "task-started", step: id, host: "a", task: "t", effectDigest: "e" });
  expect(after(begun("cables"), manual)).toBe("manual");
  expect(after(begun("wipe"), risky)).toBe("confirm");
  expect(after(new Script().started().step("wipe", ["a"]).begin("wipe", "a"), risky)).toBeUndefined();
  expect(after(begun("wipe").ends("cancelled"), risky)).toBeUndefined();
  // Its host may be away: it has been agreed to all the same.
  const agreed = begun("wipe").event({ type: "operator-decided", decision: "confirm", step: "wipe", hosts: ["a"] });
  expect(after(agreed, risky)).toBeUndefined();
  // Nobody did, and now somebody is asked again.
  const rested = begun("wipe").event({ type: "run-paused", reason: "confirm", step: "wipe", detail: "" });
  expect(after(rested, risky)).toBe("confirm");
  expect(after(rested.resumed().step("wipe", ["a"]), risky)).toBe("confirm");
});
