const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Set by Waymark for each step, or by the shell itself, or they decide what a shell or interpreter loads and runs. */
export const TAKEN_NAMES: ReadonlySet<string> = new Set(
  (
    "PATH HOME USER LOGNAME SHELL TERM LANG LANGUAGE LINES COLUMNS TMPDIR PWD OLDPWD IFS ENV CDPATH SHLVL SHELLOPTS BASHOPTS " +
    "BASH BASHPID UID EUID PPID GROUPS RANDOM SRANDOM SECONDS LINENO FUNCNAME DIRSTACK PIPESTATUS OPTIND OPTARG OPTERR " +
    "REPLY HISTCMD HISTFILE PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 POSIXLY_CORRECT GLOBIGNORE FPATH ZDOTDIR _ " +
    "PYTHONPATH PYTHONHOME PYTHONSTARTUP NODE_OPTIONS NODE_PATH PERL5LIB PERL5OPT PERLLIB RUBYLIB RUBYOPT " +
    "GCONV_PATH LOCPATH NLSPATH HOSTALIASES RES_OPTIONS"
  ).split(" "),
);

export const TAKEN_PREFIX = /^(?:WAYMARK_|LC_|LD_|DYLD_|BASH_|SUDO_|MALLOC_|EPOCH)/;

/** Why a name cannot be an input or a capture, in words that follow the name; nothing where it can. */
export function variableNameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return "is not a variable name (letters, digits and _, not starting with a digit)";
  if (name.startsWith("WAYMARK_")) return "is one of the names that Waymark sets itself";
  if (TAKEN_NAMES.has(name) || TAKEN_PREFIX.test(name)) return "means something to the shell or the system already";
  return undefined;
}
