import { EXIT } from "../model/errors.ts";
import { countHosts } from "../story/compress-hosts.ts";
import type { Surroundings } from "./terminal.ts";

/** Who wants the run to stop: a person at the keyboard; or something that ends Waymark, or took its terminal away. */
type Wish = "SIGINT" | "SIGTERM";

/** What a run does about it. */
export interface Stoppable {
  /** The first time it lets running tasks finish, the second time it cancels them. Never rejects. */
  readonly interrupt: () => Promise<void>;
  /** Hosts on which a task is at work. */
  readonly atWork: () => readonly string[];
  /** Whether something else has the terminal: Ctrl-C is for that. */
  readonly isLent?: () => boolean;
  /** Makes room on the terminal for what is said last. */
  readonly leave?: () => void;
  /** What goes on with it. */
  readonly resume: string;
}

/**
 * Hears Ctrl-C and what else wants a run to stop, from `listen` to `stop`. Ctrl-C pauses the run, then cancels what it
 * does, then leaves at once. SIGTERM, SIGHUP and a terminal that has gone only ever pause it: they come in twos (a
 * session that ends sends several), and nobody has asked for the jobs to be ended.
 */
export class Stopping {
  readonly #around: Surroundings;
  readonly #run: Stoppable;
  /** What it was first: that is what the exit code says. */
  #signal: Wish | undefined;
  #presses = 0;
  readonly #signals = {
    SIGINT: () => {
      if (this.#run.isLent?.() !== true) void this.press();
    },
    SIGTERM: () => this.#pause(),
    SIGHUP: () => this.#pause(),
  };
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === "EIO") this.#pause();
  };

  constructor(around: Surroundings, run: Stoppable) {
    this.#around = around;
    this.#run = run;
  }

  get signal(): Wish | undefined {
    return this.#signal;
  }

  listen(): void {
    for (const [name, handler] of Object.entries(this.#signals)) process.on(name, handler);
    for (const stream of [this.#around.stdout, this.#around.stderr]) stream.on("error", this.#onError);
  }

  stop(): void {
    for (const [name, handler] of Object.entries(this.#signals)) process.off(name, handler);
    for (const stream of [this.#around.stdout, this.#around.stderr]) stream.off("error", this.#onError);
  }

  /** Ctrl-C, also at a question. */
  async press(): Promise<void> {
    // After something else has paused it, the first press cancels.
    this.#presses = Math.max(this.#presses, this.#signal === undefined ? 0 : 1) + 1;
    this.#signal ??= "SIGINT";
    if (this.#presses > 2) return this.#leave();
    await this.#run.interrupt();
  }

  #pause(): void {
    if (this.#signal !== undefined) return;
    this.#signal = "SIGTERM";
    void this.#run.interrupt();
  }

  /** As if killed: what has happened is on disk, and jobs on hosts do not need us. */
  #leave(): never {
    const hosts = this.#run.atWork();
    this.#run.leave?.();
    const left = hosts.length === 0 ? "" : `; what is at work on ${countHosts(hosts)} may go on`;
    this.#around.stderr.write(`waymark: left at once${left}\n  ${this.#run.resume} asks what has become of it\n`);
    return process.exit(this.#signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted);
  }
}
