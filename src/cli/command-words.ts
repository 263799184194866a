import type { Command, Option } from "commander";

/** A command line that is being typed, as far as it is understood. */
export interface TypedLine {
  /** The innermost command there is. */
  readonly command: Command;
  readonly args: readonly string[];
  /** Values of flags by their long names; those without a value have `""`. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** The word that the cursor is in, up to it. */
  readonly typed: string;
  readonly slot: Slot;
}

/** What can stand where the cursor is. */
export type Slot =
  | { readonly type: "command" | "flag" | "nothing" }
  | {
      readonly type: "value";
      /** As help shows it: `run|guide`, `file`. */
      readonly name: string;
      readonly choices: readonly string[];
      /** What of the word is not the value: `--inventory=`. */
      readonly before: string;
    };

/**
 * Reads words as the commands and flags of `program` have it.
 * @param words what follows the program's name; the last one is where the cursor is
 */
export function readWords(program: Command, words: readonly string[]): TypedLine {
  const typed = words.at(-1) ?? "";
  const args: string[] = [];
  const flags = new Map<string, string[]>();
  let command = program;
  let pending: Option | undefined;
  let flagsOver = false;
  const note = (option: Option, value: string): void => {
    const name = option.long ?? option.flags;
    flags.set(name, [...(flags.get(name) ?? []), value]);
  };
  for (const word of words.slice(0, -1)) {
    if (pending !== undefined) {
      note(pending, word);
      pending = undefined;
    } else if (flagsOver || !/^-./.test(word)) {
      const inner = args.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (inner === undefined) args.push(word);
      else command = inner;
    } else if (word === "--") {
      flagsOver = true;
    } else {
      const { option, value } = readFlag(command, word);
      if (option === undefined) continue;
      if (value === undefined && takesValue(option)) pending = option;
      else note(option, value ?? "");
    }
  }
  return { command, args, flags, typed, slot: slotAt(command, args.length, typed, flagsOver, pending) };
}

function slotAt(command: Command, at: number, typed: string, flagsOver: boolean, pending: Option | undefined): Slot {
  if (pending !== undefined) return valueOf(pending, "");
  if (!flagsOver && typed.startsWith("-")) {
    const { option, value } = readFlag(command, typed);
    if (value === undefined) return { type: "flag" };
    return option === undefined || !takesValue(option)
      ? { type: "nothing" }
      : valueOf(option, typed.slice(0, typed.length - value.length));
  }
  if (command.commands.length > 0) return { type: at === 0 ? "command" : "nothing" };
  const own = command.registeredArguments;
  const last = own.at(-1);
  const argument = own[at] ?? (last?.variadic === true ? last : undefined);
  if (argument === undefined) return { type: flagsOver || typed !== "" ? "nothing" : "flag" };
  return { type: "value", name: argument.name(), choices: argument.argChoices ?? [], before: "" };
}

/** `--flag`, `--flag=VALUE`, `-f`, `-fVALUE`. */
function readFlag(command: Command, word: string): { readonly option?: Option; readonly value?: string } {
  const [, name = word, value] = /^(--[^=]*)=(.*)$/s.exec(word) ?? /^(-[^-])(.+)$/s.exec(word) ?? [];
  const option = command.options.find(({ short, long }) => long === name || short === name);
  return { ...(option !== undefined && { option }), ...(value !== undefined && { value }) };
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function valueOf({ flags, argChoices }: Option, before: string): Slot {
  const [, name = ""] = /[<[]([^\]>]*?)(?:\.\.\.)?[\]>]/.exec(flags) ?? [];
  return { type: "value", name, choices: argChoices ?? [], before };
}
