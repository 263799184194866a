import { describe, expect, onTestFinished, test } from "vitest";
import type { EventType } from "../../src/model/event.ts";
import { useNamespaceLab } from "../lab/namespace-lab.ts";
import { type EffectStep, type Faults, effectLine, onNamespaces, startFaults } from "./faults.ts";
import { block, eventsOf, expectCode } from "./waymark.ts";

/*
 * Hosts that really reboot, and hosts that are gone. A step that reboots its host does so once, whoever is killed
 * meanwhile; one that is cut short by a reboot nobody wanted is never taken for done, nor run again.
 */

const lab = useNamespaceLab({ hosts: ["one", "two", "three"] });

type Part = string | EffectStep;

const start = (...names: readonly string[]): Promise<Faults> => {
  const hosts = lab().hosts.filter(({ name }) => names.includes(name));
  return startFaults({ ...onNamespaces(lab()), hosts }, onTestFinished);
};

const KEYS = "on=all reboot timeout=1m";
/** It has ended by the time its host goes down. */
const endsFirst = (keys = KEYS): EffectStep => ({ id: "restart", keys, lines: ["sudo reboot --after=$$"] });
/** Its host goes down while it is at work. */
const cutShort = (keys = KEYS): string =>
  [
    block(`bash {#restart ${keys}}`, effectLine("restart"), "echo going", "sudo reboot", "sleep 60", "echo never"),
    block("output", "going"),
  ].join("\n");
const byWaymark = (keys = "on=all reboot=after timeout=1m"): EffectStep => ({ id: "restart", keys });

const WAYS: readonly (readonly [string, Part])[] = [
  ["whose block is cut short", cutShort()],
  ["whose block ends first", endsFirst()],
  ["after which Waymark reboots", byWaymark()],
];

const BEFORE: EffectStep = { id: "before", lines: ["cd /tmp", "export LEFT=behind"] };
const AFTER: EffectStep = { id: "after", lines: ['echo "in $PWD, ${LEFT-clean}"'], shows: ["in /home/pi, clean"] };

/** How often a host was booted meanwhile. */
async function bootsDuring(name: string, act: () => Promise<unknown>): Promise<number> {
  const { boots } = lab().state(name);
  await act();
  // Waymark may have been there before the lab has told.
  await lab().booted(name, 1);
  return lab().state(name).boots - boots;
}

async function stepsOn(faults: Faults, host: string): Promise<string> {
  return (await faults.effects(host)).map(({ step }) => step).join(" ");
}

