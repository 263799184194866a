import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { startRelay } from "../lab/relay.ts";
import { type EffectStep, type Faults, onLoopback, startFaults, untilSeen } from "./faults.ts";
import { eventsOf, expectCode, hostsFile } from "./waymark.ts";

/*
 * Connections that end at the worst moments, against real sshd. Each row has a host of its own, so that all of them can
 * wait at the same time.
 */

const lab = useLoopbackLab({
  names: ["never", "late", "alone", "running", "ended", "ended-too", "silent", "asleep", "restarted"],
});

type OnTestFinished = Parameters<typeof startFaults>[1];

const start = (name: string, onTestFinished: OnTestFinished): Promise<Faults> =>
  startFaults({ ...onLoopback(lab()), hosts: [lab().host(name)] }, onTestFinished);

/** The same with a relay in front of the host. */
async function startBehindRelay(name: string, guide: Guide, onTestFinished: OnTestFinished) {
  const faults = await start(name, onTestFinished);
  const host = lab().host(name);
  const relay = await startRelay(host);
  onTestFinished(() => relay.stop());
  const known = await readFile(host.knownHosts[0] ?? "", "utf8");
  const line = known.split("\n").find((line) => line.startsWith(`[${host.address}]:${host.port} `)) ?? "";
  const knownHosts = await faults.place.write("known_hosts", line.replace(/^\S+/, `[127.0.0.1]:${relay.port}`));
  const there = { address: "127.0.0.1", port: relay.port, known_hosts: knownHosts };
  await faults.write(guide, hostsFile([host], { [name]: there }));
  return { faults, relay };
}

type Guide = readonly (string | EffectStep)[];

/** A secret that is made on the host. */
const TOKEN: EffectStep = {
  id: "token",
  keys: "on=all capture=TOKEN secret",
  quiet: true,
  lines: [`od -An -N12 -tx1 /dev/urandom | tr -d ' \\n' > "$HOME/token"`, 'cat "$HOME/token"'],
  shows: ["«output withheld»"],
};
const NUMBERS = Array.from({ length: 500 }, (_, index) => String(index + 1));
const tokenFile = (name: string): string => join(lab().home(name), "token");
const token = (name: string): Promise<string> => readFile(tokenFile(name), "utf8");

const until = (gate: string): string => `while [ ! -e "$HOME/${gate}" ]; do cd "$HOME"; sleep 0.05; done`;
const open = (name: string, gate: string): Promise<void> => writeFile(join(lab().home(name), gate), "");

/** It has the secret, and says so, when the gate is opened. */
const waits = (id: string, gate: string, more: readonly string[] = []): EffectStep => ({
  id,
  lines: [...more, until(gate), untilSeen(), 'echo "behind the gate with $TOKEN"'],
  shows: ["behind the gate with «secret»"],
});

async function expectPassed(faults: Faults, name: string): Promise<void> {
  await faults.expectSound([await token(name)], [tokenFile(name)]);
  const journal = await faults.place.journal();
  expect(journal.at(-1)).toMatchObject({ type: "run-finished", status: "passed" });
  expect(journal.filter(({ type }) => type === "task-unknown")).toEqual([]);
}

// First, since it takes longest: connections are asked every ten seconds whether they live, and three times.
describe.concurrent("half-open", () => {
  const LONG = { timeout: 240_000 };
  const GUIDE: Guide = [TOKEN, waits("waits", "gate"), { id: "after" }];

  test("a host that says nothing any more is noticed, and the step found done", LONG, async ({ onTestFinished }) => {
    const faults = await start("silent", onTestFinished);
    await faults.write(GUIDE);
    const running = faults.start("run", [], { deadlineMs: LONG.timeout });
    await running.until((stdout) => stdout.includes("waits begins"));
    await lab().freezeConnections("silent");
    await open("silent", "gate");
    const { stdout } = expectCode(0, await running.ended);
    expect(eventsOf(stdout, "host-lost")).toMatchObject([{ reason: expect.stringMatching(/\w/) }]);
    await expectPassed(faults, "silent");
  });

  test("a machine that sleeps while its connection dies goes on when it wakes", async ({ onTestFinished }) => {
    const faults = await start("asleep", onTestFinished);
    await faults.write(GUIDE);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("waits begins"));
    running.kill("SIGSTOP");
    await lab().cutConnections("asleep");
    await open("asleep", "gate");
    await lab().idle("asleep");
    running.kill("SIGCONT");
    expectCode(0, await running.ended);
    await expectPassed(faults, "asleep");
  });
});

