import { dirname, join } from "node:path";
import { readFile, rm, writeFile } from "node:fs/promises";
import { expect, vi } from "vitest";
import { fileName } from "../../src/journal/file-name.ts";
import type { RunEvent, TaskRef } from "../../src/model/event.ts";
import type { Host } from "../../src/model/inventory.ts";
import type { LoopbackLab } from "../lab/loopback-lab.ts";
import type { NamespaceLab } from "../lab/namespace-lab.ts";
import { type Found, ProcessWatch, asFound, filesIn, findSecrets, isCapsule, sharedFiles } from "./secret-search.ts";
import { type Ended, type Place, type Running, block, hostsFile, linesOf, makePlace } from "./waymark.ts";

/*
 * The fault suite: whatever breaks, tasks executed twice 0, results lost 0, secrets found outside live capsules 0.
 *
 * Each task of a guide here adds one line to a file on its host, outside of every capsule: host, step, and the name of
 * the script that it runs, which is the capsule's. So what really happened can be counted behind Waymark's back, and
 * compared with what its journal says. A test breaks something, lets the run come to its end, and asks for `expectSound`.
 */

// On a busy machine a command line may take seconds to start, and some faults are noticed late on purpose.
vi.setConfig({ testTimeout: 180_000 });

/** Hosts, and where on this machine one finds what they have on their disks. */
export interface FaultLab {
  readonly hosts: readonly Host[];
  /** The login user's home on a host, as a folder here. */
  home(name: string): string;
  /** All that somebody on the host may have written to, as folders here. */
  disk(name: string): readonly string[];
}

export const onLoopback = (lab: LoopbackLab): FaultLab => ({
  hosts: lab.hosts,
  home: (name) => lab.home(name),
  disk: (name) => [dirname(lab.home(name))],
});

/** Hosts that log in as the lab's user; of their disks, where anything but a package could have been written. */
export const onNamespaces = (lab: NamespaceLab): FaultLab => ({
  hosts: lab.hosts,
  home: (name) => lab.home(name),
  disk: (name) => ["home", "root", "tmp", "var/tmp", "var/log", "run", "etc"].map((folder) => lab.path(name, folder)),
});

/** A step whose effect can be counted. */
export interface EffectStep {
  readonly id: string;
  /** Its attributes. Default: `on=all`. */
  readonly keys?: string;
  /** What it does between its effect and its end. */
  readonly lines?: readonly string[];
  /** What those lines show on stdout, once secrets are hidden. */
  readonly shows?: readonly string[];
  /** It says nothing but `lines`: for a capture. */
  readonly quiet?: boolean;
}

/** The line of a script that adds one to the effects; `file` for users with a home of their own. */
export const effectLine = (id: string, file = "$HOME/effects"): string =>
  `echo "$WAYMARK_HOST ${id} \${0##*/}" >> "${file}"`;

/** A line of a script that waits until the watch over processes has seen a step. @param home of the login user */
export const untilSeen = (home = "$HOME"): string =>
  `until [ -e "${home}/seen" ]; do [ -d "${home}" ]; sleep 0.05; done`;

/** The step as a block of a guide, with everything that it shows as what is expected of it. */
export function effectBlock({ id, keys = "on=all", lines = [], shows = [], quiet = false }: EffectStep): string {
  const says = (word: string): readonly string[] => (quiet ? [] : [`echo "${id} ${word} on $WAYMARK_HOST"`]);
  const code = block(`bash {#${id} ${keys}}`, effectLine(id), ...says("begins"), ...lines, ...says("ends"));
  if (quiet) return code;
  const output = shows.map((line) => line.replaceAll("«secret»", "[..]"));
  return `${code}\n${block("output", `${id} begins on [..]`, ...output, `${id} ends on [..]`)}`;
}

/** One line of the effects. */
interface Effect extends TaskRef {
  /** `TASK.ATTEMPT`; absent where what ran has no script of its own. */
  readonly key?: string;
}

type Of<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;
const ofType = <T extends RunEvent["type"]>(events: readonly RunEvent[], type: T): readonly Of<T>[] =>
  events.filter((event): event is Of<T> => event.type === type);

/**
 * A guide, its runs, and all that is known of them afterwards. Owns a place and a watch over this machine's processes.
 */
export class Faults {
  readonly place: Place;
  readonly lab: FaultLab;
  private readonly watch = new ProcessWatch(() => this.letGoOn());
  private readonly since = Date.now();
  /** Lines that earlier tests have left on a lab that they share. */
  private readonly old: ReadonlyMap<string, number>;
  private steps: readonly EffectStep[] = [];
  private seen = false;
  /** Ids of steps of other runs on the same hosts. */
  readonly others = new Set<string>();

