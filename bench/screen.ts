import { PassThrough, Writable } from "node:stream";
import { NO_LOG } from "../src/journal/read-log-piece.ts";
import type { Plan, PlannedStep } from "../src/model/plan.ts";
import type { EventBody } from "../src/model/event.ts";
import type { App as AppOfScreen } from "../src/ui/app.tsx";
import type { RunPicture as Picture } from "../src/ui/screen/run-picture.ts";
import type { ScreenSource } from "../src/ui/screen/screen-source.ts";
import { type Table, median, ratio } from "./table.ts";

const STEPS = 60;
const SIZES = [20, 500];
const ROUNDS = 5;
const REDRAWS = 100;

/**
 * What drawing the screen anew costs after one more task has finished: it must not grow with the hosts that are not on
 * it. From the built files, as Node does not read TSX.
 */
export async function screen(): Promise<Table> {
  const costs = new Map<number, number[]>(SIZES.map((hosts) => [hosts, []]));
  await redraws(20);
  for (let round = 0; round < ROUNDS; round++) {
    for (const hosts of SIZES) costs.get(hosts)?.push(await redraws(hosts));
  }
  const middle = (hosts: number): number => median(costs.get(hosts) ?? []);
  const smallest = middle(SIZES[0] ?? 0);
  return {
    title: `screen: ${STEPS} steps, 160 × 50; CPU of a redraw, median of ${ROUNDS}`,
    head: ["", "ms", "of the smallest run"],
    rows: SIZES.map((hosts) => [`${hosts} hosts`, middle(hosts).toFixed(2), ratio(middle(hosts), smallest)]),
  };
}

/** @returns CPU milliseconds a redraw */
async function redraws(count: number): Promise<number> {
  const built = (name: string): string => new URL(`../dist/ui/${name}.js`, import.meta.url).href;
  const { App } = (await import(built("app"))) as { App: typeof AppOfScreen };
  const { RunPicture } = (await import(built("screen/run-picture"))) as { RunPicture: typeof Picture };
  const { render } = await import("ink");
  const { createElement } = await import("react");
  const plan = planOf(count);
  const picture = new RunPicture({
    plan,
    prose: { blocks: [] },
    now: () => new Date(60_000),
    readLog: () => Promise.resolve(NO_LOG),
  });
  let seq = 0;
  const tell = (body: EventBody): void => picture.event({ v: 1, seq: ++seq, at: new Date(0).toISOString(), ...body });
  const at = STEPS / 2;
  for (const { id, hosts } of plan.steps.slice(0, at)) {
    tell({ type: "step-started", step: id, hosts });
    for (const host of hosts) tell(finished(id, host));
    tell({ type: "step-finished", step: id, status: "ok" });
  }
  const now = plan.steps[at];
  if (now === undefined) throw new Error("no step");
  tell({ type: "step-started", step: now.id, hosts: now.hosts });
  for (const host of now.hosts) tell({ type: "task-started", step: now.id, host, task: "t", effectDigest: "e" });
  // Each change is drawn, and none waits for others.
  const listeners = new Set<() => void>();
  const source: ScreenSource = {
    plan,
    prose: picture.prose,
    notice: [],
    question: undefined,
    live: false,
    earlier: [],
    journal: picture.journal,
    look: undefined,
    captures: {},
    inputs: {},
    get view() {
      return picture.view;
    },
    get version() {
      return picture.version;
    },
    answer: () => undefined,
    outputs: (step) => picture.outputs(step),
    log: (step, host) => picture.log(step, host),
    now: () => picture.now(),
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
  const none = (): void => undefined;
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: none, ref: none, unref: none });
  let drawn = 0;
  const stdout = Object.assign(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        drawn += chunk.length;
        done();
      },
    }),
    {
      columns: 160,
      rows: 50,
      isTTY: true,
    },
  );
  const app = render(
    createElement(App, {
      source,
      style: { color: true, unicode: true, columns: 160 },
      size: { columns: 160, rows: 50 },
    }),
    {
      stdout,
      stdin: keyboard as unknown as NodeJS.ReadStream,
      patchConsole: false,
      incrementalRendering: true,
      maxFps: 1000,
      interactive: true,
    },
  );
  await app.waitUntilRenderFlush();
  const begin = process.cpuUsage();
  for (let redraw = 0; redraw < REDRAWS; redraw++) {
    const host = now.hosts[redraw % now.hosts.length] ?? "";
    tell(
      redraw % 2 === 0
        ? finished(now.id, host)
        : { type: "task-started", step: now.id, host, task: "t", effectDigest: "e" },
    );
    for (const changed of listeners) changed();
    await app.waitUntilRenderFlush();
  }
  const { user, system } = process.cpuUsage(begin);
  app.unmount();
  if (drawn < 100 * REDRAWS) throw new Error(`nothing was drawn: ${drawn} bytes`);
  return (user + system) / 1000 / REDRAWS;
}

function finished(step: string, host: string): EventBody {
  return { type: "task-finished", step, host, status: "ok", durationMs: 1, attempts: 1, expectations: [] };
}

function planOf(count: number): Plan {
  const names = Array.from({ length: count }, (_, index) => `host-${index + 1}`);
  const steps = Array.from({ length: STEPS }, (_, index): PlannedStep => {
    const place = { line: index * 10 + 1, column: 1, offset: 0 };
    return {
      index,
      id: `step-${index}`,
      explicitId: true,
      title: `Step number ${index}`,
      sections: [`Section ${Math.floor(index / 10)}`],
      span: { start: place, end: place },
      role: "run",
      hosts: names,
      action: { kind: "command", language: "bash", interpreter: ["bash"], code: "true\n" },
      uses: [],
      asks: [],
      timeoutMs: 1000,
      retry: 0,
      everyMs: 0,
      when: [],
      secret: false,
      verify: false,
      fresh: false,
      maxFailures: 0,
      expectations: [],
      batch: false,
      needsFacts: false,
      effectDigest: "e",
      expectDigest: "x",
    };
  });
  return {
    guide: { path: "guide.md", digest: "d", title: "Many hosts" },
    hosts: [],
    remote: names,
    groups: {},
    variables: [],
    steps,
    rolling: [],
    order: steps.map(({ index, hosts }) => ({ step: index, hosts })),
  };
}
