import { splitWords } from "./word-split.ts";
import { variableNameProblem } from "../model/variable-name.ts";

/** What a value's text means, or what should have stood there ("a whole number, such as `3`"). */
export type Reading<T> = { readonly value: T } | { readonly expected: string };

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest that a timer of Node can wait, some 24 days: longer ones fire at once. */
const LONGEST_MS = 2_147_483_647;

/** `500ms`, `30s`, `15m`, `2h`, in milliseconds. */
export function duration(text: string): Reading<number> {
  const match = /^(\d{1,10})(ms|s|m|h)$/.exec(text);
  const value = Number(match?.[1]) * UNITS[(match?.[2] ?? "s") as keyof typeof UNITS];
  if (value <= LONGEST_MS) return { value };
  return { expected: "a duration such as `500ms`, `30s`, `15m` or `2h` (at most 24 days)" };
}

/** A duration that is not nothing. */
export function positiveDuration(text: string): Reading<number> {
  const reading = duration(text);
  if ("value" in reading && reading.value === 0) return { expected: "a duration above zero, such as `30s`" };
  return reading;
}

export function count(text: string): Reading<number> {
  return /^\d{1,9}$/.test(text) ? { value: Number(text) } : { expected: "a whole number, such as `3`" };
}

export function positiveCount(text: string): Reading<number> {
  return /^0*[1-9]\d{0,8}$/.test(text) ? { value: Number(text) } : { expected: "a whole number from 1, such as `2`" };
}

export function failureLimit(text: string): Reading<number | "all"> {
  if (text === "all") return { value: "all" };
  const reading = count(text);
  return "value" in reading ? reading : { expected: "a number of hosts, such as `2`, or `all`" };
}

export function flag(text: string): Reading<boolean> {
  if (text === "true" || text === "false") return { value: text === "true" };
  return { expected: "the key alone, or `false` to switch it off" };
}

/** A user name; `false` for none. */
export function sudoUser(text: string): Reading<string | false> {
  if (text === "true") return { value: "root" };
  if (text === "false") return { value: false };
  return isUser(text) ? { value: text } : { expected: "a user's name, or `sudo` alone for root" };
}

export function rebootTime(text: string): Reading<"during" | "after" | false> {
  if (text === "true") return { value: "during" };
  if (text === "false") return { value: false };
  return text === "after"
    ? { value: "after" }
    : { expected: "`reboot` alone (the block reboots its host) or `reboot=after` (Waymark does)" };
}

/** The text to show: empty for a bare key. */
export function pauseText(text: string): Reading<string | false> {
  return { value: text === "true" ? "" : text === "false" ? false : text };
}

export function ensuring(text: string): Reading<"lines" | "words"> {
  return text === "lines" || text === "words" ? { value: text } : { expected: "`lines` or `words`" };
}

/** chmod(1), octal. */
export function fileMode(text: string): Reading<string> {
  return /^[0-7]{3,4}$/.test(text) ? { value: text } : { expected: "an octal mode, such as `0644`" };
}

/** chown(1): `user` or `user:group`. */
export function fileOwner(text: string): Reading<string> {
  const [user, group, ...more] = text.split(":");
  const fits = user !== undefined && isUser(user) && (group === undefined || isUser(group)) && more.length === 0;
  return fits ? { value: text } : { expected: "`user` or `user:group`" };
}

export function filePath(text: string): Reading<string> {
  return /^(?:\/|~|\$)/.test(text) && !text.endsWith("/")
    ? { value: text }
    : { expected: "the whole path of a file, such as `/etc/hosts` or `~/.profile`" };
}

export function stepId(text: string): Reading<string> {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(text)
    ? { value: text }
    : { expected: "letters, digits, - and _, starting with a letter" };
}

/** An id somebody else has, given or made from a heading. */
export function stepReference(text: string): Reading<string> {
  return /^[^\s#]+$/u.test(text) ? { value: text } : { expected: "the id of a step, without #" };
}

export function captureName(text: string): Reading<string> {
  const problem = variableNameProblem(text);
  return problem === undefined ? { value: text } : { expected: `another name: \`${text}\` ${problem}` };
}

export function argumentList(text: string): Reading<readonly string[]> {
  const words = splitWords(text) ?? [];
  return words.length > 0 && words[0] !== ""
    ? { value: words }
    : { expected: "a program with its options, such as `bash -eu`, with every quote closed" };
}

export function anyText(text: string): Reading<string> {
  return text.trim() === "" ? { expected: "some text" } : { value: text };
}

function isUser(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(text) && text !== "true" && text !== "false";
}
