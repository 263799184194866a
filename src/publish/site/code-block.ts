import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import type { Highlighter } from "../../highlight/highlighter.ts";
import { plainTokens, type TokenLines } from "../../highlight/token.ts";
import { codeContent, type Mark } from "../html/code.ts";
import { ANYTHING, WILDCARDS } from "../words/step-words.ts";
import type { Words } from "../words/words.ts";
import { shellVariables } from "./shell-variables.ts";

/** Languages in which a variable's value can be put in the place of `$NAME`. */
const SHELLS = new Set(["bash", "shell", "sh", "dash", "ksh", "zsh"]);
const SESSIONS = new Set(["console", "shell-session", "shellsession", "sh-session", "bash-session"]);

export interface CodeSettings {
  readonly highlight: Highlighter;
  /** Variables whose values the reader can type on the page. */
  readonly names: ReadonlySet<string>;
}

/** What is done with a block's variables: read by a shell, filled in as they stand, or nothing. */
export type Filling = "shell" | "plain" | "none";

/** A block of code with a button that copies it; of a terminal session, what is typed. */
export function codeBlock(code: string, language: string, filling: Filling, settings: CodeSettings): Element {
  const text = code.replace(/\n$/, "");
  const name = language.toLowerCase();
  const lines = settings.highlight(text, name);
  const session = SESSIONS.has(name);
  const marks =
    filling === "plain"
      ? plainMarks(lines, settings.names)
      : filling === "shell" && (session || SHELLS.has(name))
        ? [
            ...shellMarks(lines, settings.names),
            ...plainMarks(printed(lines), settings.names),
            ...wildcards(printed(lines)),
          ]
        : [];
  return codeFrame(codeContent(lines, marks), `Code${language === "" ? "" : `, ${language}`}`, session);
}

/** Code that can be copied. @param session of its lines, only those with a prompt are */
export function codeFrame(content: readonly ElementContent[], label: string, session = false): Element {
  return h("div", { className: ["code"] }, [
    scrolling(content, session ? ["session"] : [], label),
    h("button", { type: "button", className: ["copy"], hidden: true }, "Copy"),
  ]);
}

/** What should come out: no button, and what may be anything told apart from what is printed. */
export function outputBlock(code: string, { names }: CodeSettings): Element {
  const lines = plainTokens(code.replace(/\n$/, ""));
  const marks = [...plainMarks(lines, names), ...wildcards(lines)];
  return h("div", { className: ["code", "output"] }, [scrolling(codeContent(lines, marks), [], "Expected output")]);
}

/** Reachable by keyboard, since it scrolls where a line is long. */
function scrolling(content: readonly ElementContent[], className: readonly string[], label: string): Element {
  return h(
    "pre",
    { tabIndex: 0, role: "group", ariaLabel: label, ...(className.length > 0 && { className: [...className] }) },
    [h("code", [...content])],
  );
}

function shellMarks(lines: TokenLines, names: ReadonlySet<string>): readonly Mark[] {
  if (names.size === 0) return [];
  const starts: { readonly line: number; readonly column: number; readonly offset: number }[] = [];
  let script = "";
  for (const [line, tokens] of lines.entries()) {
    if (tokens.some(({ role }) => role === "output")) continue;
    const column = tokens[0]?.role === "prompt" ? tokens[0].text.length : 0;
    starts.push({ line, column, offset: script.length });
    script += `${tokens
      .map(({ text }) => text)
      .join("")
      .slice(column)}\n`;
  }
  if (!script.includes("$")) return [];
  let next = 0;
  return shellVariables(script, names).flatMap(({ start, end, name, place }) => {
    while ((starts[next + 1]?.offset ?? Infinity) <= start) next++;
    const at = starts[next];
    if (at === undefined) return [];
    const column = start - at.offset + at.column;
    return [{ line: at.line, start: column, end: column + end - start, show: variable(name, place) }];
  });
}

/** As Waymark itself fills them in: `$NAME` and `${NAME}`, wherever they stand. */
function plainMarks(lines: TokenLines, names: ReadonlySet<string>): readonly Mark[] {
  if (names.size === 0) return [];
  return lines.flatMap((tokens, line) => {
    const text = tokens.map(({ text }) => text).join("");
    return [...text.matchAll(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g)].flatMap((match): readonly Mark[] => {
      const name = match[1] ?? match[2] ?? "";
      if (!names.has(name)) return [];
      return [{ line, start: match.index, end: match.index + match[0].length, show: variable(name, "plain") }];
    });
  });
}

/** Words in which the variables of paths and questions show their values. */
export function withValues(words: Words, names: ReadonlySet<string>): Words {
  const filled = (text: string): readonly ElementContent[] => {
    const token = { text };
    return codeContent([[token]], plainMarks([[token]], names));
  };
  return words.flatMap((word): readonly (string | Element)[] => {
    if (typeof word === "string") {
      return filled(word).flatMap((node) => (node.type === "text" ? node.value : node.type === "element" ? node : []));
    }
    const [only, ...others] = word.children;
    return [only?.type === "text" && others.length === 0 ? { ...word, children: [...filled(only.value)] } : word];
  });
}

/** Of a terminal session, only what is printed. */
function printed(lines: TokenLines): TokenLines {
  return lines.map((tokens) => (tokens.some(({ role }) => role === "output") ? tokens : []));
}

function wildcards(lines: TokenLines): readonly Mark[] {
  const show = (): Element => h("span", { className: ["wildcard"], title: "anything" }, ANYTHING);
  return lines.flatMap((tokens, line) => {
    const text = tokens.map(({ text }) => text).join("");
    return [...text.matchAll(WILDCARDS)].map(({ 0: sign, index }) => {
      return { line, start: index, end: index + sign.length, show };
    });
  });
}

/** The page's script puts the value here, written as the place demands. */
export function variable(name: string, place: string): Mark["show"] {
  return (content) => h("span", { className: ["var"], dataVar: name, dataPlace: place }, [...content]);
}
