import type { Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { SourceText } from "../../document/source-text.ts";
import type { Runbook, Step } from "../../model/runbook.ts";
import type { Diagnostic } from "../../model/source.ts";
import type { SourcePage } from "../site/read-page.ts";
import { nodesOf } from "./visit.ts";

type Page = Pick<SourcePage, "file" | "text" | "root" | "runbook">;

/**
 * What readers of the file itself, on a plain page, are not told: a file whose name stands in braces alone, and a role
 * that no word above names, in the section or in what its headings stand for. Warnings.
 */
export function hiddenFromReaders({ file, text, root, runbook }: Page): readonly Diagnostic[] {
  if (runbook === undefined) return [];
  const source = new SourceText(text);
  const said = prose(root);
  return runbook.steps.flatMap((step) => {
    const span = source.span({ start: step.span.start.offset, end: step.span.end.offset });
    const warning = (code: string, message: string, hint: string): Diagnostic => {
      return { code, severity: "warning", message, hint, file, span };
    };
    const problems: Diagnostic[] = [];
    if (step.action.kind === "file" && !isFileNamed(step.action.path.value, said)) {
      const message = `Readers are not told that this is the file ${step.action.path.value}`;
      problems.push(warning("WM8096", message, "Name it in the text above."));
    }
    const above = sectionsAround(runbook, step).flatMap(({ from, to }) => within(said, from, to));
    const missing = rolesOf(step).filter((role) => !isRoleNamed(role, above));
    if (missing.length > 0) {
      const message = `Readers are not told that this is done on ${missing.join(", ")}`;
      problems.push(warning("WM8097", message, "Say so in the text above, or in the heading."));
    }
    return problems;
  });
}

/** A piece of what readers see. */
interface Piece {
  readonly at: number;
  readonly text: string;
  /** As it is typed. */
  readonly code: boolean;
}

/** What readers are told, in the order of the guide: no info strings, comments and blocks of code. */
function prose(root: Root): readonly Piece[] {
  return [...nodesOf(root)].flatMap(({ node }) =>
    node.type === "text" || node.type === "inlineCode"
      ? [{ at: rangeOf(node).start, text: node.value, code: node.type === "inlineCode" }]
      : [],
  );
}

/** By its path, or by its name: of one that could be a word, like `hosts`, only as code. */
function isFileNamed(path: string, said: readonly Piece[]): boolean {
  const name = path.replace(/^.*\//, "");
  const named = new RegExp(`(?<![\\w.-])${escaped(name)}(?![\\w-]|\\.\\w)`);
  return said.some(({ text, code }) => text.includes(path) || ((code || name.includes(".")) && named.test(text)));
}

/** Names in a step's pattern that a reader would have to know. `all` and `local` go without saying. */
function rolesOf({ options }: Step): readonly string[] {
  const names = options.on.value.split(",").map((term) => term.trim().replace(/\[.*$/, ""));
  return names.filter((name) => /^[\p{L}\p{N}_.-]+$/u.test(name) && name !== "all" && name !== "local");
}

/** As a word, also in the plural: `workers`; and `control plane` for `control-plane`. */
function isRoleNamed(role: string, said: readonly Piece[]): boolean {
  const words = role.split(/[-_.]/).map(escaped).join("[-_. ]");
  const named = new RegExp(`(?<![\\p{L}\\p{N}])${words}(?:e?s)?(?![\\p{L}\\p{N}])`, "iu");
  return named.test(said.map(({ text }) => text).join(" "));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** What stands above a step: its section, and of the sections around that what stands before their first one. */
function sectionsAround(
  { sections }: Runbook,
  { section, span }: Step,
): readonly { readonly from: number; readonly to: number }[] {
  const startOf = (index: number): number => sections[index]?.span.start.offset ?? Infinity;
  const found = [{ from: section === undefined ? 0 : startOf(section), to: span.start.offset }];
  for (let index = section; index !== undefined; index = sections[index]?.parent) {
    found.push({ from: startOf(index), to: Math.min(startOf(index + 1), span.start.offset) });
  }
  return found;
}

function within(said: readonly Piece[], from: number, to: number): readonly Piece[] {
  return said.slice(indexOf(said, from), indexOf(said, to));
}

/** The first piece that does not stand before an offset. */
function indexOf(said: readonly Piece[], offset: number): number {
  let [low, high] = [0, said.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((said[middle]?.at ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
