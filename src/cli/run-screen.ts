/*
 * The screen of one sitting and all that may have the terminal instead of it. One file, since it is one owner: of the
 * screen, of the stretch that is shown on it, and of what is told where it fails.
 */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { Writable } from "node:stream";
import { readProse } from "../document/read-prose.ts";
import { NO_LOG, readLogPiece } from "../journal/read-log-piece.ts";
import { outputPath, type RunFolder, taskLogPath } from "../journal/run-folder.ts";
import type { RunEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { renderEdits, type Edited } from "../ui/render-edits.ts";
import { renderFailures } from "../ui/render-failures.ts";
import { outlineOf, renderSummary } from "../ui/render-summary.ts";
import type { Screen } from "../ui/open-screen.tsx";
import type { Deed } from "../ui/screen/deeds.ts";
import type { StepTimes } from "../story/step-times.ts";
import { neutralize } from "../story/terminal-text.ts";
import type { Style } from "../ui/style.ts";
import { heardEnd } from "../ui/screen/heard.ts";
import { RunPicture } from "../ui/screen/run-picture.ts";
import { type GoThrough, Previews } from "./preview.ts";
import type { Release } from "./at-terminal.ts";
import { Asides, type AsidesOptions } from "./asides.ts";
import { goneRun } from "./gone-run.ts";
import { childAtTerminal } from "./child-at-terminal.ts";
import { systemClock } from "./clock.ts";
import { pastTimes } from "./past-times.ts";
import { type LinesInstead, linesInstead } from "./lines-instead.ts";
import { type Prompter, terminalPrompter } from "./prompter.ts";
import type { RunReporter } from "./reporter.ts";
import { Remembered } from "./remembered.ts";
import { ScreenPrompter } from "./screen-prompter.ts";
import { styleOf } from "./style.ts";
import { type Surroundings, stateDir } from "./terminal.ts";
import { type Ending, isSpoken, openTerminalScreen } from "./terminal-screen.ts";

/** A run as it is found. */
export interface Seen {
  readonly plan: Plan;
  readonly guide: Uint8Array;
  readonly past: readonly RunEvent[];
  /** Values of inputs that are not secret, where they are not in the past. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Absent before it has begun. */
  readonly folder?: RunFolder;
}

/** A stretch of a run that is about to begin. */
export interface Stretch extends Seen {
  readonly folder: RunFolder;
  /** How the guide was edited since the stretch before. */
  readonly edited?: Edited;
  /** Its reader wants it to rest once that step is over; without one, once the step at work is. */
  readonly restAfter: (step?: string) => void;
  /** Its reader does not want it to rest after all. */
  readonly runOn: () => void;
  /** Its reader wants it to stop. */
  readonly interrupt: () => void;
}

/**
 * The screen of one sitting: a run from its start, or from where it is resumed, through as many stretches as its
 * operator goes on with it. Owns the terminal meanwhile, but for what it is lent to.
 */
export class RunScreen {
  readonly #around: Surroundings;
  readonly #stateDir: string;
  /** How long steps took in earlier runs: read once, and never waited for. */
  #times: Promise<readonly StepTimes[]> | undefined;
  #screen: Screen | undefined;
  #picture: RunPicture | undefined;
  #seen: Seen | undefined;
  /** What is shown, if it is one that somebody works on. */
  #stretch: Stretch | undefined;
  readonly #closed = new AbortController();
  readonly prompter: Prompter = new ScreenPrompter(
    () => this.#picture,
    this.#closed.signal,
    () => (this.#lines?.begun === true ? terminalPrompter(this.#around, {}) : undefined),
  );
  readonly #remembered = new Remembered();
  readonly #previews: Previews;
  readonly #asides: Asides;
  #lastLent: Promise<void> = Promise.resolve();
  #lent = false;
  #chosen = Promise.withResolvers<Deed>();
  /** What was chosen is on its way: nothing else can be. */
  #isUnderWay = false;
  #lines: LinesInstead | undefined;
  #ending: Ending | undefined;
  #bug: unknown;

  /**
   * @param flags how its hosts are reached
   * @param rehearse goes through a step without doing anything
   */
  constructor(around: Surroundings, flags: AsidesOptions["flags"], rehearse: GoThrough) {
    this.#around = around;
    this.#stateDir = stateDir(around, flags.stateDir);
    const known = { ...around, remembered: this.#remembered };
    this.#asides = new Asides(known, {
      flags,
      now: () => this.#picture && { picture: this.#picture, ...(this.#seen?.folder && { folder: this.#seen.folder }) },
      suspend: () => this.suspend(),
      closed: this.#closed.signal,
    });
    this.#previews = new Previews(known, rehearse);
  }

  /** Shows a run that nobody works on. */
  look(seen: Seen): void {
    this.#show(seen, false);
  }

  /** Shows a stretch from now on. */
  begin(stretch: Stretch): RunReporter {
    const { plan, edited, interrupt } = stretch;
    const picture = this.#show(stretch, true);
    this.#stretch = stretch;
    if (edited !== undefined)
      picture.tell(renderEdits(this.#plainStyle(), plan.guide.path, edited, "R on it runs it again"));
    const lines = linesInstead(this.#around, stretch);
    this.#lines = lines;
    // Closed while it was on its way: it is not begun.
    if (this.#closed.signal.aborted) setImmediate(interrupt);
    return {
      event: (event) => {
        if (event.type === "checkpoint-reached" && event.text !== "" && !lines.begun) this.prompter.say(event.text);
        picture.event(event);
        lines.event(event);
      },
      output: (output) => (lines.begun ? lines : picture).output(output),
      hold: (about) => {
        if (lines.begun) return lines.hold(about);
        // Questions are asked in place; only programs need the terminal itself.
        return about === "terminal" ? this.suspend() : () => undefined;
      },
      stop: async () => {
        picture.rests();
        await lines.stop();
      },
    };
  }

  #show(seen: Seen, live: boolean): RunPicture {
    const { plan, guide, past, folder, inputs } = seen;
    const picture = new RunPicture({
      plan,
      prose: readProse(guide),
      now: () => systemClock.now(),
      ...(inputs !== undefined && { inputs }),
      readLog: async (step, host, from, length) =>
        folder === undefined ? NO_LOG : readLogPiece(taskLogPath(folder, step, host), from, length),
    });
    for (const event of past) picture.event(event);
    if (!live) picture.rests();
    this.#picture = picture;
    this.#seen = seen;
    this.#stretch = undefined;
    this.#isUnderWay = false;
    this.#chosen = Promise.withResolvers();
    if (this.#closed.signal.aborted) return picture;
    if (this.#screen === undefined) {
      this.#screen = openTerminalScreen(this.#around, {
        source: picture,
        onDeed: (deed) => this.#hear(deed),
        onAside: (aside) => this.#asides.hear(aside),
        onEnding: (why) => this.#end(why),
      });
      void this.#screen.closed.then((bug) => {
        if (bug !== undefined) this.#fail(bug);
        this.#closed.abort();
      });
    } else this.#screen.show(picture);
    this.#times ??= pastTimes(this.#stateDir, resolve(this.#around.cwd, plan.guide.path), folder?.id).catch(() => []);
    void this.#times.then((times) => picture.remember(times));
    return picture;
  }

  /** What wants a run to stop that is worked on does so by itself. */
  #end(why: Ending): void {
    if (this.#picture?.live === true) return;
    this.#ending = why;
    this.#screen?.close();
  }

  /** The run does not end for what cannot be drawn: it goes on in lines. */
  #fail(bug: unknown): void {
    this.#bug = bug;
    const picture = this.#picture;
    if (picture?.live !== true || this.#lines === undefined) return;
    this.#bug = undefined;
    this.#lines.begin();
    const { stack = "", message } = bug instanceof Error ? bug : new Error(String(bug));
    const place = /^ +at .*/m.exec(stack)?.[0] ?? "";
    this.#around.stderr.write(
      neutralize(
        `waymark: the screen has failed, which is a bug in waymark [WM9000]: ${message}\n${place}\n` +
          "  The run goes on in lines; nothing of it is lost. Please report this.\n",
      ),
    );
  }

  /** Whether something else has the terminal. */
  get lent(): boolean {
    return this.#lent;
  }

  /** Gives the terminal to something else for a while, one after the other. */
  async suspend(): Promise<Release> {
    const before = this.#lastLent;
    const over = Promise.withResolvers<void>();
    this.#lastLent = over.promise;
    await before;
    try {
      const resume = await this.#screen?.suspend();
      this.#lent = true;
      return async () => {
        this.#lent = false;
        try {
          await resume?.();
        } finally {
          over.resolve();
        }
      };
    } catch (error) {
      // A terminal that has gone, for one: who wants it next need not wait for it.
      over.resolve();
      throw error;
    }
  }

  /**
   * What commands are to know of the process while the screen is open: questions are asked there, and what they say on
   * stderr is told there.
   */
  get around(): Surroundings {
    if (this.#screen === undefined) return this.#around;
    const said: string[] = [];
    const stderr = new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        said.push(...text.replace(/\n$/, "").split("\n"));
        this.tell(said);
        done();
      },
    });
    const { columns } = this.#around.stdout;
    const quiet = Object.assign(stderr, { isTTY: false, columns }) as unknown as NodeJS.WriteStream;
    return { ...this.#around, prompter: this.prompter, remembered: this.#remembered, stderr: quiet };
  }

  /** Id of the run that is shown: of its guide there may be a newer one. Undefined before it has begun. */
  get run(): string | undefined {
    // One whose first event could not be written, on a full disk, is nothing to go on with.
    return this.#picture?.view.run === "" ? undefined : this.#seen?.folder?.id;
  }

  /** The terminal itself. */
  get terminal(): Surroundings {
    return this.#around;
  }

  /**
   * What is to be done next about a run that rests; undefined once the screen is closed.
   * @throws the bug for which it could not go on
   */
  async next(): Promise<Exclude<Deed, { do: "stop" | "close" }> | undefined> {
    const screen = this.#screen;
    if (screen === undefined) return undefined;
    this.#isUnderWay = false;
    for (;;) {
      const deed = await Promise.race([this.#chosen.promise, screen.closed.then(() => undefined)]);
      this.#chosen = Promise.withResolvers();
      if (this.#bug !== undefined) throw this.#bug;
      if (deed === undefined) return undefined;
      if (deed.do === "stop" || deed.do === "close") continue;
      this.#isUnderWay = true;
      // Two at once would want the journal.
      await this.#asides.noted();
      return deed;
    }
  }

  /** What ended it, where that was none of its keys. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Why nobody can go on with the run that is shown; lines. Empty where somebody can. */
  get gone(): readonly string[] {
    return this.run === undefined ? [] : goneRun(this.#seen?.folder);
  }

  /** Says why the run cannot go on as it is wanted to. */
  tell(lines: readonly string[]): void {
    this.#picture?.tell(lines);
  }

  /** Has the guide edited at a step, in the operator's editor. @returns why that was not possible */
  async edit(step: string): Promise<string | undefined> {
    const { env, cwd } = this.#around;
    const { steps = [], guide } = this.#seen?.plan ?? {};
    const line = steps.find(({ id }) => id === step)?.span.start.line ?? 1;
    const editor = [env["VISUAL"], env["EDITOR"]].find((value) => value !== undefined && value !== "") ?? "vi";
    const release = await this.suspend();
    try {
      // As git(1) does: the value is a command line of a shell. What vi, nano, emacs and micro understand.
      const child = spawn("sh", ["-c", `${editor} "$@"`, editor, `+${line}`, guide?.path ?? ""], {
        cwd,
        stdio: "inherit",
      });
      const code = await childAtTerminal(this.#around, child);
      return code === 0
        ? undefined
        : `${editor} ended with ${code ?? "a signal"}; what it has saved counts from the next start on`;
    } finally {
      await release();
    }
  }

  /** Closes it at once, for whoever is about to leave and has something to say. */
  leave(): void {
    this.#screen?.close();
    this.#screen = undefined;
  }

  /** Closes it, and leaves on the normal screen how the run stands, why, and what to do next. */
  async close(): Promise<void> {
    const screen = this.#screen;
    if (screen === undefined) return;
    this.#screen = undefined;
    screen.close();
    await screen.closed;
    await this.#previews.end();
    await this.#asides.end();
    // It has been told in lines.
    if (this.#lines?.begun === true) return;
    const lines = this.#farewell();
    const names = new Set(this.#seen?.plan.hosts.map(({ name }) => name));
    for (const line of isSpoken(this.#around) ? heardEnd(lines, names) : lines) this.#around.stdout.write(`${line}\n`);
  }

  #farewell(): readonly string[] {
    const { plan, folder } = this.#seen ?? {};
    const picture = this.#picture;
    if (plan === undefined || picture === undefined) return [];
    if (folder === undefined) return [`nothing of ${plan.guide.path} was run`];
    if (this.gone.length > 0) return this.gone;
    const plain = styleOf(this.#around, this.#around.stdout);
    // Signs are told as words.
    const style = isSpoken(this.#around) ? { ...plain, color: false, unicode: true } : plain;
    const failures = [...picture.view.steps.values()].flatMap(({ id, status, tasks }) => {
      const bad = [...tasks.values()].filter((task) => ["failed", "unreachable", "unknown"].includes(task.status));
      if (status === "ok" || status === "skipped" || bad.length === 0) return [];
      return ["", ...renderFailures(style, plan.guide.path, bad, picture.outputs(id)).flat()];
    });
    const summary = { guide: plan.guide.path, outline: outlineOf(plan), logs: outputPath(folder), plan };
    return [...failures, "", ...renderSummary(style, picture.view, summary)];
  }

  #plainStyle(): Style {
    return { ...styleOf(this.#around, this.#around.stdout), color: false };
  }

  #hear(deed: Deed): void {
    if (deed.do === "preview" || deed.do === "end-preview") this.#previews.hear(deed, this.#picture);
    else if (this.#picture?.live === true) this.#tellStretch(deed);
    else if (this.#isUnderWay) this.tell(["not taken: what you pressed before is on its way"]);
    else this.#chosen.resolve(deed);
  }

  /** What was meant for a run that rests was pressed before anybody could see that it does not: it is dropped. */
  #tellStretch(deed: Deed): void {
    if (deed.do === "stop") this.#stretch?.interrupt();
    else if (deed.do === "one-step") this.#stretch?.restAfter();
    else if (deed.do === "up-to") this.#stretch?.restAfter(deed.step);
    else if (deed.do === "run-on") this.#stretch?.runOn();
  }
}
