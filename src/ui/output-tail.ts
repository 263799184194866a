import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { firstLine, type LogLine, logLines } from "./screen/log-lines.ts";
import { neutralize } from "../story/terminal-text.ts";

/** Characters kept of what one task prints; the log has all of it. */
const KEPT = 64 * 1024;

export interface Tail {
  /** The last ones, safe to print. */
  readonly lines: readonly string[];
  /** How many lines came before them. */
  readonly earlier: number;
}

/** Owns the end of what one task printed, and enough to tell whether another task printed the same. */
export class OutputTail {
  readonly #digests: Readonly<Record<"stdout" | "stderr", Hash>> = {
    stdout: createHash("sha256"),
    stderr: createHash("sha256"),
  };
  /** As long as nothing is added. */
  #digest: string | undefined;
  #text = "";
  /** What was asked for last, as long as nothing has come since: pictures of it are drawn more often than it changes. */
  #tail: (Tail & { readonly most: number }) | undefined;
  /** Bytes of all that was printed, and of what stood in the log before. */
  #bytes: number;
  /** Newlines seen. */
  #lines = 0;

  /** @param before bytes of its log that came before what is added */
  constructor(before = 0) {
    this.#bytes = before;
  }

  add(stream: "stdout" | "stderr", text: string): void {
    this.#bytes += Buffer.byteLength(text);
    this.#tail = undefined;
    this.#digests[stream].update(text);
    this.#digest = undefined;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lines++;
    this.#text += text;
    if (this.#text.length > 2 * KEPT) this.#text = this.#text.slice(-KEPT);
  }

  get isEmpty(): boolean {
    return this.#text === "";
  }

  /** Equal where the same was printed, however stdout and stderr fell between each other. */
  digest(): string {
    const { stdout, stderr } = this.#digests;
    return (this.#digest ??= `${stdout.copy().digest("base64")} ${stderr.copy().digest("base64")}`);
  }

  /** @param most lines */
  tail(most: number): Tail {
    if (this.#tail?.most === most) return this.#tail;
    const text = this.#text.slice(-KEPT);
    const closed = text.endsWith("\n");
    const all = this.#lines + (closed || text === "" ? 0 : 1);
    const kept = text === "" ? [] : lastLines(closed ? text.slice(0, -1) : text, most);
    this.#tail = { most, lines: kept.map(neutralize), earlier: all - kept.length };
    return this.#tail;
  }

  /** The last lines, with where they begin in the log. */
  placed(): readonly LogLine[] {
    const kept = Buffer.from(this.#text.slice(-KEPT));
    const from = this.#bytes - kept.length;
    const whole = from <= 0 ? 0 : firstLine(kept);
    return logLines(kept.subarray(whole), Math.max(0, from) + whole);
  }
}

/** Without a look at those before them. */
function lastLines(text: string, most: number): readonly string[] {
  let from = text.length;
  for (let count = 0; count < most && from >= 0; count++) from = from === 0 ? -1 : text.lastIndexOf("\n", from - 1);
  return text.slice(from + 1).split("\n");
}
