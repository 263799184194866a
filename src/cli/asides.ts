import { outputPath, type RunFolder } from "../journal/run-folder.ts";
import { WaymarkError } from "../model/errors.ts";
import { outlineOf } from "../ui/render-summary.ts";
import type { Aside } from "../ui/screen/deeds.ts";
import type { RunPicture } from "../ui/screen/run-picture.ts";
import { inTurn, type Release } from "./at-terminal.ts";
import { shownDiagnostics } from "./diagnostics.ts";
import type { ReachFlags, RunFlags } from "./flags.ts";
import { goneRun } from "./gone-run.ts";
import { lendTerminal } from "./lent-terminal.ts";
import { noteShell, openShell } from "./open-shell.ts";
import { page } from "./pager.ts";
import { ScreenPrompter } from "./screen-prompter.ts";
import { findPlaceBefore, findShellPlace } from "./shell-place.ts";
import { runAsker } from "./ssh.ts";
import { stepText } from "./step-text.ts";
import { styleOf } from "./style.ts";
import { type Surroundings, shownPath } from "./terminal.ts";

/** What is on the screen. */
export interface OnScreenNow {
  readonly picture: RunPicture;
  /** Absent before the run has begun. */
  readonly folder?: RunFolder;
}

export interface AsidesOptions {
  /** What its run was started or gone on with. */
  readonly flags: ReachFlags & Pick<RunFlags, "stateDir" | "inventory" | "host" | "input" | "inputs">;
  /** Undefined while nothing is. */
  readonly now: () => OnScreenNow | undefined;
  /** Gives the terminal to something else for a while. */
  readonly suspend: () => Promise<Release>;
  /** Aborted once the screen is closed. */
  readonly closed: AbortSignal;
}

/**
 * What the reader of a screen has the terminal for beside the run: a shell, a log in the pager. Owns what of it is under
 * way: one thing at a time.
 */
export class Asides {
  readonly #around: Surroundings;
  readonly #options: AsidesOptions;
  #last: Promise<void> | undefined;
  #noted: Promise<void> = Promise.resolve();

  constructor(around: Surroundings, options: AsidesOptions) {
    this.#around = around;
    this.#options = options;
  }

  /** Takes what is wanted, unless something is under way. */
  hear(aside: Aside): void {
    const now = this.#options.now();
    if (this.#last !== undefined || now === undefined) return;
    const gone = goneRun(now.folder);
    if (gone.length > 0) return now.picture.tell(gone);
    const going = aside.do === "shell" ? this.#shell(aside, now) : this.#page(aside, now);
    this.#last = going
      .catch((bug: unknown) => now.picture.tell(["this is a bug in waymark [WM9000]:", String(bug)]))
      .finally(() => (this.#last = undefined));
  }

  /** Resolves once nothing of it is left. */
  async end(): Promise<void> {
    await this.#last;
  }

  /** Resolves once nothing is being written into the journal: somebody else may have it then. */
  async noted(): Promise<void> {
    await this.#noted;
  }

  async #page({ step, host }: Aside, { picture, folder }: OnScreenNow): Promise<void> {
    const { plan, view } = picture;
    const known = view.steps.get(step);
    if (folder === undefined || known === undefined) return picture.tell([`nothing of ${step} has run yet`]);
    const guide = shownPath(this.#around, view.guide);
    const shown = { view, guide, outline: outlineOf(plan), logs: outputPath(folder) };
    const style = { ...styleOf(this.#around, this.#around.stdout), color: false };
    const release = await this.#options.suspend();
    try {
      const trouble = await page(this.#around, stepText(style, folder, known, shown, host), this.#options.closed);
      if (trouble !== undefined) picture.tell([trouble]);
    } finally {
      await release();
    }
  }

  async #shell({ step, host }: Aside, { picture, folder }: OnScreenNow): Promise<void> {
    const { flags, closed, suspend } = this.#options;
    const declined = new AbortController();
    const decline = (): void => declined.abort(new Error("declined"));
    const signal = AbortSignal.any([closed, declined.signal]);
    const prompter = new ScreenPrompter(() => picture, signal, undefined, decline);
    const terminal = { prompter, hold: inTurn(() => () => undefined), interrupt: async () => decline() };
    const around = { ...this.#around, prompter };
    let there = host ?? "";
    try {
      picture.tell([`a shell at ${step} …`]);
      const { host: adHoc, ...same } = flags;
      const at = { ...same, step, ...(host !== undefined && { host }) };
      const place =
        folder === undefined
          ? await findPlaceBefore(around, picture.plan.guide.path, at, adHoc)
          : await findShellPlace(around, folder, at);
      there = place.step.at ?? place.host;
      picture.tell([`a shell on ${there} …`]);
      const { hosts } = place.plan;
      const asker = runAsker(around, flags, { hosts, terminal, learn: () => undefined, withdrawn: signal });
      const lend = lendTerminal(this.#around, () => suspend());
      const note = async (step: string, host: string): Promise<void> => {
        if (folder !== undefined) await (this.#noted = noteShell(folder, step, host));
      };
      await openShell(around, place, { flags, asker, lend, signal, note });
      picture.tell([`shell on ${there} ended`]);
    } catch (error) {
      if (signal.aborted) return picture.tell([]);
      if (!(error instanceof WaymarkError)) throw error;
      const problems = await shownDiagnostics(this.#around, { color: false }, error.diagnostics);
      picture.tell([error.message, error.hint, "", ...problems.trimEnd().split("\n")]);
    }
  }
}
