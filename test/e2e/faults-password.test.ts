import { writeFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../contract/session-processes.ts";
import { PASSWORDS, useNamespaceLab } from "../lab/namespace-lab.ts";
import { type EffectStep, type Faults, effectLine, onNamespaces, startFaults, untilSeen } from "./faults.ts";
import { block, eventsOf, expectCode } from "./waymark.ts";

/*
 * sudo that asks for a password, and gets a wrong one, or waits for it while Waymark is gone.
 */

const HOSTS = ["pi-1", "pi-2"] as const;
const WRONG = "correct horse battery";
const lab = useNamespaceLab({ hosts: HOSTS, user: "ops" });

const BEFORE: EffectStep = { id: "before" };
const INSIDE: EffectStep = { id: "inside", lines: ["sudo sleep 0.3", "sudo id -un", untilSeen()], shows: ["root"] };
const AFTER: EffectStep = { id: "after" };
/** A step as root, whose effect is counted where those of `ops` are. */
const AS_ROOT = block(
  "bash {#as-root on=all sudo}",
  effectLine("as-root", "/home/ops/effects"),
  "chown ops /home/ops/effects",
  untilSeen("/home/ops"),
);

interface Passwords {
  readonly faults: Faults;
  /** Flags that name a command which prints what stands in a file here. */
  readonly flags: readonly string[];
  /** Writes that file. */
  readonly set: (password: string) => Promise<void>;
}

async function start(): Promise<Passwords> {
  const faults = await startFaults(onNamespaces(lab()), onTestFinished);
  const file = `${faults.place.dir}/password`;
  return {
    faults,
    flags: ["--sudo-password-from", "cat password"],
    set: (password) => writeFile(file, `${password}\n`, { mode: 0o600 }),
  };
}

/** Has hosts count each password that is tried and wrong, as what locks accounts does. */
async function countTries(): Promise<(host: string) => Promise<number>> {
  for (const host of HOSTS) {
    const script = 'read -r p; [ -z "$p" ] || echo tried >> /root/wrong-passwords';
    await lab().exec(
      host,
      `printf '#!/bin/sh\\n%s\\n' '${script}' > /usr/local/bin/count-wrong && chmod 755 /usr/local/bin/count-wrong && rm -f /root/wrong-passwords &&
      grep -q count-wrong /etc/pam.d/common-auth || sed -i '/pam_unix.so/{s/success=1/success=2/;a auth optional pam_exec.so seteuid expose_authtok quiet /usr/local/bin/count-wrong
}' /etc/pam.d/common-auth`,
    );
  }
  return async (host) => Number(await lab().exec(host, "cat /root/wrong-passwords 2>/dev/null | wc -l"));
}

const stepsOn = async (faults: Faults, host: string): Promise<string> =>
  (await faults.effects(host)).map(({ step }) => step).join(" ");

describe("wrong sudo password", () => {
  test("the step fails on each host after one try; nothing of it ran; with the right one it goes on", async () => {
    const tries = await countTries();
    const { faults, flags, set } = await start();
    await faults.write([BEFORE, AS_ROOT, INSIDE, AFTER]);
    await set(WRONG);
    const { stdout } = expectCode(1, await faults.start("run", flags).ended);
    for (const host of HOSTS) {
      expect(await stepsOn(faults, host)).toBe("before");
      expect(await tries(host)).toBe(1);
    }
    const failed = eventsOf(stdout, "task-finished").filter(({ status }) => status === "failed");
    expect(failed.map(({ step, host }) => `${step} ${host}`).toSorted()).toEqual(["as-root pi-1", "as-root pi-2"]);
    for (const { reason } of failed) expect(reason).toContain("sudo did not take the password given for ops");

    await set(PASSWORDS.ops);
    expectCode(0, await faults.resume(...flags));
    for (const host of HOSTS) {
      expect(await stepsOn(faults, host)).toBe("before as-root inside after");
      expect(await tries(host)).toBe(1);
    }
    await faults.expectSound([WRONG, PASSWORDS.ops]);
  });

  test("in a block: it fails after one try on each host, however often it calls sudo", async () => {
    const tries = await countTries();
    const { faults, flags, set } = await start();
    const calls: EffectStep = { id: "calls", lines: ["sudo -k; sudo id & sudo id & wait; sudo id -un"] };
    await faults.write([BEFORE, calls]);
    await set(WRONG);
    expectCode(1, await faults.start("run", flags).ended);
    for (const host of HOSTS) expect(await tries(host)).toBe(1);
    expect((await faults.secretsFound([WRONG])).join("\n")).toBe("");
  });

  test("nobody gives one: the step says what would, and nothing of it ran", async () => {
    const { faults, flags, set } = await start();
    await faults.write([BEFORE, AS_ROOT, AFTER]);
    const { stdout } = expectCode(1, await faults.start("run").ended);
    for (const { reason } of eventsOf(stdout, "task-finished").filter(({ status }) => status === "failed")) {
      expect(reason).toContain("--sudo-password-from COMMAND");
    }
    expect(await stepsOn(faults, "pi-1")).toBe("before");
    await set(PASSWORDS.ops);
    expectCode(0, await faults.resume(...flags));
    expect(await stepsOn(faults, "pi-1")).toBe("before as-root after");
    await faults.expectSound([PASSWORDS.ops]);
  });

  test("a block waits for it while Waymark is killed, and is answered by the next", async () => {
    const { faults, flags, set } = await start();
    await faults.write([BEFORE, INSIDE, AFTER]);
    await set(PASSWORDS.ops);
    const never = ["--sudo-password-from", "while [ ! -e gate ]; do sleep 0.1; done"];
    const running = faults.start("run", never);
    for (const host of HOSTS) {
      const look = (): Promise<string> => lab().exec(host, "ls /var/tmp/waymark-*/u1001/bin/ask.* 2>/dev/null || :");
      await eventually("sudo asks", async () => (await look()) !== "", 90_000);
    }
    running.kill("SIGKILL");
    await writeFile(`${faults.place.dir}/gate`, "");
    await running.ended;
    expect(await lab().exec("pi-1", "ps -eo args")).toContain("waiting-for-a-sudo-password");
    expectCode(0, await faults.resume(...flags));
    for (const host of HOSTS) expect(await stepsOn(faults, host)).toBe("before inside after");
    await faults.expectSound([PASSWORDS.ops]);
  });

  test("connections that are lost meanwhile ask for none again", async () => {
    const { faults, flags, set } = await start();
    const slow = block(
      "bash {#as-root on=all sudo}",
      effectLine("as-root", "/home/ops/effects"),
      "while [ ! -e /root/gate ]; do sleep 0.05; done",
      "rm /root/gate",
    );
    await faults.write([BEFORE, slow, INSIDE]);
    await set(PASSWORDS.ops);
    const running = faults.start("run", flags);
    for (const host of HOSTS) {
      await eventually("it runs", async () => (await faults.effects(host, "as-root")).length === 1, 90_000);
    }
    await set(WRONG);
    for (const host of HOSTS) {
      await lab().cutConnections(host);
      await lab().exec(host, "touch /root/gate");
    }
    expectCode(0, await running.ended);
    for (const host of HOSTS) expect(await stepsOn(faults, host)).toBe("before as-root inside");
    await faults.expectSound([PASSWORDS.ops]);
  });
});