describe.concurrent("drop before start", () => {
  /** So long that an order to run it cannot be mistaken for anything else on its way. */
  const LONG = `: ${"x".repeat(8000)}`;
  const GUIDE: Guide = [TOKEN, waits("first", "gate-1"), waits("second", "gate-2", [LONG]), { id: "third" }];

  /** Up to the moment when the order to run `second` has left Waymark, and is not on the host. */
  async function untilOrdered(name: string, onTestFinished: OnTestFinished) {
    const { faults, relay } = await startBehindRelay(name, GUIDE, onTestFinished);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("first begins"));
    relay.hold("to the host");
    await open(name, "gate-1");
    await running.untilEvent("attempt-started", { step: "second" });
    while (relay.held("to the host") < LONG.length) await sleep(5);
    expect(await faults.effects(name, "second")).toEqual([]);
    return { faults, relay, running };
  }

  test("the order never arrives: it is given once more", async ({ onTestFinished }) => {
    const { faults, relay, running } = await untilOrdered("never", onTestFinished);
    relay.cut();
    relay.close();
    await open("never", "gate-2");
    expectCode(0, await running.ended);
    await expectPassed(faults, "never");
  });

  test("the order arrives when it has been given once more: it is not obeyed", async ({ onTestFinished }) => {
    const { faults, relay, running } = await untilOrdered("late", onTestFinished);
    relay.cut();
    await running.until((stdout) => stdout.includes("second begins"));
    relay.release();
    // The agent of old says that it knows.
    while (relay.strays() === 0 && (await faults.effects("late", "second")).length === 1) await sleep(5);
    await open("late", "gate-2");
    expectCode(0, await running.ended);
    await expectPassed(faults, "late");
  });

  test("the order arrives when nobody is there any more: what it began is found", async ({ onTestFinished }) => {
    const { faults, relay, running } = await untilOrdered("alone", onTestFinished);
    relay.refuse(true);
    relay.cut();
    relay.release();
    while ((await faults.effects("alone", "second")).length === 0) await sleep(5);
    relay.close();
    relay.refuse(false);
    await open("alone", "gate-2");
    expectCode(0, await running.ended);
    await expectPassed(faults, "alone");
  });
});

describe.concurrent("drop while running", () => {
  test("the step goes on, and all that it printed is read", async ({ onTestFinished }) => {
    const faults = await start("running", onTestFinished);
    const rounds = [1, 2, 3];
    await faults.write([
      TOKEN,
      {
        id: "goes-on",
        lines: rounds.flatMap((round) => [
          `echo "round ${round} with $TOKEN"`,
          until(`gate-${round}`),
          untilSeen(),
          "seq 500",
        ]),
        shows: rounds.flatMap((round) => [`round ${round} with «secret»`, ...NUMBERS]),
      },
      { id: "after" },
    ]);
    const running = faults.start("run");
    const have = (type: "host-lost" | "host-connected", count: number): Promise<void> =>
      running.until((stdout) => eventsOf(stdout, type).length === count);
    for (const round of rounds) {
      await running.until((stdout) => stdout.includes(`round ${round} with`));
      await lab().cutConnections("running");
      await have("host-lost", round);
      // It prints before, after, and while somebody is on the way to it.
      if (round === 2) await have("host-connected", 3);
      await open("running", `gate-${round}`);
      await have("host-connected", round + 1);
    }
    expectCode(0, await running.ended);
    await expectPassed(faults, "running");
  });
});

describe.concurrent("drop after the end, before the answer", () => {
  const GUIDE: Guide = [TOKEN, waits("ends", "gate"), { id: "after" }];

  /** Up to the moment when the job is over, the host knows it, and nobody else. */
  async function untilOver(name: string, onTestFinished: OnTestFinished) {
    const { faults, relay } = await startBehindRelay(name, GUIDE, onTestFinished);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("ends begins"));
    relay.hold("from the host");
    await open(name, "gate");
    while (!(await isOver(name, faults))) await sleep(5);
    expect(running.stdout).not.toContain("behind the gate");
    expect(eventsOf(running.stdout, "attempt-finished").filter(({ step }) => step === "ends")).toEqual([]);
    return { faults, relay, running };
  }

  /** Whether the record of its capsule says so. */
  async function isOver(name: string, faults: Faults): Promise<boolean> {
    const [effect] = await faults.effects(name, "ends");
    const run = (await readdir(lab().tmp(name))).find((entry) => entry.startsWith("waymark-"));
    const record = join(lab().tmp(name), run ?? "", effect?.key ?? "");
    return /^end ended .* \.$/m.test(await readFile(record, "utf8"));
  }

  test("the answer is asked for again, and the step is not", async ({ onTestFinished }) => {
    const { faults, relay, running } = await untilOver("ended", onTestFinished);
    relay.cut();
    relay.close();
    const { stdout } = expectCode(0, await running.ended);
    expect(eventsOf(stdout, "host-lost")).toHaveLength(1);
    await expectPassed(faults, "ended");
  });

  test("it is there for another Waymark as well", async ({ onTestFinished }) => {
    const { faults, relay, running } = await untilOver("ended-too", onTestFinished);
    running.kill("SIGKILL");
    await running.ended;
    relay.cut();
    relay.close();
    const { stdout } = expectCode(0, await faults.resume());
    expect(stdout).toContain("behind the gate with «secret»");
    await expectPassed(faults, "ended-too");
  });
});

describe.concurrent("sshd restarted", () => {
  test("the step goes on without it, and is found when it is back", async ({ onTestFinished }) => {
    const guide = [TOKEN, waits("waits", "gate"), { id: "after" }];
    const { faults, relay } = await startBehindRelay("restarted", guide, onTestFinished);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("waits begins"));
    const before = relay.accepted();
    relay.refuse(true);
    await lab().cutConnections("restarted");
    await lab().restart("restarted");
    // Somebody has tried in vain.
    while (relay.accepted() < before + 2) await sleep(20);
    relay.refuse(false);
    await running.until((stdout) => connected(stdout) === 2);
    // Once more while nothing is broken but the listener: connections that there are live on.
    await lab().restart("restarted");
    await open("restarted", "gate");
    const { stdout } = expectCode(0, await running.ended);
    expect(connected(stdout)).toBe(2);
    await expectPassed(faults, "restarted");
  });

  const connected = (stdout: string): number => eventsOf(stdout, "host-connected").length;
});
