import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");

/** A page that users read. */
export interface Page {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Block {
  readonly language: string;
  /** The file that it is said to stand in: `title="…"` behind the language. */
  readonly title: string | undefined;
  readonly code: string;
  readonly line: number;
}

export const PAGES: readonly Page[] = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

export function page(path: string): Page {
  const found = PAGES.find((page) => page.path === path);
  if (found === undefined) throw new Error(`no page ${path}`);
  return found;
}

/** Its fenced blocks; what stands inside of one is not taken for another. */
export function blocksOf({ text }: Page): readonly Block[] {
  return [...text.matchAll(/^(`{3,})(\S*)([^\n]*)\n(.*?)^\1$/gms)].map((match) => ({
    language: match[2] ?? "",
    title: /\btitle="([^"]+)"/.exec(match[3] ?? "")?.[1],
    code: match[4] ?? "",
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** The page without its fenced blocks. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^(`{3,})(\S*)[^\n]*\n(.*?)^\1$/gms, "");
}
