/** Private modes (DECSET) that programs on a terminal set and that nobody wants afterwards, in the order to reset them. */
const MODES = [
  // Mouse reports, focus reports, pasted text in brackets.
  "9",
  "1000",
  "1001",
  "1002",
  "1003",
  "1004",
  "1005",
  "1006",
  "1015",
  "2004",
  // Cursor keys.
  "1",
  // The alternate screen: last, since what was before comes back with it.
  "47",
  "1047",
  "1049",
];
const ALTERNATE = ["47", "1047", "1049"];
/** A sequence that is longer is none of these. */
const LONGEST = 64;

/**
 * What a program has made of a terminal, as far as it tells by the sequences it sends (ECMA-48, and xterm's ctlseqs), so
 * that it can be undone when the program goes without doing so. Owns the modes that are set, and half a sequence.
 */
export class TerminalModes {
  readonly #set = new Set<string>();
  #cursorHidden = false;
  #keypad = false;
  #charset = false;
  #held = "";
  #last = "\n";

  /** Takes note of what the program prints. */
  add(bytes: Uint8Array): void {
    // Bytes are what sequences are made of; characters do not matter here.
    const text = this.#held + Buffer.from(bytes).toString("latin1");
    this.#last = text.at(-1) ?? this.#last;
    // oxlint-disable-next-line no-control-regex -- ESC begins what is looked for
    for (const [, modes = "", action, other] of text.matchAll(/\x1b(?:\[\?([\d;]+)([hl])|([=>c]|\(0|\(B))/g)) {
      if (other === "=" || other === ">") this.#keypad = other === "=";
      else if (other === "(0" || other === "(B") this.#charset = other === "(0";
      else if (other === "c") this.#reset();
      for (const mode of modes.split(";")) this.#note(mode, action === "h");
    }
    const from = text.lastIndexOf("\x1b");
    this.#held = from >= 0 && text.length - from < LONGEST ? text.slice(from) : "";
  }

  /** What undoes it; empty where there is nothing to undo. The cursor stands at the beginning of a line then. */
  restore(): string {
    const modes = MODES.filter((mode) => this.#set.has(mode));
    const fullScreen = ALTERNATE.some((mode) => this.#set.has(mode));
    const parts = [
      this.#charset ? "\x1b(B" : "",
      this.#keypad ? "\x1b>" : "",
      // Margins are set while such a program runs; this moves the cursor, which comes back with the screen.
      fullScreen ? "\x1b[r" : "",
      ...modes.map((mode) => `\x1b[?${mode}l`),
      this.#cursorHidden ? "\x1b[?25h" : "",
      modes.length > 0 || this.#cursorHidden ? "\x1b[0m" : "",
      this.#last === "\n" || fullScreen ? "" : "\r\n",
    ];
    this.#reset();
    return parts.join("");
  }

  #note(mode: string, on: boolean): void {
    if (mode === "25") this.#cursorHidden = !on;
    else if (on) this.#set.add(mode);
    else this.#set.delete(mode);
  }

  #reset(): void {
    this.#set.clear();
    this.#cursorHidden = false;
    this.#keypad = false;
    this.#charset = false;
  }
}
