import { describe, expect, test } from "vitest";
import { hasTmux, TmuxScreen } from "./tmux.ts";
import { block, expectCode, usePlace } from "./waymark.ts";

/*
 * A run is read on the terminal while it is worked on elsewhere, and after it is over. The reader changes nothing of it.
 */

const GUIDE = [
  "---\nrunbook:\n  defaults: { on: local }\n---\n\n# A guide to read\n",
  "## Begin\n\nFirst of all:\n",
  block("bash {#begin}", "echo begun"),
  "## Wait\n\nThen wait until somebody comes:\n",
  block("bash {#wait}", 'echo waiting; until test -e "$HOME/come"; do sleep 0.1; done; echo "somebody came"'),
  "The end.\n",
].join("\n");

describe.skipIf(!hasTmux)("show --follow on a terminal", () => {
  const place = usePlace();

  test("is the guide, with what its steps print as they do", async () => {
    await place().write("guide.md", GUIDE);
    const running = place().start(["run", "guide.md", "--json"]);
    await running.untilEvent("attempt-started", { step: "wait" });
    await using screen = await TmuxScreen.open(place(), ["show", "--follow"]);
    await screen.shows(
      "A guide to read",
      "◐ running",
      " Outline ─",
      "Then wait until somebody comes:",
      /│ +waiting +│\n.*│ ◐ local +running +\d/,
    );
    expect(await screen.isAlternate()).toBe(true);

    // It goes with the run.
    await screen.press("k");
    await screen.shows("─ 1 First of all", /│ +begun +│\n.*│ ✔ local/);
    await screen.press("m");
    await screen.shows("Hosts and steps", /local +✔ +◐/);
    await screen.press("Escape");
    await screen.shows(" Outline ─");
    await screen.press("g");
    await screen.shows("─ 2 Then wait");
    await place().write("home/come", "");
    expectCode(0, await running.ended);
    await screen.shows("✔ passed · 2/2 steps", "somebody came");

    // It stays until it is closed, in whatever window.
    await screen.resize(50, 14);
    await screen.shows(/^Outline/m);
    await screen.press("Tab");
    await screen.shows("▌ echo waiting");
    await screen.press("q");
    await screen.shows("exit status 0", /^icanon echo$/m);
    expect(await screen.isAlternate()).toBe(false);
  });

  test("leaves the terminal as it was when it is ended from outside, and the run untouched", async () => {
    await place().write("guide.md", GUIDE);
    await place().write("home/come", "");
    expectCode(0, await place().waymark("run", "guide.md"));
    const before = await place().journal();
    await using screen = await TmuxScreen.open(place(), ["show", "--follow"]);
    await screen.shows("✔ passed");
    await screen.press("C-c");
    await screen.shows("exit status", /^icanon echo$/m);
    expect(await screen.isAlternate()).toBe(false);
    expect(await place().journal()).toEqual(before);
  });

  test("on a terminal that can do nothing, and with --plain, it is lines", async () => {
    await place().write("guide.md", GUIDE);
    await place().write("home/come", "");
    expectCode(0, await place().waymark("run", "guide.md"));
    await using dumb = await TmuxScreen.open(place(), ["show", "--follow"], { env: { TERM: "dumb" } });
    await dumb.shows("[2/2]", "exit status 0");
    await using plain = await TmuxScreen.open(place(), ["show", "--follow", "--plain"]);
    await plain.shows("[2/2]", "exit status 0");
    expect(await plain.isAlternate()).toBe(false);
  });
});
