import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { PASSWORDS, useNamespaceLab } from "../lab/namespace-lab.ts";
import { onNamespaces, startFaults } from "./faults.ts";
import { TmuxScreen, hasTmux } from "./tmux.ts";
import { block, expectCode, hostsFile } from "./waymark.ts";

/*
 * A shell where a step stands, at a real terminal, on a real host whose sudo asks for a password.
 */

const TOKEN = "correct-horse-battery";
const KEY = "made-on-the-host-itself";

const GUIDE = [
  "---",
  "runbook:",
  "  inputs: { TOKEN: { secret: true }, COLOUR: { default: green } }",
  "  defaults: { on: all }",
  "---",
  "# Build\n",
  block("bash {#enter}", "mkdir -p build", "cd build", 'export FLAGS="-O2 for $WAYMARK_HOST"'),
  block("bash {#key capture=KEY secret}", "echo flesti-tsoh-eht-no-edam | rev"),
  block("bash {#plain}", 'test -n "$TOKEN$KEY$FLAGS"'),
  block("bash {#root sudo}", 'test -n "$TOKEN$COLOUR"', "false"),
  block("bash {#stranger sudo=waymark-stranger}", "true"),
].join("\n");

/** What tells a value from others, and does not give it away. */
const markOf = (value: string): string => createHash("sha256").update(value).digest("hex").slice(0, 8);
const mark = (name: string): string => `$(printf %s "$${name}" | sha256sum | cut -c1-8)`;

