import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freeEndpoints } from "../../src/lab/lab-endpoints.ts";
import { identify } from "../../src/lab/process-identity.ts";
import { eventually } from "../contract/session-processes.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * Steps that go on while others run: ready once they say so, there for the steps after them, gone with the run. Each
 * writes its process down whenever it is started.
 */

const SERVE = ['echo $$ >> "$HOME/started"', "echo ready", "sleep 1000"];
const guide = (use: string): string =>
  [
    "---",
    "runbook: { defaults: { on: one } }",
    "---",
    "# Beside",
    block("bash {#serve background}", ...SERVE),
    '<!-- expect: stdout == "ready" -->\n',
    block("bash {#use}", 'kill -0 "$(tail -n 1 "$HOME/started")"', use),
    block("bash {#last}", 'echo used >> "$HOME/used"'),
  ].join("\n");

describe("a background step", () => {
  const lab = useLoopbackLab({ names: ["one"] });
  const place = usePlace();
  const home = (file: string): string => join(lab().home("one"), file);
  const started = (): Promise<readonly string[]> => linesOf(home("started"));
  const isAlive = async (pid: string | undefined): Promise<boolean> => (await identify(Number(pid))) !== undefined;
  /** What is used meanwhile, for as long as the gate is shut. */
  const UNTIL = 'until [ -e "$HOME/gate" ]; do cd "$HOME"; sleep 0.05; done';
  const open = (): Promise<void> => writeFile(home("gate"), "");

  async function write(use: string): Promise<void> {
    await rm(home("gate"), { force: true });
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", guide(use));
  }

  test("is there for the next ones, and gone with the run", async () => {
    await write("true");
    const before = await started();
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--json"));
    const [pid, ...more] = (await started()).slice(before.length);
    expect(more).toEqual([]);
    expect(await isAlive(pid)).toBe(false);
    const types = eventsOf(stdout, "background-ended").map(({ step, end }) => [step, end]);
    expect(types).toEqual([["serve", "cancelled"]]);
  });

  test("ends when the run fails, and is started again when that goes on", async () => {
    await write('test -e "$HOME/mended"');
    const before = await started();
    expectCode(1, await place().waymark("run", "guide.md"));
    const [first] = (await started()).slice(before.length);
    expect(await isAlive(first)).toBe(false);
    await place().write("guide.md", guide("true"));
    expectCode(0, await place().waymark("resume", "--rerun", "use"));
    const both = (await started()).slice(before.length);
    expect(both.length).toBe(2);
    expect(await isAlive(both[1])).toBe(false);
  });

  test("that Waymark leaves behind when it is killed is found again, and not started twice", async () => {
    await write(UNTIL);
    const before = await started();
    const killed = place().start(["run", "guide.md", "--json"]);
    await killed.untilEvent("attempt-started", { step: "use" });
    killed.kill("SIGKILL");
    await killed.ended;
    const [pid] = (await started()).slice(before.length);
    expect(await isAlive(pid)).toBe(true);
    await open();
    expectCode(0, await place().waymark("resume"));
    expect((await started()).slice(before.length)).toEqual([pid]);
    expect(await isAlive(pid)).toBe(false);
  });

  test("goes on when its connection is cut, and is not started twice", async () => {
    await write(UNTIL);
    const before = await started();
    const run = place().start(["run", "guide.md", "--json"]);
    await run.untilEvent("attempt-started", { step: "use" });
    await lab().cutConnections("one");
    await run.untilEvent("host-lost");
    await open();
    expectCode(0, await run.ended);
    const pids = (await started()).slice(before.length);
    expect(pids.length).toBe(1);
    expect(await isAlive(pids[0])).toBe(false);
  });

  test("that ends by itself is told, and the run goes on", async () => {
    await write(`kill "$(tail -n 1 "$HOME/started")"; ${UNTIL}`);
    const run = place().start(["run", "guide.md"]);
    await run.until((text) => text.includes("one  serve is no longer at work in the background: exit status 143"));
    await open();
    expectCode(0, await run.ended);
  });

  test("carries a port of a host here, as one would type it", async () => {
    const { address, port, identity, knownHosts, user } = lab().host("one");
    const [{ port: free } = { port: 0 }] = await freeEndpoints(1, () => "127.0.0.1");
    const options = `-i ${identity[0]} -o UserKnownHostsFile=${knownHosts[0]} -o ExitOnForwardFailure=yes -p ${port}`;
    const forward = `ssh -N ${options} -L 127.0.0.1:${free}:${address}:${port} ${user}@${address}`;
    const look = [`exec 3<>/dev/tcp/127.0.0.1/${free}`, "head -c 4 <&3"];
    await place().write(
      "guide.md",
      [
        "---",
        "runbook: { defaults: { on: local } }",
        "---",
        "# Tunnel",
        block("bash {#tunnel background}", forward),
        block("bash {#look verify retry=200 every=500ms}", ...look),
        '<!-- expect: stdout == "SSH-" -->\n',
      ].join("\n"),
    );
    expectCode(0, await place().waymark("run", "guide.md"));
    await eventually("the port is free again", () => canListen(free), 60_000);
  });

  // Last: for a while the host is still the killed run's.
  test("is ended by abandon", async () => {
    await write(UNTIL);
    const before = await started();
    const killed = place().start(["run", "guide.md", "--json"]);
    await killed.untilEvent("attempt-started", { step: "use" });
    killed.kill("SIGKILL");
    await killed.ended;
    const [pid] = (await started()).slice(before.length);
    expect(await isAlive(pid)).toBe(true);
    expectCode(0, await place().waymark("abandon", await place().lastRun()));
    expect(await isAlive(pid)).toBe(false);
  });
});

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