describe("host rebooted, planned", () => {
  test.each(WAYS)("a step %s is over when its host is back, and the next begins anew", async (_, restart) => {
    const faults = await start("one");
    await faults.write([BEFORE, restart, AFTER]);
    const bootId = await lab().bootId("one");
    const boots = await bootsDuring("one", async () => {
      const { stdout } = expectCode(0, await faults.start("run").ended);
      const [rebooted, ...others] = eventsOf(stdout, "host-rebooted");
      expect(others).toEqual([]);
      expect(rebooted).toMatchObject({ step: "restart", host: "one", before: expect.stringContaining(bootId) });
      expect(rebooted?.boot).toContain(await lab().bootId("one"));
    });
    expect(boots).toBe(1);
    expect(await stepsOn(faults, "one")).toBe("before restart after");
    await faults.expectSound();
  });

  const MOMENTS: readonly EventType[] = [
    "attempt-started",
    "attempt-finished",
    "attempt-judged",
    "reboot-started",
    "host-lost",
    "host-rebooted",
    "task-finished",
  ];

  test.each(WAYS)("a step %s reboots its host once, with Waymark killed at each event", async (_, restart) => {
    const faults = await start("one");
    await lab().setBootDelay("one", 1);
    onTestFinished(() => lab().setBootDelay("one", 0.2));
    await faults.write([restart, AFTER]);
    const boots = await bootsDuring("one", async () => {
      for (const [index, moment] of MOMENTS.entries()) {
        const running = faults.start(index === 0 ? "run" : "resume");
        // One that it has come past before, or that this way does not have, leaves it to its end.
        await running.untilEvent(moment).catch(() => undefined);
        running.kill("SIGKILL");
        if ((await running.ended).code === 0) return;
      }
      expectCode(0, await faults.start("resume").ended);
    });
    expect(boots).toBe(1);
    expect(await stepsOn(faults, "one")).toBe("restart after");
    await faults.expectSound();
  });

  test("a block that does not reboot its host has failed, and is tried again if it may be", async () => {
    const faults = await start("one");
    // So long it has to go down, and again to come back.
    const keys = "on=all reboot timeout=8s retry=1 every=100ms";
    await faults.write([
      { id: "restart", keys, lines: ["[ ! -e ~/once ] || sudo reboot", "touch ~/once"], shows: [] },
      AFTER,
    ]);
    const boots = await bootsDuring("one", async () => {
      const { stdout } = expectCode(0, await faults.start("run").ended);
      const first = eventsOf(stdout, "attempt-judged").find(({ passed }) => !passed);
      expect(first?.expectations).toMatchObject([{ source: "reboot", explanation: "one did not reboot within 8 s" }]);
    });
    expect(boots).toBe(1);
    expect(await stepsOn(faults, "one")).toBe("restart restart after");
    await lab().exec("one", "rm /home/pi/once");
  });

  test("a block that fails before it reboots has failed as any other, at once", async () => {
    const faults = await start("one");
    await faults.write([block("bash {#restart on=all reboot}", effectLine("restart"), "false", "sudo reboot"), AFTER]);
    const boots = await bootsDuring("one", async () => {
      const { stdout } = expectCode(1, await faults.start("run").ended);
      expect(eventsOf(stdout, "task-finished")).toMatchObject([{ status: "failed", reason: "exit status 1" }]);
    });
    expect(boots).toBe(0);
  });

  test("a file that has changed has its host rebooted afterwards, one that has not does not", async () => {
    const faults = await start("one");
    const file = (text: string): string => block('conf {#conf on=all sudo file="/etc/some.conf" reboot=after}', text);
    await faults.write([file("a"), AFTER]);
    expect(await bootsDuring("one", () => faults.start("run").ended)).toBe(1);
    const again = await bootsDuring("one", async () => {
      const { stdout } = expectCode(0, await faults.start("run", ["--new"]).ended);
      expect(eventsOf(stdout, "task-finished")[0]).toMatchObject({ step: "conf", status: "unchanged" });
    });
    expect(again).toBe(0);
  });

  test("reboot=after says what is missing where it may not", async () => {
    const faults = await start("one");
    await faults.write([byWaymark(), AFTER], JSON.stringify({ hosts: { one: asUser("one", "plain") } }));
    const boots = await bootsDuring("one", async () => {
      const { stdout } = expectCode(1, await faults.start("run").ended);
      expect(eventsOf(stdout, "task-finished")).toMatchObject([
        { status: "failed", reason: expect.stringMatching(/^it has passed, and Waymark cannot reboot one: .*sudo/) },
      ]);
    });
    expect(boots).toBe(0);
  });

  test("a host is switched off and on from elsewhere", async () => {
    const faults = await start("one", "two");
    const key = await lab().exec("two", "cat /home/pi/.ssh/authorized_keys");
    expect(key).not.toBe("");
    // `two` is the switch: it cannot reach `one`, and leaves a wish that the test fulfils.
    await faults.write([block("bash {#cycle on=one at=two reboot timeout=1m}", "touch ~/wish"), AFTER]);
    const running = faults.start("run");
    await running.untilEvent("reboot-started");
    await lab().powerOff("one");
    await lab().start("one");
    const { stdout } = expectCode(0, await running.ended);
    expect(eventsOf(stdout, "host-rebooted")).toMatchObject([{ step: "cycle", host: "one" }]);
    expect(await stepsOn(faults, "one")).toBe("after");
  });

  test("serial: each host is back and verified before the next one goes", async () => {
    const faults = await start("one", "two", "three");
    const up = block("bash {#up verify}", "uptime");
    await faults.write(["## Roll\n\n<!-- waymark section: on=all serial=1 -->\n", endsFirst("reboot timeout=1m"), up]);
    const before = await Promise.all(["one", "two", "three"].map((name) => lab().bootId(name)));
    const { stdout } = expectCode(0, await faults.start("run").ended);
    const story = ["host-rebooted", "task-finished"].flatMap((type) => eventsOf(stdout, type as "task-finished"));
    expect(story.toSorted((a, b) => a.seq - b.seq).map(({ type, host, step }) => `${type} ${step} ${host}`)).toEqual(
      ["one", "two", "three"].flatMap((host) => [
        `host-rebooted restart ${host}`,
        `task-finished restart ${host}`,
        `task-finished up ${host}`,
      ]),
    );
    const after = await Promise.all(["one", "two", "three"].map((name) => lab().bootId(name)));
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    await faults.expectSound();
  });

  test("reconnect: the next step has the groups that the user has got", async () => {
    const faults = await start("one");
    const groups = (id: string): string => block(`bash {#${id} on=all capture=${id.toUpperCase()}}`, "id -Gn");
    await faults.write([
      groups("first"),
      block("bash {#join on=all}", "sudo groupadd lamp; sudo usermod -aG lamp pi"),
      groups("still"),
      block("bash {#login on=all reconnect}", "true"),
      groups("now"),
    ]);
    const { stdout } = expectCode(0, await faults.start("run").ended);
    const values = eventsOf(stdout, "variable-captured").map(({ name, value = "" }) => `${name} ${/lamp/.test(value)}`);
    expect(values).toEqual(["FIRST false", "STILL false", "NOW true"]);
    expect(eventsOf(stdout, "host-lost")).toEqual([]);
    await lab().exec("one", "groupdel lamp");
  });
});

