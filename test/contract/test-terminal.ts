import type { LentTerminal, TerminalSize } from "../../src/engine/ports.ts";
import { eventually } from "./session-processes.ts";

/** The operator's terminal, as a test sees and types it. */
export class TestTerminal {
  seen = "";
  lent = 0;
  #type: ((bytes: Uint8Array) => void) | undefined;
  #resize: ((size: TerminalSize) => void) | undefined;

  readonly lend = async (use: (terminal: LentTerminal) => Promise<void>): Promise<void> => {
    this.lent++;
    await use({
      type: "xterm-256color",
      size: () => ({ columns: 90, rows: 33 }),
      write: (bytes) => {
        this.seen += Buffer.from(bytes).toString();
      },
      onInput: (listener) => {
        this.#type = listener;
      },
      onResize: (listener) => {
        this.#resize = listener;
      },
    });
    this.#type = undefined;
  };

  async until(text: string): Promise<void> {
    await eventually(`“${text}” on the terminal`, () => this.seen.includes(text)).catch((error: unknown) => {
      throw new Error(`the terminal shows ${JSON.stringify(this.seen)}`, { cause: error });
    });
  }

  async answer(text: string, typed: string): Promise<void> {
    await this.until(text);
    this.#type?.(Buffer.from(typed));
  }

  resize(columns: number, rows: number): void {
    this.#resize?.({ columns, rows });
  }
}
