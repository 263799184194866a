import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type EffectStep, type Faults, onLoopback, startFaults } from "./faults.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf } from "./waymark.ts";

/*
 * Ctrl-C at bad moments, once, twice and three times, against real sshd: what runs on hosts is never left in the dark.
 */

const lab = useLoopbackLab({ names: ["deaf", "done", "silent", "left", "both", "waits", "checked", "mute"] });

type OnTestFinished = Parameters<typeof startFaults>[1];

const start = (names: readonly string[], onTestFinished: OnTestFinished): Promise<Faults> =>
  startFaults({ ...onLoopback(lab()), hosts: names.map((name) => lab().host(name)) }, onTestFinished);

const open = (name: string): Promise<void> => writeFile(join(lab().home(name), "gate"), "");
const until = 'while [ ! -e "$HOME/gate" ]; do cd "$HOME"; sleep 0.05; done';
/** From then on a job minds no TERM. */
const DEAF = [`trap '' TERM INT`, 'touch "$HOME/deaf"'];
async function isDeaf(name: string): Promise<void> {
  while (!existsSync(join(lab().home(name), "deaf"))) await sleep(20);
}

describe("cancelled twice", () => {
  test("says of each host what has become of it, and never hangs on one that is silent", async ({ onTestFinished }) => {
    const names = ["deaf", "done", "silent"];
    const faults = await start(names, onTestFinished);
    const work: EffectStep = {
      id: "work",
      lines: [...DEAF, '[ "$WAYMARK_HOST" = done ] ||', `{ ${until}; }`],
    };
    await faults.write([work, { id: "after" }]);
    const running = faults.place.start(["run", "guide.md"], { deadlineMs: 100_000 });
    await running.until((stdout) => stdout.includes("done  "));
    for (const name of names) await isDeaf(name);
    await lab().freezeConnections("silent");
    running.kill("SIGINT");
    await running.until((stdout) => stdout.includes("Interrupted: waiting for 2 tasks on deaf, silent to finish."));
    running.kill("SIGINT");
    const { stdout } = expectCode(130, await running.ended);
    expect(stdout).toContain("Cancelling 2 tasks on deaf, silent: TERM, and KILL after 5 s.");
    expect(stdout).toMatch(/had ended on done\n/);
    expect(stdout).toMatch(/cancelled and ended on deaf\n/);
    expect(stdout).toMatch(/no proof that it has ended: outcome unknown on silent\n/);
    const run = await faults.place.lastRun();
    expect(stdout).toContain(`waymark resume ${run}`);
    await faults.expectSound();

    // The silent one is followed to its end; on the deaf one it runs again.
    await lab().restart("silent");
    for (const name of names) await open(name);
    expectCode(0, await faults.resume());
    expect((await faults.effects("deaf")).map(({ step }) => step)).toEqual(["work", "work", "after"]);
    expect((await faults.effects("done")).map(({ step }) => step)).toEqual(["work", "after"]);
    expect((await faults.effects("silent")).map(({ step }) => step)).toEqual(["work", "after"]);
    await faults.expectSound();
  });

  test("a third press leaves at once, and what was at work is found again", async ({ onTestFinished }) => {
    const faults = await start(["left"], onTestFinished);
    await faults.write([{ id: "work", lines: [...DEAF, until] }, { id: "after" }]);
    const running = faults.place.start(["run", "guide.md"]);
    await isDeaf("left");
    running.kill("SIGINT");
    await running.until((stdout) => stdout.includes("Interrupted"));
    running.kill("SIGINT");
    await running.until((stdout) => stdout.includes("Cancelling"));
    running.kill("SIGINT");
    const { stderr } = expectCode(130, await running.ended);
    const run = await faults.place.lastRun();
    expect(stderr).toContain("left at once; what is at work on left may go on");
    expect(stderr).toContain(`waymark resume ${run} asks`);
    await open("left");
    const { code, stdout } = await faults.start("resume").ended;
    // The cancel was on its way: either it came through, or the job was quicker.
    expect(code, stdout).toBe(eventsOf(stdout, "attempt-finished")[0]?.end === "cancelled" ? 1 : 0);
    if (code === 1) expectCode(0, await faults.resume());
    await faults.expectSound();
  });

  test("SIGTERM and SIGHUP, which come in twos, only pause", async ({ onTestFinished }) => {
    const faults = await start(["both"], onTestFinished);
    await faults.write([{ id: "work", lines: [until] }, { id: "after" }]);
    const running = faults.start("run");
    await running.until((stdout) => stdout.includes("work begins"));
    for (const signal of ["SIGTERM", "SIGHUP", "SIGTERM"] as const) running.kill(signal);
    await running.untilEvent("operator-decided", { decision: "interrupt" });
    running.kill("SIGHUP");
    await sleep(300);
    await open("both");
    const { stdout } = expectCode(143, await running.ended);
    expect(eventsOf(stdout, "operator-decided").map(({ decision }) => decision)).toEqual(["interrupt"]);
    expect(eventsOf(stdout, "run-paused")).toMatchObject([{ reason: "interrupted" }]);
    expect(eventsOf(stdout, "task-finished")).toMatchObject([{ step: "work", status: "ok" }]);
    expectCode(0, await faults.resume());
    await faults.expectSound();
  });
});

