import { LOCAL } from "../../model/inventory.ts";
import type { Step } from "../../model/runbook.ts";
import { whenWords } from "./condition-words.ts";
import { durationWords } from "./duration-words.ts";
import { type HostNames, hostWords } from "./host-words.ts";
import { listed, literal, sentence, type Words } from "./words.ts";

/*
 * What a step's keys mean to a reader who copies its block by hand, in the order in which he needs it: where, then what to
 * know before, then what to do after. Keys that only matter to who runs it by machine have no words.
 */

/** Where it is done and as whom: `on every worker, as root`. */
export function whereWords(step: Step, names: HostNames): Words {
  const { options, action } = step;
  const { sudo, dir } = options;
  // What is done by hand is done by who does it.
  const other = action.kind === "manual" ? undefined : sudo;
  const user: Words = other === undefined ? [] : other === "root" ? [", as root"] : [", as the user ", literal(other)];
  const folder: Words = dir === undefined || action.kind !== "command" ? [] : [", in ", literal(dir.value)];
  return [...placeWords(step, names), ...user, ...folder];
}

function placeWords({ options: { on, at }, action }: Step, names: HostNames): Words {
  const hosts = hostWords(on.value, names);
  const place = (at ?? on).value;
  // What is done by hand is done wherever its reader has to go.
  const own: Words = action.kind === "manual" && place === LOCAL ? ["by hand"] : ["on ", ...hostWords(place, names)];
  // Its lines say themselves from where to where.
  if (action.kind === "copy" && on.value !== LOCAL) return ["for ", ...hosts];
  return place === on.value ? own : [...own, ", once for ", ...hosts];
}

/** A deed and where it is done, as a sentence. */
export function taskWords(step: Step, names: HostNames): Words {
  const deed = deedWords(step);
  const where = whereWords(step, names);
  return sentence(deed === undefined ? where : [...deed, ", ", ...where]);
}

/** What is done there, where that is not just to type the block. */
function deedWords({ action, options }: Step): Words | undefined {
  switch (action.kind) {
    case "command":
      return options.verify ? ["check"] : undefined;
    case "manual":
      // Where it is done says so.
      return (options.at ?? options.on).value === LOCAL ? undefined : ["by hand"];
    case "copy":
      return ["copy files"];
    case "file": {
      const path = literal(action.path.value);
      if (action.ensure === "lines") return ["add what is missing of these lines to ", path];
      if (action.ensure === "words") return ["add what is missing of these words to the line in ", path];
      return ["put this into ", path];
    }
  }
}

/** What to know before it is done. @param inherited conditions that are told at the head of the section already */
export function notesBefore({ options, action }: Step, inherited: ReadonlySet<string>): readonly Words[] {
  const { when, creates, unless, optional, serial, confirm, fresh, timeoutMs, interactive, background } = options;
  const own = when.flatMap(({ value }) => (inherited.has(value) ? [] : [value]));
  const notes: Words[] = [];
  if (own.length > 0) notes.push(["only if ", ...whenWords(own)]);
  else if (optional) notes.push(["only if there are such hosts"]);
  if (creates !== undefined) notes.push(["skip this where ", literal(creates.value), " exists already"]);
  if (unless !== undefined) notes.push(["skip this where ", literal(unless.value), " succeeds: it is done there"]);
  if (serial !== undefined) notes.push([hostsAtATime(serial.value)]);
  if (action.kind === "file" || action.kind === "copy") notes.push(...fileNotes(action));
  if (fresh) notes.push(["begin in a new shell"]);
  if (interactive) notes.push(["stay at the terminal: it may ask you something"]);
  if (background) notes.push(["leave it running, in a terminal of its own"]);
  if (timeoutMs > USUAL_MS) notes.push([`it may take up to ${durationWords(timeoutMs)}`]);
  const asked = confirm?.value.trim() ?? "";
  return [...notes.map(sentence), ...(asked === "" ? [] : [["Stop and think: ", asked]])];
}

/** What readers wait for without being told (the default of `timeout`). */
const USUAL_MS = 30 * 60_000;

function fileNotes(action: Extract<Step["action"], { readonly kind: "file" | "copy" }>): readonly Words[] {
  const { mode, owner } = action;
  const notes: Words[] = [];
  if (action.kind === "file" && action.backup) notes.push(["keep a copy of the old file"]);
  const facts: Words[] = [
    ...(owner === undefined ? [] : [["belongs to ", literal(owner)]]),
    ...(mode === undefined ? [] : [["has mode ", literal(mode)]]),
  ];
  if (facts.length > 0) notes.push(["the file ", ...listed(facts)]);
  return notes;
}

/** `one host at a time` */
export function hostsAtATime(serial: number): string {
  return serial === 1 ? "one host at a time" : `${serial} hosts at a time`;
}

/** What stands on pages for what may be otherwise: `[..]` within a line, and a line of `...`. */
export const ANYTHING = "…";

/** `[..]` within a line, or a whole line of `...`: the wildcards of expected output (FORMAT, section 4). */
export const WILDCARDS = /\[\.\.\]|(?<=^[ \t]*)\.\.\.(?=[ \t]*$)/g;

/** Said once on a page, at the first step whose expected output has any. */
export const WILDCARD_WORDS: Words = [`In expected output, ${ANYTHING} stands for anything.`];

/** What to do when it is done. @param secret the variable it captures is one */
export function notesAfter({ options, expectations }: Step, secret: boolean): readonly Words[] {
  const { retry, everyMs, capture, reboot, reconnect, checkpoint } = options;
  const notes: Words[] = [];
  if (retry > 0) {
    const goal = expectations.length === 0 ? "succeeds" : "comes out as expected";
    const times = retry === 1 ? "once more" : `up to ${retry} more times, every ${durationWords(everyMs)},`;
    notes.push([`if it does not work at once, try ${times} until it ${goal}`]);
  }
  if (capture !== undefined) {
    notes.push(["keep what it prints: you need it below as ", literal(capture.value)]);
    if (secret) notes.push(["it is a secret: show it to nobody"]);
  } else if (secret) notes.push(["what it prints is secret: show it to nobody"]);
  if (reboot === "during") notes.push(["the host restarts; go on when it is back"]);
  if (reboot === "after") notes.push(["restart the host afterwards, and go on when it is back"]);
  if (reconnect) notes.push(["log out and in again afterwards"]);
  const paused = checkpoint?.trim();
  const pause: readonly Words[] =
    paused === undefined
      ? []
      : paused === ""
        ? [["Pause here, and look at what has been done."]]
        : [["Pause here: ", paused]];
  return [...notes.map(sentence), ...pause];
}