  constructor(place: Place, lab: FaultLab, old: ReadonlyMap<string, number>) {
    this.place = place;
    this.lab = lab;
    this.old = old;
  }

  /**
   * Writes `guide.md`: text as it is, and steps.
   * @param hosts what the hosts file has instead of the lab's own
   */
  async write(guide: readonly (string | EffectStep)[], hosts = hostsFile(this.lab.hosts)): Promise<void> {
    this.steps = guide.filter((part) => typeof part !== "string");
    const parts = guide.map((part) => (typeof part === "string" ? `${part}\n` : effectBlock(part)));
    await this.place.write("hosts.yaml", hosts);
    await this.place.write("guide.md", parts.join("\n"));
  }

  /** Starts `waymark COMMAND guide.md --json FLAGS`. */
  start(
    command: "run" | "resume",
    flags: readonly string[] = [],
    options: Parameters<Place["start"]>[1] = {},
  ): Running {
    return this.place.start([command, "guide.md", "--json", ...flags], options);
  }

  /** Resumes until that ends with something else than a rest (exit 3). */
  async resume(...flags: readonly string[]): Promise<Ended> {
    for (let rests = 0; rests < 20; rests++) {
      const ended = await this.start("resume", flags).ended;
      if (ended.code !== 3) return ended;
    }
    throw new Error("the run rests for ever");
  }

  /** The lines that a step has left on a host, or all steps. */
  async effects(host: string, step?: string): Promise<readonly Effect[]> {
    const lines = await linesOf(effectsOf(this.lab, host));
    const effects = lines.slice(this.old.get(host)).map((line): Effect => {
      const [host = "", step = "", script = ""] = line.split(" ");
      const key = /^([0-9a-f]{32}\.\d+)\.\d+\.s$/.exec(script)?.[1];
      return { host, step, ...(key !== undefined && { key }) };
    });
    return effects.filter((effect) => (step === undefined ? !this.others.has(effect.step) : effect.step === step));
  }

  /** What hosts did more often than the journal has reason for: one line each. */
  async executedTwice(): Promise<readonly string[]> {
    const events = await this.place.journal();
    const twice: string[] = [];
    for (const [name, effects] of await this.effectsByTask()) {
      const begun = ofType(events, "attempt-started").filter((attempt) => nameOf(attempt) === name);
      const done = new Set<string>();
      for (const { key } of effects) {
        // One without a name is that of the next attempt.
        const known = key ?? begun.map(keyOf).find((key) => !done.has(key)) ?? "";
        const index = begun.findIndex((attempt) => keyOf(attempt) === known);
        const [attempt, before] = [begun[index], begun[index - 1]];
        if (attempt === undefined) twice.push(`${name} more often than it was begun`);
        else if (done.has(known)) twice.push(`${name} twice in attempt ${attempt.attempt}`);
        else if (before !== undefined && !mayRepeat(events, before, attempt)) {
          twice.push(`${name} again, although nobody knew that it had failed`);
        }
        done.add(known);
      }
    }
    return twice;
  }

  /** What is known on hosts, or was printed there, and is not known here: one line each. */
  async resultsLost(): Promise<readonly string[]> {
    const events = await this.place.journal();
    const lost: string[] = [];
    for (const [name, effects] of await this.effectsByTask()) {
      const ends = events.filter((event) => event.type === "task-finished" || event.type === "task-unknown");
      const begun = ofType(events, "attempt-started").filter((attempt) => nameOf(attempt) === name);
      for (const { key } of effects) {
        if (key !== undefined && !begun.some((attempt) => keyOf(attempt) === key)) lost.push(`${name} did ${key}`);
      }
      if (!ends.some((end) => nameOf(end) === name)) lost.push(`what became of ${name}`);
    }
    for (const end of lastEnds(events)) {
      const step = this.steps.find(({ id }) => id === end.step);
      if (step === undefined || end.status !== "ok" || end.attempts === 0) continue;
      const name = nameOf(end);
      const says = (word: string): readonly string[] =>
        step.quiet === true ? [] : [`${step.id} ${word} on ${end.host}`];
      const shown = [...says("begins"), ...(step.shows ?? []), ...says("ends")].map((line) => `${line}\n`).join("");
      if ((await this.log(end)) !== shown) lost.push(`some of what ${name} printed`);
      if (step.quiet !== true && !end.expectations.every(({ passed }) => passed)) lost.push(`the verdict of ${name}`);
      if ((await this.effects(end.host, end.step)).length === 0) lost.push(`the effect of ${name}`);
    }
    for (const { name, value, secret, ...task } of ofType(events, "variable-captured")) {
      const { shows = [] } = this.steps.find(({ id }) => id === task.step) ?? {};
      if (!secret && value !== shows.join("\n")) lost.push(`${name} of ${nameOf(task)}`);
    }
    if (events.some(({ seq }, index) => seq !== index + 1)) lost.push("events");
    return lost;
  }

