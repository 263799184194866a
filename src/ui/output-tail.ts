import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
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
  #text = "";
  /** Newlines seen. */
  #lines = 0;

  add(stream: "stdout" | "stderr", text: string): void {
    this.#digests[stream].update(text);
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
    return `${stdout.copy().digest("base64")} ${stderr.copy().digest("base64")}`;
  }

  /** @param most lines */
  tail(most: number): Tail {
    const text = this.#text.slice(-KEPT);
    const closed = text.endsWith("\n");
    const all = this.#lines + (closed || text === "" ? 0 : 1);
    const lines = (closed ? text.slice(0, -1) : text).split("\n");
    const kept = text === "" ? [] : lines.slice(-most);
    return { lines: kept.map(neutralize), earlier: all - kept.length };
  }
}
