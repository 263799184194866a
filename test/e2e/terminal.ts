import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import { execPath } from "node:process";
import { stripVTControlCharacters } from "node:util";
import { type Place, WAYMARK } from "./waymark.ts";

const DEADLINE_MS = 170_000;

/** `waymark ARGS` on a pseudo-terminal, made by `script` (util-linux); what is typed goes to it. */
export class OnTerminal {
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();
  private raw = "";
  private at = 0;
  private over = false;

  constructor(place: Place, args: readonly string[]) {
    const command = [...WAYMARK, ...args].map((word) => `'${word}'`).join(" ");
    this.child = spawn("script", ["-q", "-e", "-c", `stty columns 100 rows 40; exec ${command}`, "/dev/null"], {
      cwd: place.dir,
      env: {
        PATH: `${dirname(execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: place.home,
        WAYMARK_STATE_DIR: place.state,
        LANG: "C.UTF-8",
        TERM: "xterm",
        SHELL: "/bin/sh",
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { child } = this;
    const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.raw += text;
      this.wake();
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code) => {
        clearTimeout(deadline);
        this.over = true;
        this.wake();
        resolve(code ?? -1);
      });
    });
  }

  /** All that stood on the terminal, without what moves its cursor. */
  get text(): string {
    return stripVTControlCharacters(this.raw).replaceAll("\r", "");
  }

  /** Waits until `question` has come since the answer before, then types. @throws {Error} when it ends before */
  async answer(question: string, typed: string): Promise<void> {
    for (;;) {
      const found = this.raw.indexOf(question, this.at);
      if (found !== -1) {
        this.at = found + question.length;
        break;
      }
      if (this.over) throw new Error(`it ended before “${question}”:\n${this.text}`);
      await new Promise<void>((wake) => {
        this.waiting.add(wake);
      });
    }
    this.child.stdin?.write(typed);
  }

  private wake(): void {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}
