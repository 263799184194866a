import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { execPath } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Place, WAYMARK } from "./waymark.ts";

const DEADLINE_MS = 120_000;
const LOOK_MS = 50;

export const hasTmux = spawnSync("tmux", ["-V"]).status === 0;

/** Prints `icanon echo` on a terminal that is as shells want it. */
const LOOK = "echo $(stty -a | tr -s ' ;' '\\n' | grep -x -e '-*icanon' -e '-*echo')";

const run = promisify(execFile);

export interface OpenOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A FIFO: nothing is started before somebody has written into it. */
  readonly gate?: string;
}

/** `waymark ARGS` in a terminal that remembers what stands on its screen: tmux(1), on a server of its own. */
export class TmuxScreen implements AsyncDisposable {
  private readonly server = `waymark-${randomBytes(6).toString("hex")}`;
  /** Of the server and of whoever talks to it: without UTF-8 they say less. */
  private env: NodeJS.ProcessEnv = {};

  static async open(
    place: Place,
    args: readonly string[],
    { columns = 120, rows = 30, env = {}, gate }: OpenOptions = {},
  ): Promise<TmuxScreen> {
    const screen = new TmuxScreen();
    const words = [...WAYMARK, ...args].map((word) => `'${word}'`).join(" ");
    // The shell goes on, so that it can be seen what the program has left behind.
    // tmux sets TERM itself.
    const set = Object.entries(env).map(([name, value]) => `${name}='${value}' `);
    const first = gate === undefined ? "" : `cat '${gate}'; `;
    const script = `${first}${set.join("")}${words}; echo "exit status $?"; ${LOOK}; exec cat`;
    screen.env = {
      PATH: `${dirname(execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: place.home,
      WAYMARK_STATE_DIR: place.state,
      LANG: "C.UTF-8",
      SHELL: "/bin/sh",
      TERM: "xterm-256color",
      ...env,
    };
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    await run("tmux", ["-L", screen.server, "-f", "/dev/null", "new-session", "-d", ...size, script], {
      cwd: place.dir,
      env: screen.env,
    });
    return screen;
  }

  /** What stands on the screen. */
  async text(): Promise<string> {
    return this.ask("capture-pane", "-p");
  }

  /** Waits until all of `wanted` stand on the screen. @returns what does then */
  async shows(...wanted: readonly (string | RegExp)[]): Promise<string> {
    const end = performance.now() + DEADLINE_MS;
    for (;;) {
      const text = await this.text();
      if (wanted.every((each) => (typeof each === "string" ? text.includes(each) : each.test(text)))) return text;
      if (performance.now() > end) throw new Error(`never on the screen: ${wanted.join(", ")}\n${text}`);
      await sleep(LOOK_MS);
    }
  }

  /** Presses keys, one after the other, by their names in tmux(1): `j`, `Tab`, `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.ask("send-keys", ...keys);
  }

  /** Types a line as it is, and Enter. */
  async type(line: string): Promise<void> {
    await this.ask("send-keys", "-l", line);
    await this.press("Enter");
  }

  /** Types what stands in a file, which no command line has then, and Enter. */
  async paste(path: string): Promise<void> {
    await this.ask("load-buffer", path);
    await this.ask("paste-buffer", "-d");
    await this.press("Enter");
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.ask("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The program has the alternate screen. */
  async isAlternate(): Promise<boolean> {
    return (await this.ask("display-message", "-p", "#{alternate_on}")).trim() === "1";
  }

  /** How the terminal stands: what a program that ends must have put right. */
  async state(): Promise<{ readonly alternate: boolean; readonly cursor: boolean; readonly title: string }> {
    const said = await this.ask("display-message", "-p", "#{alternate_on} #{cursor_flag} #{pane_title}");
    const [alternate, cursor, ...title] = said.trim().split(" ");
    return { alternate: alternate === "1", cursor: cursor === "1", title: title.join(" ") };
  }

  /** All that is printed from now on, in a file. */
  async record(file: string): Promise<void> {
    await this.ask("pipe-pane", `cat >> '${file}'`);
  }

  /** The pid of Waymark, while it runs. */
  async pid(): Promise<number> {
    const shell = (await this.ask("display-message", "-p", "#{pane_pid}")).trim();
    return Number((await run("pgrep", ["-P", shell])).stdout.trim());
  }

  /** The terminal is left by another program as it should not be: its modes are those of a shell, its screen is empty. */
  async disturb(): Promise<void> {
    const tty = (await this.ask("display-message", "-p", "#{pane_tty}")).trim();
    await run("sh", ["-c", `stty sane < '${tty}'`]);
    await this.ask("send-keys", "-R");
  }

  /** The window is closed. */
  async close(): Promise<void> {
    await this.ask("kill-server").catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ask("kill-server").catch(() => undefined);
  }

  private async ask(...args: readonly string[]): Promise<string> {
    return (await run("tmux", ["-L", this.server, ...args], { env: this.env })).stdout;
  }
}
