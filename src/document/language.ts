const BASH = ["bash", "-e", "-o", "pipefail"];

/** What runs a block of a language. Shells stop at the first failing command, as a reader would. */
const INTERPRETERS = new Map<string, readonly string[]>(
  Object.entries({
    bash: BASH,
    shell: BASH,
    sh: ["sh", "-e"],
    dash: ["dash", "-e"],
    ksh: ["ksh", "-e"],
    zsh: ["zsh", "-e", "-o", "pipefail"],
    fish: ["fish"],
    python: ["python3"],
    python3: ["python3"],
    py: ["python3"],
    node: ["node"],
    js: ["node"],
    javascript: ["node"],
    perl: ["perl"],
    ruby: ["ruby"],
    rb: ["ruby"],
    lua: ["lua"],
    php: ["php"],
    awk: ["awk", "-f"],
  }),
);

/** Names under which highlighters know a terminal session with prompts. */
const SESSIONS = new Set(["console", "shell-session", "shellsession", "sh-session", "bash-session"]);

const SHELLS = new Set(["bash", "shell", "sh", "dash", "ksh", "zsh", "fish"]);

/** The block holds prompts, commands and what they print. */
export function isSession(language: string): boolean {
  return SESSIONS.has(language.toLowerCase());
}

/** A shell's own language or a session: what a section's `shell=` is meant for. */
export function isShell(language: string): boolean {
  return isSession(language) || SHELLS.has(language.toLowerCase());
}

/** The program and its options, to which a script's path is appended; nothing for a language that Waymark cannot run. */
export function interpreterOf(language: string): readonly string[] | undefined {
  return isSession(language) ? BASH : INTERPRETERS.get(language.toLowerCase());
}
