import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { beforeAll, describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { hasTmux, TmuxScreen } from "./tmux.ts";
import { hostsFile, usePlace } from "./waymark.ts";

/*
 * The demo by keys alone, from a look at it to its end, with a slip in it that is found by a shell on the host, mended in
 * the guide and gone on from.
 */

const DEMO = join(import.meta.dirname, "../../examples/first-cluster.md");
const CABLES = [
  "Look at what you have:",
  "",
  "<!-- waymark: #cables manual on=master -->",
  "",
  "- [ ] The cables are in",
  "- [ ] The lights are green",
  "",
].join("\n");

describe.skipIf(!hasTmux)("the demo on the screen", () => {
  const lab = useLoopbackLab({ count: 3 });
  const place = usePlace();

  beforeAll(async () => {
    for (const { name } of lab().hosts) {
      const profile = join(lab().home(name), ".profile");
      await mkdir(dirname(profile), { recursive: true });
      await writeFile(profile, `PATH='${dirname(execPath)}':"$PATH"\n`);
    }
  });

  test("with a checkpoint, a list, a failure, a shell, an edit, a rest and a look at what comes", async () => {
    const guide = (await readFile(DEMO, "utf8"))
      .replace("{#init on=master", '{#init checkpoint="Is it up?" on=master')
      .replace("## Join the workers\n", `## Join the workers\n\n${CABLES}`)
      .replace(
        "```bash {#join on=worker}\nTOKEN=$JOIN_TOKEN node first-cluster/node.mjs",
        "```bash {#join on=worker}\nTOKEN=$JOIN_TOKEN node first-cluster/slip.mjs",
      );
    expect(guide).toContain("slip.mjs");
    await place().write("guide.md", guide);
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const editor = await place().write("editor.sh", 'sed -i s/slip.mjs/node.mjs/ "$2"\n');
    await using screen = await TmuxScreen.open(place(), ["run", "guide.md"], {
      columns: 140,
      rows: 40,
      env: { EDITOR: `sh ${editor}` },
    });

    // Nothing is done before it is wanted.
    await screen.shows("A first cluster", "not started", " r Enter start ");
    await screen.press(".");
    await screen.shows("1/12 steps", /▸· +2 /, "rests after node-version, as asked");
    await screen.press("r");
    await screen.shows("Is it up?", "? Go on?  [Y/n]");
    await screen.press("y");
    await screen.shows("? The cables are in: done on lab-1?");
    await screen.press("y");
    await screen.shows("? The lights are green: done on lab-1?");
    await screen.press("y");

    await screen.shows("✖ failed", "lab-[2-3]: exit status 1", "slip.mjs", " e edit ");
    // On the first host that failed, with what the step has.
    await screen.press("s");
    await screen.shows("lab-2: shell at join", /[$#]$/m);
    await screen.press("ls first-cluster; echo ${#JOIN_TOKEN}", "Enter");
    await screen.shows("node.mjs", /^36$/m);
    await screen.press("exit", "Enter");
    await screen.shows("✖ failed", " e edit ");

    await screen.press("e");
    // The change is told, and the run goes on to its end.
    await screen.shows("✔ passed · 12/12 steps");
    await screen.press("m");
    await screen.shows("─ Hosts and steps");
    await screen.press("Escape");
    await screen.shows(" Outline ─");
    await screen.press("q");
    const left = await screen.shows("exit status 0", /^icanon echo$/m);
    expect(left).toContain("✔ passed · 12/12 steps");
    const kinds = (await place().journal()).flatMap((event) =>
      event.type === "operator-decided" ? [event.decision] : [],
    );
    expect(kinds).toEqual(["rest-after", "continue", "tick", "tick", "done", "shell"]);
  });
});