describe("host rebooted, not planned", () => {
  const WORK: EffectStep = { id: "work", lines: ["sleep 60"] };

  test.each(["powerOff", "reboot"] as const)(
    "a step that it cuts short is unknown until a person says (%s)",
    async (how) => {
      const faults = await start("one", "two");
      await faults.write([{ ...WORK, lines: ['[ "$WAYMARK_HOST" = two ] || [ -e ~/again ] || sleep 60'] }, AFTER]);
      const running = faults.start("run");
      await running.until((stdout) => stdout.includes("work begins on one"));
      if (how === "reboot") await lab().reboot("one");
      else {
        await lab().powerOff("one");
        await lab().start("one");
      }
      const { stdout } = expectCode(3, await running.ended);
      expect(eventsOf(stdout, "task-unknown")).toMatchObject([
        { step: "work", host: "one", asked: true, reason: "its host was restarted" },
      ]);
      expect(eventsOf(stdout, "task-finished")).toMatchObject([{ step: "work", host: "two", status: "ok" }]);
      // Asked again, it knows no more.
      expectCode(3, await faults.start("resume").ended);
      expect(await stepsOn(faults, "one")).toBe("work");
      await lab().exec("one", "touch /home/pi/again");
      expectCode(0, await faults.start("resume", ["--rerun", "work"]).ended);
      expect(await stepsOn(faults, "one")).toBe("work work after");
      expect(await stepsOn(faults, "two")).toBe("work after");
      await faults.expectSound();
      await lab().exec("one", "rm /home/pi/again");
    },
  );

  test("a `creates` that is true says that it is done", async () => {
    const faults = await start("one");
    await faults.write([
      block('bash {#work on=all creates="~/made"}', effectLine("work"), "touch ~/made; sync", "echo made; sleep 60"),
      AFTER,
    ]);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("made"));
    await lab().reboot("one");
    const { stdout } = expectCode(0, await running.ended);
    expect(eventsOf(stdout, "task-finished")[0]).toMatchObject({
      step: "work",
      status: "ok",
      reason: "its host was restarted; settled by /home/pi/made exists".replace("/home/pi", "~"),
    });
    expect(await stepsOn(faults, "one")).toBe("work after");
    await lab().exec("one", "rm /home/pi/made");
  });

  test("one between two steps is nobody's loss", async () => {
    const faults = await start("one", "two");
    const gate = "while [ ! -e ~/gate ]; do sleep 0.05; done";
    await faults.write([{ id: "first" }, { id: "gate", keys: "on=two", lines: [gate] }, { id: "second" }]);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("gate begins"));
    await lab().reboot("one");
    await lab().exec("two", "touch /home/pi/gate");
    expectCode(0, await running.ended);
    expect(await stepsOn(faults, "one")).toBe("first second");
    await faults.expectSound();
  });
});

