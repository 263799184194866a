/** Commands that may export or unset variables, or change the directory, or run text that is not here. */
const COMMANDS =
  /\b(?:export|declare|typeset|unset|source|eval|cd|chdir|pushd|popd|autoload|allexport)\b|\bset[ \t][^\n;]*-\w*a/i;
/** Those that set variables, in ways that are not worth reading. */
const SETTERS = /\b(?:getopts|let|printf[ \t]+-v|mapfile|readarray|vared|integer|float)\b|\$\{\w+:?=|\(\(|\$\[/;
/** `. FILE` */
const DOT = /(?:^|[\s;&|({`"'])\.[ \t]/m;
/** What a command is called is not to be seen: `$SETUP`, `ex''port`. */
const UNKNOWN = /(?:^|[;&|({!`]|\b(?:if|then|elif|else|while|until|do|time))[ \t]*\w*[$"'\\`*?~]/m;
/** `NAME=`, `NAME+=`, `NAME[0]=` where a word begins; `for NAME`. */
const ASSIGNMENT = /(?:^|[\s;&|({`"'])([A-Za-z_]\w*)(?:\[[^\]\n]*\])?\+?=|\b(?:for|select)[ \t]+([A-Za-z_]\w*)/gm;
/** `read -r NAME NAME`, and nothing more complicated. */
const READ = /\bread(?:[ \t]+-[A-Za-z]+)*((?:[ \t]+[A-Za-z_]\w*)*)[ \t]*(?=$|[;|&<)])/gm;

/**
 * What of its shell a script may change that a job after it would see: the exports, and where the shell is.
 * @returns the variables it sets: it changes something only if one of them is exported already; empty for most scripts.
 * Undefined where nothing is certain. A script that changes nothing can be run with nothing around it.
 */
export function variablesSet(code: string): readonly string[] | undefined {
  if ([COMMANDS, SETTERS, DOT, UNKNOWN].some((pattern) => pattern.test(code))) return undefined;
  const reads = [...code.matchAll(READ)];
  if (reads.length < [...code.matchAll(/\bread\b/g)].length) return undefined;
  const assigned = [...code.matchAll(ASSIGNMENT)].map(([, name, loop]) => name ?? loop ?? "");
  const read = reads.flatMap(([, names = ""]) => names.split(/\s+/));
  return [...new Set([...assigned, ...read])].filter((name) => name !== "");
}
