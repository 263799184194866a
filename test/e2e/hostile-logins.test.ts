import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type Ended, block, eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Logins that print, end, hang or become something else, and shells that are none of POSIX's: steps run all the same, or
 * it is said in one line why not. What a host says on the way does nothing to the terminal.
 */

/** Sets the title and the clipboard (OSC 52), asks for an answer, and goes to the other screen. */
const HARM = String.raw`\033]0;pwned\007\033]52;c;cHduZWQ=\007\033[6n\033[?1049h\302\2332J\233\217`;
const SAY_HARM = `printf '${HARM}welcome\\r\\n'; printf '${HARM}beware\\n' >&2`;

const GUIDE = [
  "# Log in",
  block("bash {#quick on=all max-failures=all}", 'echo "${FROM_PROFILE-nothing} from the profile"'),
  block("bash {#slow on=all max-failures=all}", "echo begun; sleep 1; echo over"),
  block("output", "begun", "over"),
].join("\n");

const isInstalled = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** Files of the login user's home, by host. */
const HOMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  prints: { ".bashrc": SAY_HARM, ".profile": `${SAY_HARM}\nexport FROM_PROFILE=value`, ".ssh/rc": SAY_HARM },
  asks: { ".profile": "read -r answer\nexport FROM_PROFILE=value" },
  ends: { ".profile": `export FROM_PROFILE=value\n${SAY_HARM}\nexit 3` },
  hangs: { ".bash_profile": "export FROM_PROFILE=value\nsleep 1000" },
  becomes: { ".profile": "export FROM_PROFILE=value\nexec cat" },
  closed: { ".bashrc": `printf '${HARM}'; echo 'closed for maintenance'; exit 1` },
  parrot: { ".bashrc": "exec cat" },
  deaf: { ".bashrc": "exec sleep 1000" },
};
const REACHED = ["prints", "asks", "ends", "hangs", "becomes"];

describe("a login", () => {
  const lab = useLoopbackLab({ names: Object.keys(HOMES) });
  const place = usePlace();

  async function prepare(names: readonly string[]): Promise<void> {
    const banner = await place().write("banner", Buffer.from(`${HARM}\n`.replaceAll("\\033", "\x1b")).toString());
    for (const name of names) {
      for (const [file, text] of Object.entries(HOMES[name] ?? {})) {
        const path = join(lab().home(name), file);
        await mkdir(join(path, ".."), { recursive: true });
        await writeFile(path, `${text}\n`);
      }
    }
    await lab().configure("prints", [`Banner ${banner}`, "PermitUserRC yes", "PrintLastLog yes"]);
    const hosts = lab().hosts.filter(({ name }) => names.includes(name));
    await place().write("hosts.yaml", hostsFile(hosts));
    await place().write("guide.md", GUIDE);
  }

  test("that prints, asks, ends, hangs or becomes something else does no harm to steps, and it is said once", async () => {
    await prepare(REACHED);
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--json"));
    const printed = new Map(
      eventsOf(stdout, "host-connected").map(({ host, note }) => [host, note ?? "all of the profile"]),
    );
    const without = expect.stringMatching(
      /^the login shell's profile did not come to its end \(.+\): steps run without/,
    );
    expect(Object.fromEntries(printed)).toEqual({
      prints: "all of the profile",
      asks: "all of the profile",
      ends: without,
      hangs: without,
      becomes: without,
    });
    const said = eventsOf(stdout, "task-finished").map(({ step, host, status }) => `${step} ${host} ${status}`);
    expect(said.toSorted()).toEqual(
      ["quick", "slow"].flatMap((step) => REACHED.map((name) => `${step} ${name} ok`)).toSorted(),
    );

    const plain = expectCode(0, await place().waymark("run", "guide.md", "--new"));
    expectHarmless(plain);
    for (const name of ["ends", "hangs", "becomes"]) {
      expect(
        plain.stdout.split("\n").filter((line) => line.includes(`${name}  the login shell's profile`)),
      ).toHaveLength(1);
    }
    expect(plain.stdout).toMatch(/value from the profile/);
    expect(plain.stdout).toMatch(/nothing from the profile/);
  });

  test("that lets nobody get to a shell makes the host unreachable, in its own words", async () => {
    const names = ["closed", "parrot", "deaf"];
    await prepare(names);
    const ended = expectCode(4, await place().waymark("run", "guide.md", "--json"));
    expectHarmless(ended);
    const reasons = new Map(
      eventsOf(ended.stdout, "task-finished").map(({ host, status, reason = "" }) => [host, `${status}: ${reason}`]),
    );
    expect(reasons.get("closed")).toMatch(
      /^unreachable: closed: no shell to work with: .*closed for maintenance.*login shell/s,
    );
    expect(reasons.get("parrot")).toMatch(
      /^unreachable: parrot: no shell to work with: what answers is none: .{1,99}login shell/s,
    );
    expect(reasons.get("deaf")).toMatch(
      /^unreachable: deaf: no shell to work with: no answer within 20 s.*login shell/s,
    );
    expectHarmless(expectCode(0, await place().waymark("show")));
  });
});

