import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Host } from "../../src/model/inventory.ts";
import { useNamespaceLab } from "../lab/namespace-lab.ts";
import { type EffectStep, type Faults, onNamespaces, startFaults } from "./faults.ts";
import { eventsOf, expectCode, hostsFile } from "./waymark.ts";

/*
 * Hosts that can be reached through another one only, which is lost. What runs behind it goes on, and is found done.
 */

const BEHIND = ["worker-1", "worker-2", "worker-3"] as const;
const lab = useNamespaceLab({
  hosts: ["master", ...BEHIND.map((name) => ({ name, behind: "master" }))],
});

/** The jump host itself is one of the run's hosts unless `only` the others are. */
async function start(hosts: readonly Host[] = lab().hosts): Promise<Faults> {
  return startFaults({ ...onNamespaces(lab()), hosts }, onTestFinished);
}

const workers = (): readonly Host[] => lab().hosts.filter(({ name }) => name !== "master");

/** Goes on until the gate on its host is opened. */
const waits = (keys = "on=all"): EffectStep => ({
  id: "waits",
  keys,
  lines: ['while [ ! -e "$HOME/gate" ]; do sleep 0.05; done', 'rm -f "$HOME/gate"', "echo behind the gate"],
  shows: ["behind the gate"],
});
const open = (names: readonly string[]): Promise<unknown> =>
  Promise.all(names.map((name) => lab().exec(name, "touch /home/pi/gate")));

const BEFORE: EffectStep = { id: "before" };
const AFTER: EffectStep = { id: "after" };

async function stepsOn(faults: Faults): Promise<readonly string[]> {
  const done = faults.lab.hosts.map(async ({ name }) =>
    [name, ...(await faults.effects(name)).map(({ step }) => step)].join(" "),
  );
  return Promise.all(done);
}

const nameOf = ({ host }: { readonly host: string }): string => host;

/** How often `stdout` has an event of that type. */
const times = (stdout: string, type: "host-lost" | "attempt-started"): number => eventsOf(stdout, type).length;

describe("jump host lost", () => {
  test("its connections end while steps run behind it: they go on, and are followed again", async () => {
    const faults = await start();
    await faults.write([BEFORE, waits(), AFTER]);
    const running = faults.start("run");
    await running.until((stdout) => times(stdout, "attempt-started") === 8);
    await lab().cutConnections("master");
    await running.until((stdout) => times(stdout, "host-lost") === 4);
    await open(lab().hosts.map(({ name }) => name));
    const { stdout } = expectCode(0, await running.ended);
    for (const { host, reason } of eventsOf(stdout, "host-lost")) {
      if (host !== "master") expect(reason).toContain("master, on the way there, was lost");
    }
    expect(await stepsOn(faults)).toEqual(lab().hosts.map(({ name }) => `${name} before waits after`));
    await faults.expectSound();
  });

  test("it loses power while steps run behind it: they are done when it is back", { timeout: 240_000 }, async () => {
    const faults = await start(workers());
    // Of the hosts only those behind it are the run's.
    await faults.write([BEFORE, waits("on=behind"), AFTER], hostsFile(lab().hosts, asWorkers()));
    const running = faults.start("run", ["--limit", "behind"], { deadlineMs: 200_000 });
    await running.until((stdout) => times(stdout, "attempt-started") === 6);
    await lab().powerOff("master");
    await open(BEHIND);
    // It is asked every ten seconds whether it is there, three times.
    await running.until((stdout) => times(stdout, "host-lost") === 3);
    await lab().start("master");
    const { stdout } = await running.ended;
    expect(eventsOf(stdout, "host-lost").map(nameOf).toSorted()).toEqual(BEHIND);
    expect(await stepsOn(faults)).toEqual(BEHIND.map((name) => `${name} before waits after`));
    await faults.expectSound();
    // However many hosts came back at once, it was logged in to once.
    expect((await lab().log("master")).match(/Accepted publickey/g)).toHaveLength(1);
  });

  test("before they are reached: they are unreachable, and the run goes on when it is back", async () => {
    const faults = await start(workers());
    // Nobody listens there.
    const gone = { ...asWorkers(), master: { port: 9 } };
    await faults.write([BEFORE, AFTER], hostsFile(lab().hosts, gone));
    const { stdout } = expectCode(4, await faults.start("run", ["--limit", "behind"]).ended);
    const unreachable = eventsOf(stdout, "task-finished");
    expect(unreachable.map(nameOf).toSorted()).toEqual(BEHIND);
    for (const { reason } of unreachable) expect(reason).toMatch(/^On the way there: master .* cannot be reached/);
    expect(await stepsOn(faults)).toEqual([...BEHIND]);
    await faults.place.write("hosts.yaml", hostsFile(lab().hosts, asWorkers()));
    await faults.resume("--limit", "behind");
    expect(await stepsOn(faults)).toEqual(BEHIND.map((name) => `${name} before after`));
    await faults.expectSound();
  });

  test("again and again: nothing is done twice", async () => {
    const faults = await start();
    const steps = ["one", "two", "three", "four"].map((id): EffectStep => ({ id, lines: ["sleep 0.5"] }));
    await faults.write(steps);
    const running = faults.start("run");
    const over = running.ended.then(() => "over" as const);
    // Not for ever: on a busy machine nobody gets through between two cuts.
    for (let cuts = 0; cuts < 8 && (await Promise.race([over, sleep(700)])) !== "over"; cuts++) {
      await lab().cutConnections("master");
    }
    const ended = await running.ended;
    if (ended.code !== 0) await faults.resume();
    expect(await stepsOn(faults)).toEqual(lab().hosts.map(({ name }) => `${name} one two three four`));
    await faults.expectSound();
  });
});

const asWorkers = (): Readonly<Record<string, Readonly<Record<string, unknown>>>> =>
  Object.fromEntries(BEHIND.map((name) => [name, { groups: ["behind"] }]));