  /**
   * Where these values stand and must not: the state folder, everything printed, the hosts' disks but for live capsules,
   * /tmp, /var/tmp, histories of shells, command lines and environments of processes: one line each.
   * @param but files on hosts where a step has put them
   */
  async secretsFound(values: readonly string[], but: readonly string[] = []): Promise<readonly string[]> {
    const last = (await this.place.journal()).at(-1);
    const isOver = last?.type === "run-finished" && last.status === "passed";
    const skip = (path: string): boolean => but.includes(path) || (!isOver && isCapsule(path));
    const texts: Found[] = [...this.watch.texts, ...this.place.printed.map((text) => asFound("its output", text))];
    const folders = [this.place.state, this.place.home, ...this.lab.hosts.flatMap(({ name }) => this.lab.disk(name))];
    for (const folder of folders) for await (const file of filesIn(folder, skip)) texts.push(file);
    for await (const file of sharedFiles(this.since)) texts.push(file);
    return findSecrets(values, texts);
  }

  /** The three zeros. `values` are the secrets that the run had to do with, `but` as above. */
  async expectSound(values: readonly string[] = [], but: readonly string[] = []): Promise<void> {
    expect(await this.executedTwice(), "tasks executed twice").toEqual([]);
    expect(await this.resultsLost(), "results lost").toEqual([]);
    expect(await this.secretsFound(values, but), "secrets found").toEqual([]);
    // Some step that has to do with them waits to be seen: else nothing might have been looked at.
    if (values.length > 0) expect(this.watch.steps, "processes of steps that were seen").toBeGreaterThan(0);
  }

  async remove(): Promise<void> {
    this.watch.stop();
    await this.place.remove();
  }

  /** A step has been seen: see {@link untilSeen}. */
  private letGoOn(): void {
    if (this.seen) return;
    this.seen = true;
    const writes = this.lab.hosts.map(({ name }) => writeFile(seenOn(this.lab, name), ""));
    // Where the disk can take nothing just now, the next one that is seen has it told.
    Promise.all(writes).catch(() => (this.seen = false));
  }

  /** What the log here has of a task. */
  private async log({ step, host }: TaskRef): Promise<string> {
    const run = join(this.place.state, "runs", await this.place.lastRun());
    return readFile(join(run, "output", fileName(step), `${fileName(host)}.log`), "utf8").catch(() => "");
  }

  /** By step and host. */
  private async effectsByTask(): Promise<ReadonlyMap<string, readonly Effect[]>> {
    const all = await Promise.all(this.lab.hosts.map(({ name }) => this.effects(name)));
    return Map.groupBy(all.flat(), nameOf);
  }
}

/** For one test: `onTestFinished` is of its context. Tests that share a lab come one after the other. */
export async function startFaults(
  lab: FaultLab,
  onTestFinished: (clear: () => Promise<void>) => void,
): Promise<Faults> {
  for (const { name } of lab.hosts) await rm(seenOn(lab, name), { force: true });
  const old = lab.hosts.map(async ({ name }) => [name, (await linesOf(effectsOf(lab, name))).length] as const);
  const faults = new Faults(await makePlace(), lab, new Map(await Promise.all(old)));
  onTestFinished(() => faults.remove());
  return faults;
}

const effectsOf = (lab: FaultLab, host: string): string => join(lab.home(host), "effects");
const seenOn = (lab: FaultLab, host: string): string => join(lab.home(host), "seen");
const nameOf = ({ step, host }: TaskRef): string => `${step} on ${host}`;
const keyOf = ({ task, attempt }: { readonly task: string; readonly attempt: number }): string => `${task}.${attempt}`;

/** Whether something between two attempts says that the first has failed, or that a person wants another. */
function mayRepeat(events: readonly RunEvent[], before: Of<"attempt-started">, again: Of<"attempt-started">): boolean {
  return events.slice(before.seq, again.seq - 1).some((event) => {
    switch (event.type) {
      case "operator-decided":
        return event.decision === "rerun" && event.step === before.step;
      case "attempt-finished":
        return event.task === before.task && event.end !== "exited";
      case "attempt-judged":
        return nameOf(event) === nameOf(before) && !event.passed;
      case "batch-judged":
        return event.step === before.step && event.hosts.includes(before.host) && !event.passed;
      default:
        return false;
    }
  });
}

/** How each task ended last. */
function lastEnds(events: readonly RunEvent[]): readonly Of<"task-finished">[] {
  return [...new Map(ofType(events, "task-finished").map((end) => [nameOf(end), end])).values()];
}
