import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kill } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { readGuide } from "../../src/document/read-guide.ts";
import { recall } from "../../src/engine/advance.ts";
import { Driver } from "../../src/engine/driver.ts";
import type { Clock } from "../../src/engine/ports.ts";
import type { RunState } from "../../src/engine/state.ts";
import { createRedactor } from "../../src/journal/redactor.ts";
import type { EventBody, RunEvent } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import { compile } from "../../src/plan/compile.ts";
import { createTransport } from "../../src/transport/transport.ts";
import { memoryJournal } from "../contract/journal-in-memory.ts";
import { eventually } from "../contract/session-processes.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";

/*
 * A host goes away for good in the middle of a step: cut off, and with nobody there to connect to. With the patience
 * of a test instead of that of a user, so below the command line: the driver over real SSH.
 */

const lab = useLoopbackLab({ names: ["alpha", "beta", "fickle"] });

const realClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** Goes on only while somebody waits: how fast the machine is does not count. */
function waitingClock(): Clock {
  let now = Date.now();
  return {
    now: () => new Date(now),
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, { signal });
      now += ms;
    },
  };
}

test("a step on a host that is gone for good is unknown; once the host is back it is found done, once", async () => {
  const gate = join(lab().dir, "gate");
  const plan = planOf(
    `
\`\`\`bash {#long on=alpha,beta}
echo long >> "$HOME/effects"
echo begun
while [ ! -e '${gate}' ]; do cd "$HOME"; sleep 0.05; done
echo over
\`\`\`

\`\`\`output
begun
over
\`\`\`

\`\`\`bash {#after on=alpha,beta}
echo after >> "$HOME/effects"
\`\`\`
`,
  );

  const begun = Promise.withResolvers<void>();
  const printed = (host: string, text: string): void =>
    void (host === "alpha" && text.includes("begun") && begun.resolve());
  const first = drive(plan, [], { printed });
  await begun.promise;
  // Nobody may get in again between the two; and the connections are found below the sshd that listens.
  const sshd = await lab().sshdPid("alpha");
  kill(sshd, "SIGSTOP");
  await lab().cutConnections("alpha");
  kill(sshd, "SIGKILL");
  await first.untilEvent("host-lost");
  // It goes on behind everybody's back.
  await writeFile(gate, "");
  const stopped = await first.state;
  expect(stopped.ending).toEqual({ type: "paused", reason: "unknown", detail: "alpha" });
  const unknown = first.events().filter((event) => event.type === "task-unknown");
  expect(unknown).toMatchObject([{ host: "alpha", asked: false, reason: expect.stringMatching(/\blost\b/i) }]);
  expect(first.events().filter((event) => event.type === "task-finished")).toMatchObject([
    { step: "long", host: "beta", status: "ok" },
  ]);

  // Still gone: nothing can be asked, nothing is done.
  const second = drive(plan, first.events());
  expect((await second.state).ending).toMatchObject({ type: "paused", reason: "unknown" });

  await lab().restart("alpha");
  const third = drive(plan, second.events());
  expect((await third.state).ending).toEqual({ type: "finished", status: "passed" });
  for (const name of ["alpha", "beta"]) {
    expect(await readFile(join(lab().home(name), "effects"), "utf8"), name).toBe("long\nafter\n");
  }
  expect(third.events().filter(({ type }) => type === "attempt-started").length).toBe(4);
});

test("a host that lets everybody in and drops every connection is given up, and its step found done later", async () => {
  const gate = join(lab().dir, "fickle-gate");
  const plan = planOf(
    [
      "```bash {#long on=fickle}",
      'echo long >> "$HOME/effects"',
      `until [ -e '${gate}' ]; do sleep 0.05; done`,
      "```\n",
    ].join("\n"),
  );
  const effects = join(lab().home("fickle"), "effects");
  const drops: Promise<void>[] = [];
  const drop = async (): Promise<void> => {
    await eventually("the step has begun", () => existsSync(effects));
    await lab().cutConnections("fickle");
  };
  const onEvent = ({ type }: RunEvent): void => void (type === "host-connected" && drops.push(drop()));
  const first = drive(plan, [], { clock: waitingClock(), onEvent });
  expect((await first.state).ending).toMatchObject({ type: "paused", reason: "unknown", detail: "fickle" });
  await Promise.all(drops);
  const lost = first.events().filter(({ type }) => type === "host-lost");
  expect(lost.length).toBeGreaterThan(2);
  expect(lost.length).toBeLessThan(20);
  expect(first.events().filter(({ type }) => type === "task-unknown")).toMatchObject([
    {
      asked: false,
      reason: expect.stringMatching(/^fickle lets us in and drops every connection, for [\d.]+ s now: ./),
    },
  ]);

  await writeFile(gate, "");
  const second = drive(plan, first.events());
  expect((await second.state).ending).toEqual({ type: "finished", status: "passed" });
  expect(await readFile(effects, "utf8")).toBe("long\n");
});

function planOf(text: string): Plan {
  const { runbook } = readGuide("guide.md", new TextEncoder().encode(text));
  if (runbook === undefined) throw new Error("the guide is no runbook");
  const { plan, diagnostics } = compile({ runbook, digest: "0", inventory: { hosts: lab().hosts }, inputs: {} });
  expect(diagnostics).toEqual([]);
  return plan;
}

interface Drive {
  readonly state: Promise<RunState>;
  events(): readonly RunEvent[];
  untilEvent(type: RunEvent["type"]): Promise<void>;
}

interface Seen {
  readonly clock?: Clock;
  readonly printed?: (host: string, text: string) => void;
  readonly onEvent?: (event: RunEvent) => void;
}

/** A run, or where there are events a resumed one, that gives a lost host two seconds to come back. */
function drive(plan: Plan, past: readonly RunEvent[], { clock = realClock, printed, onEvent }: Seen = {}): Drive {
  const journal = memoryJournal(clock, past);
  const before = recall(past);
  const token = past.length > 0 ? before.state.token : randomBytes(8).toString("hex");
  const waiting = new Map<string, () => void>();
  const driver = new Driver({
    plan,
    before,
    first: [past.length > 0 ? RESUMED : { ...STARTED, token }],
    inputs: {},
    journal,
    transport: createTransport({ token, ssh: { user: lab().user, home: lab().dir }, hosts: lab().hosts }),
    redactor: createRedactor(),
    reporter: {
      event: (event) => {
        waiting.get(event.type)?.();
        onEvent?.(event);
      },
      output: ({ host, text }) => printed?.(host, text),
    },
    clock,
    patience: { connectTries: 1, connectMs: 1000, retryMs: 100, reconnectMs: 2000 },
    operator: { confirm: async () => undefined, input: async () => undefined },
    superseded: [],
    newTaskId: () => randomBytes(16).toString("hex"),
  });
  return {
    state: driver.run(),
    events: () => journal.events,
    untilEvent: (type) =>
      new Promise((resolve) => {
        waiting.set(type, resolve);
        if (journal.events.slice(past.length).some((event) => event.type === type)) resolve();
      }),
  };
}

const STARTED: Extract<EventBody, { type: "run-started" }> = {
  type: "run-started",
  run: "20261122-184100-abcd",
  token: "",
  waymark: "0.1.0",
  guide: { path: "/guide.md", digest: "0" },
  inventory: { hosts: [] },
  inputs: {},
  secretInputs: [],
  parallel: 100,
};
const RESUMED: EventBody = { type: "run-resumed", waymark: "0.1.0", retryFailed: false, parallel: 100 };
