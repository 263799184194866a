import type { Confirmation, Operator } from "../engine/ports.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { neutralize, oneLine } from "../story/terminal-text.ts";
import { askInput } from "./ask-input.ts";
import { type AtTerminal, askAtTerminal } from "./at-terminal.ts";
import type { Remembered } from "./remembered.ts";

/** What was said beforehand, with flags. */
export interface SaidBefore {
  /** `--yes`: past checkpoints, to what is to be confirmed, to each fix once a host. Not that anything was done by hand. */
  readonly yes: boolean;
  /** `--confirm`: ids of steps. */
  readonly confirm: ReadonlySet<string>;
}

/**
 * The operator of a run: what the flags say is answered by them, the rest at the terminal. Off a terminal whatever only
 * a person can say pauses the run.
 */
export function createOperator(said: SaidBefore, terminal?: AtTerminal, remembered?: Remembered): Operator {
  const fixed = new Set<string>();
  return {
    async confirm(question, signal) {
      if (saidYes(said, question, fixed)) return true;
      if (terminal === undefined) return undefined;
      return askAtTerminal(terminal, question.about, (prompter) => {
        const { lines, message, preset } = wording(question);
        prompter.say(...lines);
        return prompter.yes(message, preset, signal);
      });
    },
    async input(declaration, signal) {
      if (terminal === undefined) return undefined;
      const value = await askAtTerminal(terminal, "input", (prompter) => askInput(prompter, declaration, signal));
      if (value !== undefined) remembered?.input(declaration, value);
      return value;
    },
  };
}

function saidYes({ yes, confirm }: SaidBefore, { about, step, hosts }: Confirmation, fixed: Set<string>): boolean {
  switch (about) {
    case "checkpoint":
      return yes;
    case "confirm":
      return yes || confirm.has(step);
    case "manual":
      return false;
    case "fix": {
      // What a fix does not mend is not tried for ever.
      const tasks = hosts.map((host) => `${host} ${step}`);
      const again = tasks.some((task) => fixed.has(task));
      for (const task of tasks) fixed.add(task);
      return yes && !again;
    }
  }
}

/** A question as it stands on the terminal. The guide's words are data: nothing of them moves the cursor. */
export function wording({ about, step, hosts, text, item, title, fix }: Confirmation): {
  readonly lines: readonly string[];
  readonly message: string;
  /** What Enter alone means. */
  readonly preset: boolean;
} {
  const said = neutralize(text)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  const indented = said.map((line) => `  ${line}`);
  const where = hosts.length === 0 ? "" : ` on ${countHosts(hosts)}`;
  switch (about) {
    case "checkpoint":
      // What it says stands above: the reporter has told it.
      return { lines: [], message: "Go on?", preset: true };
    case "confirm":
      return {
        lines: ["", ...indented],
        message: `Run ${said.length === 0 ? oneLine(title) : "it"}${where}?`,
        preset: false,
      };
    case "manual":
      if (item !== undefined) return { lines: [], message: `${oneLine(item)}: done${where}?`, preset: false };
      return { lines: ["", ...indented], message: `Done${where}?`, preset: false };
    case "fix": {
      const mend = fix === undefined ? "" : `${fix.step} (${oneLine(fix.title)})`;
      return { lines: [""], message: `${step} failed${where}. Run ${mend}, and then try again?`, preset: false };
    }
  }
}