describe("interrupted while nothing is at work", () => {
  /** What it waits for would come much later than its deadline, or never. */
  async function interrupt(running: ReturnType<Faults["start"]>): Promise<string> {
    running.kill("SIGINT");
    return expectCode(130, await running.ended).stdout;
  }

  test("connecting to a host that says nothing", async ({ onTestFinished }) => {
    const faults = await start(["mute"], onTestFinished);
    const tarpit = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(tarpit, "listening");
    onTestFinished(() => void tarpit.close());
    const reached = new Promise((resolve) => tarpit.once("connection", resolve));
    const { port } = tarpit.address() as AddressInfo;
    await faults.write([{ id: "work" }], hostsFile([lab().host("mute")], { mute: { address: "127.0.0.1", port } }));
    const running = faults.start("run");
    await reached;
    const stdout = await interrupt(running);
    expect(eventsOf(stdout, "task-deferred")).toMatchObject([{ step: "work", host: "mute", reason: "interrupted" }]);
    expect(eventsOf(stdout, "run-paused")).toMatchObject([{ reason: "interrupted" }]);
    await faults.write([{ id: "work" }]);
    expectCode(0, await faults.resume());
    await faults.expectSound();
  });

  test("waiting for another attempt", async ({ onTestFinished }) => {
    const faults = await start(["waits"], onTestFinished);
    const work = (every: string): EffectStep => ({
      id: "work",
      keys: `on=all retry=1 every=${every}`,
      lines: ['[ -e "$HOME/gate" ]'],
    });
    await faults.write([work("10m")]);
    const running = faults.start("run");
    await running.untilEvent("attempt-judged");
    await interrupt(running);
    await open("waits");
    await faults.write([work("1s")]);
    expectCode(0, await faults.resume());
    expect(await faults.effects("waits")).toHaveLength(2);
    await faults.expectSound();
  });

  test("looking again at what has passed, and at `unless`", async ({ onTestFinished }) => {
    const faults = await start(["checked"], onTestFinished);
    const hangs = 'while [ -e "$HOME/gate" ]; do sleep 0.1; done';
    const slow = `[ ! -e "$HOME/gate" ] || echo looking >> "$HOME/looks"; ${hangs}`;
    const check = block("bash {#check on=all verify}", slow);
    const unless = `unless='${hangs}; false'`;
    await faults.write([
      check,
      { id: "work", keys: `on=all checkpoint ${unless}` },
      { id: "after", keys: `on=all ${unless}` },
    ]);
    expectCode(3, await faults.start("run").ended);
    await open("checked");
    const looks = join(lab().home("checked"), "looks");
    const running = faults.start("resume");
    while ((await linesOf(looks)).length === 0) await sleep(20);
    const stdout = await interrupt(running);
    expect(eventsOf(stdout, "check-finished")).toMatchObject([{ status: "unverifiable" }]);
    await faults.expectSound();
  });
});