/** What the login shell is, by what sshd(8) calls: `SHELL -c COMMAND`. */
const SHELLS = ["fish", "csh", "tcsh", "zsh", "mksh"].filter(isInstalled);

describe.skipIf(SHELLS.length === 0)("a login shell", () => {
  const lab = useLoopbackLab({ names: SHELLS });
  const place = usePlace();

  test.each(SHELLS)("that is %s runs steps as any other", async (shell) => {
    const path = spawnSync("sh", ["-c", `command -v ${shell}`], { encoding: "utf8" }).stdout.trim();
    await lab().configure(shell, [`SetEnv SHELL=${path}`, `ForceCommand exec ${path} -c "$SSH_ORIGINAL_COMMAND"`]);
    await place().write("hosts.yaml", hostsFile([lab().host(shell)]));
    await place().write("guide.md", GUIDE);
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--json"));
    expect(eventsOf(stdout, "host-connected").map(({ note }) => note)).toEqual([undefined]);
    expect(eventsOf(stdout, "task-finished").map(({ status }) => status)).toEqual(["ok", "ok"]);
  });
});

describe("a host that opens one channel at a time (MaxSessions 1)", () => {
  const lab = useLoopbackLab({ names: ["few"], sshdConfig: ["MaxSessions 1"] });
  const place = usePlace();
  const sudo = spawnSync("sudo", ["-n", "-u", "nobody", "true"]).status === 0;

  test("shows what steps print while they run, runs them as other users, and ends them when told to", async () => {
    const gate = join(lab().dir, "gate");
    const until = `until [ -e '${gate}' ]; do sleep 0.05; done`;
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const steps = [
      block("bash {#shown on=all}", "echo begun", until),
      ...(sudo ? [block("bash {#other on=all sudo=nobody}", "id -un", "sleep 1"), block("output", "nobody")] : []),
      block("bash {#endless on=all}", "echo at it", "sleep 1000"),
    ];
    await place().write("guide.md", ["# Few", ...steps].join("\n"));
    const running = place().start(["run", "guide.md", "--json"]);
    await running.until((stdout) => stdout.includes("begun"));
    await writeFile(gate, "");
    await running.until((stdout) => stdout.includes("at it"));
    for (const decision of ["interrupt", "cancel"]) {
      running.kill("SIGINT");
      await running.untilEvent("operator-decided", { decision });
    }
    const { stdout } = expectCode(130, await running.ended);
    expect(eventsOf(stdout, "attempt-finished").at(-1)).toMatchObject({ step: "endless", end: "cancelled" });
    expect(eventsOf(stdout, "host-lost")).toEqual([]);
  });
});

/** Nothing but text: no control characters besides the end of a line, and those only as JSON has them. */
function expectHarmless({ stdout, stderr }: Ended): void {
  expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
}
