import { homedir, userInfo } from "node:os";
import type { Looking } from "./preview.ts";
import type { Prompter } from "./prompter.ts";
import type { Remembered } from "./remembered.ts";
import { join, resolve } from "node:path";

/** What a command knows of the process it runs in. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly user: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Who asks, where that is not the terminal as it is. */
  readonly prompter?: Prompter;
  /** What was typed before in the same sitting. Absent: it is not kept. */
  readonly remembered?: Remembered;
  /** Who looks at a dry run, where that is not whoever reads what it prints. */
  readonly looking?: Looking;
}

export function surroundings(): Surroundings {
  return {
    cwd: process.cwd(),
    env: process.env,
    home: process.env["HOME"] ?? homedir(),
    user: userInfo().username,
    // Not opened before it is needed.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
  };
}

/** Where runs are kept: `--state-dir`, `$WAYMARK_STATE_DIR`, `$XDG_STATE_HOME/waymark`, `~/.local/state/waymark`. */
export function stateDir({ cwd, env, home }: Surroundings, flag?: string): string {
  const given = flag ?? env["WAYMARK_STATE_DIR"];
  if (given !== undefined && given !== "") return resolve(cwd, given);
  // The XDG Base Directory Specification has relative paths ignored.
  const xdg = env["XDG_STATE_HOME"];
  return join(xdg?.startsWith("/") === true ? xdg : join(home, ".local/state"), "waymark");
}

/** Colour on this stream, by NO_COLOR (https://no-color.org), FORCE_COLOR, TERM and whether it is a terminal. */
export function wantsColor({ env }: Surroundings, stream: NodeJS.WriteStream): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  if (env["FORCE_COLOR"] !== undefined) return env["FORCE_COLOR"] !== "0";
  return stream.isTTY && env["TERM"] !== "dumb";
}

/** Whether there is a terminal that a whole screen can be drawn on. */
export function canOpenScreen({ stdin, stdout, env }: Surroundings): boolean {
  return stdin.isTTY && stdout.isTTY && env["TERM"] !== "dumb" && ["", "0", "false"].includes(env["CI"] ?? "");
}

/** Whether a run is shown on a screen: where there is a terminal for it, unless it is wanted in another form. */
export function opensScreen(
  around: Surroundings,
  flags: { readonly tui?: boolean; readonly plain?: boolean; readonly json?: boolean; readonly dryRun?: boolean },
): boolean {
  if (flags.dryRun === true) return false;
  if (flags.tui === true) return true;
  return flags.plain !== true && flags.json !== true && canOpenScreen(around);
}

/** Whether signs beyond ASCII can be shown, by the POSIX locale variables. */
export function wantsUnicode({ env }: Surroundings): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value !== undefined && value !== "");
  // The fonts of a console have few of the signs.
  const hasSigns = env["TERM"] !== "dumb" && env["TERM"] !== "linux";
  return hasSigns && /utf-?8/i.test(locale ?? "");
}

/** Relative to where the user is, where that is shorter. */
export function shownPath({ cwd }: Surroundings, path: string): string {
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}
