import { spawnSync } from "node:child_process";
import { describe, expect, onTestFinished, test } from "vitest";
import { useNamespaceLab } from "../lab/namespace-lab.ts";
import { type EffectStep, onNamespaces, startFaults } from "./faults.ts";
import { type Ended, block, eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Whole hosts that are odd or mean: everything that they say of themselves is meant to harm a terminal, their clock is
 * wrong, or there is nothing on them but busybox.
 */

const busybox = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim();
const lab = useNamespaceLab({ hosts: ["mean", "late", "small"] });
const place = usePlace();

/** For printf(1): title, clipboard, a question, the other screen, in 7 and in 8 bits. */
const HARM = String.raw`\033]0;pwned\007\033]52;c;cHduZWQ=\007\033[6n\033[?1049h\302\2332J`;

/** Nothing but text: no control characters besides the end of a line. */
function expectHarmless({ stdout, stderr }: Ended): void {
  expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
}

test("what a host says of itself, of its files and of what went wrong does nothing to a terminal", async () => {
  await lab().exec(
    "mean",
    [
      `printf 'ID="evil${HARM}"\\nVERSION_ID="1${HARM}"\\nPRETTY_NAME="Evil${HARM}"\\n' >/etc/os-release`,
      `printf '${HARM}' >/proc/sys/kernel/hostname`,
      `install -d -o pi /home/pi/files; touch "/home/pi/files/$(printf 'odd${HARM}\\342\\200\\256name')"`,
      // What sudo says is told as the reason.
      `printf '#!/bin/sh\\nprintf "${HARM}go away\\\\n" >&2\\nexit 1\\n' >/usr/local/bin/sudo; chmod 755 /usr/local/bin/sudo`,
    ].join("\n"),
  );
  // A name for each way to fail: whoever has failed is left out from then on.
  const names = ["judged", "copied", "refused", "nowhere"];
  await place().write("hosts.yaml", hostsFile(names.map((name) => ({ ...lab().host("mean"), name }))));
  const guide = [
    "# Mean",
    block("bash {#said on=all when=\"host.os.id != ''\" capture=SAID}", `printf '${HARM}said'`),
    block("bash {#judge on=judged max-failures=all}", `printf '${HARM}other\\n${HARM}'; printf '${HARM}' >&2`),
    block("output", "something"),
    block("text {#copy on=copied copy max-failures=all}", "scp -r copied:files local:taken"),
    block("bash {#refuse on=refused sudo max-failures=all}", "true"),
    block('bash {#go on=nowhere dir="~/$SAID" max-failures=all}', "true"),
  ];
  await place().write("guide.md", guide.join("\n"));
  for (const flags of [[], ["--json"]]) {
    const ended = expectCode(1, await place().waymark("run", "guide.md", "--new", ...flags));
    expectHarmless(ended);
    expect(ended.stdout).toMatch(/go away/);
    expect(ended.stdout).toMatch(/no such directory/);
  }
  expectHarmless(await place().waymark("show", "--step", "said", "--host", "judged"));
  expectHarmless(await place().waymark("show", "--json"));
  expectHarmless(await place().waymark("hosts"));
  expectHarmless(await place().waymark("hosts", "--json"));
});

describe("a clock that is hours off, and jumps while steps run", () => {
  /** As date(1) would answer on a host whose clock somebody sets to and fro. */
  const CLOCK = `#!/bin/sh
    n=$(cat /tmp/asked 2>/dev/null || echo 0); echo $((n + 1)) >/tmp/asked
    exec /bin/date -d "@$(($(/bin/date +%s) + (n % 2 ? -1 : 1) * (7200 + n * 600)))" "$@"
`;

  test("changes nothing: durations, timeouts and order are right, and it is told by `waymark hosts`", async () => {
    await lab().exec("late", `cat >/usr/local/bin/date <<'END'\n${CLOCK}END\nchmod 755 /usr/local/bin/date`);
    const faults = await startFaults({ ...onNamespaces(lab()), hosts: [lab().host("late")] }, onTestFinished);
    const steps: readonly EffectStep[] = [
      { id: "first", lines: ["date +%s >/dev/null", "sleep 1"] },
      { id: "second", keys: "on=all timeout=10m", lines: ["date +%s >/dev/null", "sleep 1"] },
    ];
    await faults.write([...steps, block("bash {#endless on=all timeout=1s}", "sleep 1000")]);
    const { stdout } = expectCode(1, await faults.start("run").ended);
    const ends = eventsOf(stdout, "attempt-finished");
    expect(ends.map(({ step, end }) => `${step} ${end}`)).toEqual(["first exited", "second exited", "endless timeout"]);
    for (const { durationMs } of ends) {
      expect(durationMs).toBeGreaterThan(900);
      // The clock jumps by two hours and more.
      expect(durationMs).toBeLessThan(600_000);
    }
    await faults.expectSound();
    const told = await faults.place.waymark("hosts");
    expect(told.stdout).toMatch(/[-+]\d{4,} s/);
    expect(await lab().exec("late", "cat /tmp/asked")).toMatch(/^[1-9]/);
  });
});

describe.skipIf(busybox === "")("a host that has nothing but busybox", () => {
  test("runs, follows, times out, copies and cleans up as any other", async () => {
    const root = "/opt/small";
    await lab().exec(
      "small",
      [
        `mkdir -p ${root}/bin ${root}/lib ${root}/lib64 ${root}/dev ${root}/proc ${root}/etc ${root}/var/tmp ${root}/tmp ${root}/home/plain`,
        `chmod 1777 ${root}/var/tmp ${root}/tmp; chown plain: ${root}/home/plain`,
        `mount --bind /dev ${root}/dev; mount -t proc proc ${root}/proc`,
        `grep -E '^(root|plain):' /etc/passwd | sed 's|:[^:]*$|:/bin/ash|' >${root}/etc/passwd`,
        "usermod -s /bin/ash plain",
      ].join("\n"),
    );
    const binary = lab().path("small", `${root}/bin/busybox`);
    const libraries = spawnSync("ldd", [busybox], { encoding: "utf8" }).stdout.match(/\/\S+/g) ?? [];
    expect(spawnSync("cp", ["-L", busybox, binary]).status).toBe(0);
    for (const library of libraries) {
      const target = lab().path("small", `${root}${library}`);
      expect(spawnSync("sh", ["-c", `mkdir -p "\${2%/*}" && cp -L "$1" "$2"`, "sh", library, target]).status).toBe(0);
    }
    await lab().exec("small", `chroot ${root} /bin/busybox --install -s /bin`);
    await lab().configure("small", ["Match User plain", `ChrootDirectory ${root}`, "SetEnv PATH=/bin", "Match all"]);

    await place().write("hosts.yaml", hostsFile([lab().host("small", "plain")]));
    await place().write("given.txt", "from here\n");
    await place().write(
      "guide.md",
      [
        "# Small",
        block("sh {#said on=all capture=SAID}", "export LEFT=behind", "cd /tmp", "readlink /proc/$$/exe"),
        block("sh {#waits on=all}", 'echo "$PWD $LEFT $SAID"', "sleep 1", "echo over"),
        block("output", "/tmp behind /bin/busybox", "over"),
        block('text {#file on=all file="~/file.txt" mode=600}', "one line"),
        block("text {#copied on=all copy}", "scp given.txt small:copied.txt"),
        block("sh {#there on=all}", "cat ~/file.txt ~/copied.txt"),
        block("output", "one line", "from here"),
        block("sh {#endless on=all timeout=1s max-failures=1}", "sleep 1000"),
      ].join("\n"),
    );
    const { stdout } = expectCode(1, await place().waymark("run", "guide.md", "--json"));
    const ends = eventsOf(stdout, "task-finished").map(
      ({ step, status, reason }) => `${step} ${status} ${reason ?? ""}`,
    );
    expect(ends.slice(0, -1).map((end) => end.trim())).toEqual([
      "said ok",
      "waits ok",
      "file ok",
      "copied ok",
      "there ok",
    ]);
    expect(ends.at(-1)).toMatch(/^endless failed .*1 s/);
    expectCode(0, await place().waymark("abandon", await place().lastRun()));
    expectCode(0, await place().waymark("clean", await place().lastRun()));
    expect(await lab().exec("small", `ls ${root}/var/tmp; chroot ${root} ps | grep -c '[s]leep 1000' || :`)).toMatch(
      /^0\s*$/,
    );
  });
});
