/** Commands that set variables, or where the shell is, or run text that is not here. */
const COMMANDS =
  /\b(?:export|declare|typeset|readonly|integer|float|unset|source|eval|cd|chdir|pushd|popd|read|for|select|getopts|let|printf[ \t]+-v|mapfile|readarray|vared|autoload)\b/;
/** `NAME=`, `NAME+=`, `NAME[0]=` where a word begins. */
const ASSIGNMENT = /(?:^|[\s;&|({`"'])[A-Za-z_]\w*(?:\[[^\]\n]*\])?\+?=/m;
/** `. FILE` */
const DOT = /(?:^|[\s;&|({`"'])\.[ \t]/m;
/** `${NAME:=…}`, `((…))` */
const EXPANSION = /\$\{\w+:?=|\(\(|\$\[/;
/** What a command is called is not to be seen: `$SETUP`, `ex''port`. */
const UNKNOWN = /(?:^|[;&|({!`]|\b(?:if|then|elif|else|while|until|do|time))[ \t]*\w*[$"'\\`*?~]/m;

/**
 * Whether a script of a POSIX shell may end in another directory, or with other exports, than it began with. False for
 * most scripts, and only where that is certain; such a script can be run with nothing around it.
 */
export function mayChangeShell(code: string): boolean {
  return [COMMANDS, ASSIGNMENT, DOT, EXPANSION, UNKNOWN].some((pattern) => pattern.test(code));
}
