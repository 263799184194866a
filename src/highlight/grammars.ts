import type { BundledLanguage } from "shiki/langs";

/** The grammars that guides need, with the names that their languages have in info strings besides the grammar's own. */
const GRAMMARS: Partial<Record<BundledLanguage, readonly string[]>> = {
  apache: ["apacheconf"],
  awk: ["gawk"],
  bat: ["batch", "cmd"],
  c: ["h"],
  css: [],
  csv: [],
  diff: ["patch"],
  docker: ["dockerfile", "containerfile"],
  dotenv: ["env"],
  fish: [],
  go: ["golang"],
  // Its own grammar takes seconds for one long word.
  hcl: ["terraform", "tf"],
  html: [],
  ini: ["cfg", "conf", "properties"],
  java: [],
  // CEL, which expectations are written in, looks enough like it.
  javascript: ["js", "mjs", "cjs", "node", "expect", "cel"],
  json: [],
  json5: [],
  jsonc: [],
  lua: [],
  make: ["makefile"],
  markdown: ["md"],
  nginx: [],
  perl: ["pl"],
  php: [],
  powershell: ["ps1", "pwsh"],
  python: ["py", "python3"],
  ruby: ["rb"],
  rust: ["rs"],
  shellscript: ["bash", "sh", "shell", "zsh", "ksh", "dash"],
  sql: [],
  "ssh-config": ["sshconfig", "ssh_config"],
  systemd: ["service", "unit"],
  toml: [],
  typescript: ["ts", "mts", "cts"],
  xml: ["svg"],
  yaml: ["yml"],
};

/** Names under which highlighters know a terminal session with prompts. */
const SESSIONS = new Set(["console", "shell-session", "shellsession", "sh-session", "bash-session"]);

const BY_NAME = new Map(
  Object.entries(GRAMMARS).flatMap(([grammar, names]) =>
    [grammar, ...names].map((name) => [name, grammar as BundledLanguage] as const),
  ),
);

/** Every name of a language that is known here. */
export const LANGUAGES: readonly string[] = [...BY_NAME.keys(), ...SESSIONS];

/** The block holds prompts, commands and what they print. */
export function isSession(language: string): boolean {
  return SESSIONS.has(language.toLowerCase());
}

/** What reads a language; undefined where none does: it is shown as it is. */
export function grammarOf(language: string): BundledLanguage | undefined {
  return isSession(language) ? "shellscript" : BY_NAME.get(language.toLowerCase());
}
