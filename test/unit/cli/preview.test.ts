import { expect, test } from "vitest";
import { Previews } from "../../../src/cli/preview.ts";
import type { Surroundings } from "../../../src/cli/terminal.ts";
import { NO_LOG } from "../../../src/journal/read-log-piece.ts";
import { WaymarkError } from "../../../src/model/errors.ts";
import { RunPicture } from "../../../src/ui/screen/run-picture.ts";
import { planOf, Script, step, UTF8 } from "../ui/sample-run.ts";

const PLAN = planOf([step(0, "one", "One", { hosts: ["a"] }), step(1, "two", "Two", { hosts: ["a"] })]);

function around(): Surroundings {
  const terminal = { isTTY: true, columns: 80, write: () => true };
  return { cwd: "/", env: {}, home: "/", user: "me", stdin: terminal, stdout: terminal, stderr: terminal } as never;
}

function picture(): RunPicture {
  const now = (): Date => new Date(0);
  return new RunPicture({ plan: PLAN, prose: { blocks: [] }, now, readLog: () => Promise.resolve(NO_LOG) });
}

const shown = (of: RunPicture): string =>
  (of.look?.lines(UTF8, "guide.md", new Date(0)) ?? [])
    .map((line) => line.map(({ text }) => text).join(""))
    .join("\n")
    .trim();

test("a preview is a dry run that nobody is asked by, and what comes of it and is said appears", async () => {
  const screen = picture();
  const previews = new Previews(around(), async (around, id) => {
    expect(around.stderr.isTTY).toBe(false);
    expect(around.prompter).toBeUndefined();
    around.stderr.write("TOKEN: a warning\n");
    const reporter = around.looking?.begin(PLAN);
    const script = new Script().started().step(id, ["a"]).passes(id, "a", "would run\n").stepEnds(id);
    if (reporter !== undefined) script.tell(reporter);
  });
  previews.hear({ do: "preview", step: "two" }, screen);
  expect(shown(screen)).toBe("On its hosts, looking …");
  await previews.end();
  // Who ends it has seen enough.
  expect(shown(screen)).not.toContain("would run");
  previews.hear({ do: "preview", step: "two" }, screen);
  await expect.poll(() => shown(screen)).toBe("On its hosts\nTOKEN: a warning\n✔ a\n  would run");
});

test("what is wrong is told", async () => {
  const screen = picture();
  const previews = new Previews(around(), () => {
    throw new WaymarkError("WM8004", "guide.md cannot be run", { hint: "mend it" });
  });
  previews.hear({ do: "preview", step: "one" }, screen);
  await expect.poll(() => shown(screen)).toBe("On its hosts\nguide.md cannot be run\nmend it");
});

test("a bug in one is told there, and in nobody's way", async () => {
  const screen = picture();
  const previews = new Previews(around(), async () => {
    throw new TypeError("no such thing");
  });
  previews.hear({ do: "preview", step: "one" }, screen);
  await expect.poll(() => shown(screen)).toMatch(/a bug in waymark \[WM9000\].*no such thing/s);
  previews.hear({ do: "preview", step: "two" }, screen);
  await expect.poll(() => shown(screen)).toMatch(/no such thing/);
  await previews.end();
});

test("moving on ends it, and the next begins once nothing is left of it", async () => {
  const screen = picture();
  const happened: string[] = [];
  const previews = new Previews(around(), async ({ looking, stderr }, id) => {
    happened.push(`${id} begins`);
    const ended = Promise.withResolvers<void>();
    looking?.signal.addEventListener("abort", () => ended.resolve());
    await ended.promise;
    stderr.write("too late\n");
    happened.push(`${id} ends`);
  });
  previews.hear({ do: "preview", step: "one" }, screen);
  await expect.poll(() => happened).toEqual(["one begins"]);
  previews.hear({ do: "end-preview" }, screen);
  expect(screen.look).toBeUndefined();
  previews.hear({ do: "preview", step: "two" }, screen);
  await expect.poll(() => happened).toEqual(["one begins", "one ends", "two begins"]);
  expect(shown(screen)).toBe("On its hosts, looking …");
  await previews.end();
  expect(happened).toEqual(["one begins", "one ends", "two begins", "two ends"]);
});
