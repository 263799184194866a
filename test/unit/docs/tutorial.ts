import { blocksOf, type Page } from "./page.ts";

/*
 * A tutorial is a sequence of things to do. A block with a `title` is what a file becomes; of a guide it may be a part
 * only, front matter or a section. A `console` block is what is typed, and what comes out.
 */

export type Move =
  | { readonly kind: "write"; readonly line: number; readonly file: string; readonly text: string }
  | { readonly kind: "type"; readonly line: number; readonly command: string; readonly shown: string };

export function movesOf(page: Page): readonly Move[] {
  const files = new Map<string, string>();
  return blocksOf(page).flatMap(({ language, title, code, line }): readonly Move[] => {
    if (title !== undefined) {
      const text = edited(files.get(title) ?? "", code);
      files.set(title, text);
      return [{ kind: "write", line, file: title, text }];
    }
    return language === "console" ? typed(code).map((entry) => ({ kind: "type", line, ...entry })) : [];
  });
}

const FRONT_MATTER = /^---\n.*?^---\n/ms;

/** The file with this part of it instead of the old one, or at its end where there was none. */
function edited(text: string, part: string): string {
  if (text === "") return part;
  const front = FRONT_MATTER.exec(part)?.[0];
  if (front !== undefined) return front === part ? text.replace(FRONT_MATTER, () => part) : part;
  const heading = /^## .*\n/.exec(part)?.[0];
  if (heading === undefined) return part;
  const sections = text.split(/^(?=## )/m);
  const at = sections.findIndex((section) => section.startsWith(heading));
  const padded = at < 0 || at === sections.length - 1 ? part : `${part}\n`;
  return (at < 0 ? [...sections, `\n${part}`] : sections.with(at, padded)).join("");
}

function typed(code: string): readonly { readonly command: string; readonly shown: string }[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((entry) => {
      const end = entry.indexOf("\n");
      return { command: entry.slice(0, end), shown: entry.slice(end + 1) };
    });
}