describe("host gone for good", () => {
  test.each<[string, Part]>([
    // Each try to reach it takes its time: the other ways are played through without real hosts.
    ["after which Waymark reboots", byWaymark("on=all reboot=after timeout=8s")],
  ])("a step %s rests, others go on without its host, and it goes on when that is back", async (_, restart) => {
    const faults = await start("one", "two");
    await lab().holdBoot("one");
    await faults.write([restart, AFTER]);
    const boots = await bootsDuring("one", async () => {
      const running = faults.start("run");
      await running.untilEvent("host-lost", { host: "one" });
      await lab().cut("one");
      const { stdout } = expectCode(3, await running.ended);
      expect(eventsOf(stdout, "task-unknown")).toMatchObject([{ step: "restart", host: "one", asked: false }]);
      expect(eventsOf(stdout, "task-finished")).toMatchObject([{ step: "restart", host: "two", status: "ok" }]);
      // Still gone: it is done without.
      const without = expectCode(1, await faults.start("resume", ["--set-aside", "one"]).ended);
      expect(eventsOf(without.stdout, "run-finished")).toMatchObject([{ status: "failed", setAside: ["one"] }]);
      expect(await stepsOn(faults, "two")).toBe("restart after");
      await lab().mend("one");
      await lab().letBoot("one");
      expectCode(0, await faults.start("resume", ["--retry-failed"]).ended);
    });
    expect(boots).toBe(1);
    expect(await stepsOn(faults, "one")).toBe("restart after");
    expect(await stepsOn(faults, "two")).toBe("restart after");
    await faults.expectSound();
  });

  test("Ctrl-C ends the wait, and nothing else; resume goes on waiting", async () => {
    const faults = await start("one");
    await lab().holdBoot("one");
    await faults.write([endsFirst(), AFTER]);
    const boots = await bootsDuring("one", async () => {
      const running = faults.start("run");
      await running.untilEvent("host-lost");
      running.kill("SIGINT");
      const { stdout } = expectCode(130, await running.ended);
      expect(eventsOf(stdout, "run-paused")).toMatchObject([{ reason: "interrupted" }]);
      const resumed = faults.start("resume");
      await resumed.untilEvent("run-resumed");
      await lab().letBoot("one");
      expectCode(0, await resumed.ended);
    });
    expect(boots).toBe(1);
    await faults.expectSound();
  });

  test("one that never comes up is set aside where that is allowed", async () => {
    const faults = await start("one", "two");
    await lab().powerOff("one");
    await faults.write([
      { id: "work", keys: "on=all max-failures=1" },
      { id: "more", keys: "on=all max-failures=1" },
    ]);
    const { stdout } = expectCode(4, await faults.start("run").ended);
    expect(eventsOf(stdout, "host-set-aside")).toMatchObject([{ host: "one", step: "work" }]);
    expect(await stepsOn(faults, "two")).toBe("work more");
    await lab().start("one");
    expectCode(0, await faults.start("resume", ["--retry-failed"]).ended);
    expect(await stepsOn(faults, "one")).toBe("work more");
    await faults.expectSound();
  });
});

/** A host as a hosts file has it, for another user of the lab. */
function asUser(name: string, user: "plain") {
  const { address, port, identity, knownHosts } = lab().host(name, user);
  return { address, port, user, identity: identity[0], known_hosts: knownHosts[0] };
}
