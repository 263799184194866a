import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const DEADLINE_MS = 60_000;
const LOOK_MS = 50;

const run = promisify(execFile);

export interface TerminalOptions {
  /** A command line of a POSIX shell. */
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
}

/** A command in a terminal that a script reads and presses keys in: tmux(1), on a server of its own. */
export class TmuxTerminal implements AsyncDisposable {
  readonly #server = `waymark-pictures-${randomBytes(6).toString("hex")}`;

  static async open({ command, cwd, env, columns, rows }: TerminalOptions): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal();
    const size = ["-x", String(columns), "-y", String(rows)];
    await run("tmux", ["-L", terminal.#server, "-f", "/dev/null", "new-session", "-d", ...size, command], { cwd, env });
    return terminal;
  }

  /** Waits until all of it stands there. @throws {Error} with what does instead, after a minute */
  async shows(...wanted: readonly (string | RegExp)[]): Promise<void> {
    for (const end = performance.now() + DEADLINE_MS; ; await sleep(LOOK_MS)) {
      const text = await this.#ask("capture-pane", "-p");
      if (wanted.every((each) => (typeof each === "string" ? text.includes(each) : each.test(text)))) return;
      if (performance.now() > end) throw new Error(`never on the screen: ${wanted.join(", ")}\n${text}`);
    }
  }

  /** What stands there, with its colours and attributes. */
  async capture(): Promise<string> {
    return this.#ask("capture-pane", "-e", "-p");
  }

  /** @param keys by their names in tmux(1) */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#ask("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#ask("resize-window", "-x", String(columns), "-y", String(rows));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask("kill-server").catch(() => undefined);
  }

  async #ask(...args: readonly string[]): Promise<string> {
    return (await run("tmux", ["-L", this.#server, ...args])).stdout;
  }
}