describe.skipIf(!hasTmux)("a shell where a step stands", () => {
  const lab = useNamespaceLab({ hosts: ["pi-1"], user: "ops" });

  test("has what the step has, as its user; secrets are there and nowhere else; the terminal is as before", async () => {
    const faults = await startFaults(onNamespaces(lab()), onTestFinished);
    const { place } = faults;
    await faults.write([GUIDE]);
    // Where nobody looks for them; and no command line has them.
    const token = await place.write("token", TOKEN);
    const password = await place.write("password", PASSWORDS.ops);
    await place.write("inputs.yaml", `TOKEN: ${TOKEN}\n`);
    const given = ["--inputs", "inputs.yaml", "--sudo-password-from", "cat password"];
    expectCode(1, await place.waymark("run", "guide.md", "--plain", ...given));

    // The step that failed, as root: what it is asked for is typed once, and not again on the pty.
    await using root = await TmuxScreen.open(place, ["shell"], { columns: 110, rows: 30 });
    await root.shows("? TOKEN");
    await root.paste(token);
    await root.shows("sudo password of ops (pi-1)");
    await root.paste(password);
    await root.shows("── pi-1: shell at root: Build ──", /#$/m);
    await root.type(`echo "<$(id -un) $PWD $COLOUR ${mark("TOKEN")} $WAYMARK_STEP $(stty size)>"`);
    await root.shows(`<root /home/ops/build green ${markOf(TOKEN)} root 30 110>`);
    // Keys and the window are the shell's.
    await root.type("echo be''gun; sleep 1000");
    await root.shows(/^begun/m);
    await root.press("C-c");
    await root.type('echo "<$?>"');
    await root.shows("<130>");
    await root.resize(90, 24);
    // Sizes and keys come to the host on ways of their own.
    await root.type('until [ "$(stty size)" = "24 90" ]; do sleep 0.1; done; echo "re""sized"');
    await root.shows(/^resized$/m);
    expect(await root.text()).not.toContain("[sudo]");
    await root.type("exit 7");
    await root.shows("exit status 0", /^icanon echo$/m);
    expect((await place.journal()).at(-1)).toMatchObject({
      type: "operator-decided",
      decision: "shell",
      step: "root",
      hosts: ["pi-1"],
    });

    // Another step: the login user's, with what steps before have exported and captured. Left in a mess.
    const at = ["--step", "#plain", "--host", "pi-1", "--inputs", "inputs.yaml"];
    await using plain = await TmuxScreen.open(place, ["shell", "guide.md", ...at]);
    await plain.shows("── pi-1: shell at plain", /\$$/m);
    await plain.type(`echo "<$(id -un) $PWD $FLAGS ${mark("KEY")} ${mark("TOKEN")} \${COLOUR-none}>"`);
    await plain.shows(`<ops /home/ops/build -O2 for pi-1 ${markOf(KEY)} ${markOf(TOKEN)} none>`);
    await plain.type("printf '\\033[?1049h\\033[?25l'; stty -echo; kill -9 $$");
    await plain.shows("exit status 0", /^icanon echo$/m);
    expect(await plain.isAlternate()).toBe(false);
    expect(await faults.secretsFound([TOKEN, KEY, PASSWORDS.ops])).toEqual([]);

    // The run goes on as if nothing had been.
    await place.write("guide.md", GUIDE.replace(/^false$/m, "true"));
    const { stdout } = expectCode(0, await place.waymark("resume", "--plain", "--until", "root", ...given));
    expect(stdout).not.toContain("enter");
  });

  test("on the screen: mends what failed, and nothing is asked for twice in one sitting", async () => {
    const faults = await startFaults(onNamespaces(lab()), onTestFinished);
    const { place } = faults;
    await lab().exec("pi-1", "rm -rf /home/ops/build");
    await faults.write([GUIDE.replace(/^false$/m, "test -e mended; echo mended at last")]);
    const token = await place.write("token", TOKEN);
    const password = await place.write("password", PASSWORDS.ops);

    await using screen = await TmuxScreen.open(place, ["run", "guide.md", "--tui", "--until", "root"]);
    const folders = (): Promise<string> => lab().exec("pi-1", "ls /var/tmp");
    const before = await folders();
    // Before the run has begun, there is not much to take up; and nothing of it stays.
    await screen.shows(" r Enter start ");
    await screen.press("s");
    await screen.shows("── pi-1: shell at enter", /\$$/m);
    await screen.type('echo "<$PWD ${FLAGS-none}>"');
    await screen.shows("</home/ops none>");
    await screen.type("exit");
    await screen.shows("shell on pi-1 ended");
    expect(await folders()).toBe(before);
    await screen.press("r");
    await screen.shows("? TOKEN");
    await screen.paste(token);
    await screen.shows("? sudo password of ops");
    await screen.paste(password);
    await screen.shows("✖ failed", " s shell ");
    await screen.press("s");
    await screen.shows("── pi-1: shell at root", /#$/m);
    expect(await screen.isAlternate()).toBe(false);
    await screen.type(`touch mended; echo "<$(id -un) ${mark("TOKEN")}>"`);
    await screen.shows(`<root ${markOf(TOKEN)}>`);
    await screen.type("exit");
    // That covers nothing.
    await screen.shows("shell on pi-1 ended", "exit status 1");
    await screen.press("r");
    await screen.shows("partial");
    // All that the step has printed, in the pager.
    await screen.press("k");
    await screen.shows("mended at last");
    await screen.press("O");
    await screen.shows("✔ root · pi-1", /^mended at last$/m, "END");
    await screen.press("q");
    await screen.shows(" q Ctrl-C close ");
    await screen.press("q");
    await screen.shows("exit status 0", /^icanon echo$/m);
    expect(await faults.secretsFound([TOKEN, KEY, PASSWORDS.ops])).toEqual([]);
  });

  test("says why there is none, and when it has lost its host", async () => {
    const faults = await startFaults(onNamespaces(lab()), onTestFinished);
    const { place } = faults;
    await faults.write([GUIDE.replace(" capture=KEY secret", "")]);
    const env = { WAYMARK_INPUT_TOKEN: TOKEN };
    expectCode(1, await place.start(["run", "guide.md"], { env }).ended);
    await place.write("gone.yaml", hostsFile(lab().hosts, { "pi-1": { port: 1 } }));

    await using gone = await TmuxScreen.open(place, ["shell", "-i", "gone.yaml"], { env });
    await gone.shows("pi-1", "refused", "exit status 4", /^icanon echo$/m);
    await using stranger = await TmuxScreen.open(place, ["shell", "--step", "stranger"], { env, columns: 160 });
    await stranger.shows("no shell on pi-1: ", "waymark-stranger", "[WM6020]", "exit status 1", /^icanon echo$/m);
    await using cut = await TmuxScreen.open(place, ["shell", "--step", "plain"], { env, columns: 160 });
    await cut.shows("── pi-1: shell at plain", /\$$/m);
    await cut.type("kill -9 $PPID");
    await cut.shows("[WM6021]", "exit status 4", /^icanon echo$/m);
  });
});
