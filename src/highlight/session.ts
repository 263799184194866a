import type { Token, TokenLines } from "./token.ts";

/**
 * The tokens of a terminal session: prompts (`$ `, `# `, and `> ` where a command goes on), what is typed behind them,
 * which is read as one script, and what is printed.
 * @param highlight of the script
 */
export function sessionTokens(session: string, highlight: (script: string) => TokenLines): TokenLines {
  const lines = readLines(session);
  const typed = lines.filter(({ prompt }) => prompt !== undefined);
  const script = highlight(typed.map(({ text }) => text).join("\n"));
  let next = 0;
  return lines.map(({ prompt, text }): readonly Token[] => {
    if (prompt === undefined) return text === "" ? [] : [{ text, role: "output" }];
    const tokens = script[next++] ?? [];
    return prompt === "" ? tokens : [{ text: prompt, role: "prompt" }, ...tokens];
  });
}

interface SessionLine {
  /** Absent: the line is printed. Empty: a command goes on. */
  readonly prompt?: string;
  readonly text: string;
}

function readLines(session: string): readonly SessionLine[] {
  let typing: "no" | "may go on" | "must go on" = "no";
  return session.split("\n").map((line): SessionLine => {
    const mayBegin = /^[$#](?: |$)/;
    const mayGoOn = /^>(?: |$)/;
    const [prompt] =
      (typing === "must go on" ? mayGoOn : typing === "may go on" ? /^[$#>](?: |$)/ : mayBegin).exec(line) ?? [];
    if (prompt === undefined && typing !== "must go on") {
      typing = "no";
      return { text: line };
    }
    typing = /(?<!\\)(?:\\\\)*\\$/.test(line) ? "must go on" : "may go on";
    return { prompt: prompt ?? "", text: line.slice(prompt?.length ?? 0) };
  });
}
