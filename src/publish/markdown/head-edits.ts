import type { Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import type { InputDeclaration } from "../../model/runbook.ts";
import type { PageVerified } from "../verified/verified-words.ts";
import { verifiedWords } from "../verified/verified-words.ts";
import { plain } from "../words/words.ts";
import { relativeAddress } from "../links/link-target.ts";
import { badgePath } from "./form-path.ts";
import { type Idiom, markdownWords } from "./idiom.ts";
import type { TextEdit } from "./text-edit.ts";
import { isToml } from "./title.ts";

/** What is said behind the title: that the guide works, and which values its commands use. @param path of the guide @param own what is done to the guide besides */
export function headEdits(
  root: Root,
  path: string,
  inputs: readonly InputDeclaration[],
  verified: PageVerified | undefined,
  idiom: Idiom,
  own: readonly TextEdit[],
): readonly TextEdit[] {
  const blocks = [...(verified === undefined ? [] : [verifiedLine(path, verified)]), ...valuesBlocks(inputs, idiom)];
  if (blocks.length === 0) return [];
  const title = root.children.find((node) => node.type === "heading" && node.depth === 1);
  const front = root.children.find((node) => node.type === "yaml" || isToml(node));
  // Front matter that was for Waymark alone is gone, with the empty line behind it.
  const isGone = front !== undefined && own.some(({ from, to }) => from === 0 && to >= rangeOf(front).end);
  const after = title ?? (isGone ? undefined : front);
  const at = after === undefined ? 0 : rangeOf(after).end;
  const text = blocks.join("\n\n");
  return [{ from: at, to: at, text: after === undefined ? `${text}\n\n` : `\n\n${text}` }];
}

/** Its badge, and when it was run last. What hosts say of themselves leads nowhere. */
function verifiedLine(path: string, verified: PageVerified): string {
  const words = plain(verifiedWords(verified)).replaceAll(/:(?=\/\/)|www(?=\.)/gi, "$&\u2060");
  return `![](${relativeAddress(path, badgePath(path))})\n\n${markdownWords([words])}`;
}

function valuesBlocks(inputs: readonly InputDeclaration[], idiom: Idiom): readonly string[] {
  const lines = exportLines(inputs);
  if (lines.length === 0) return [];
  const box = idiom.box(["Set these first, in every terminal that you use."], [], "NOTE");
  return [box.join("\n"), ["```bash", ...lines, "```"].join("\n")];
}

/**
 * What has a value before anything is done, as a shell takes it. Secrets are typed, and seen by nobody: last and as one
 * command, since a shell that is given all of it at once would take the next line for one.
 */
function exportLines(inputs: readonly InputDeclaration[]): readonly string[] {
  const first = inputs.filter(({ ask, secret }) => ask === "first" || secret);
  const secrets = first.filter(({ secret }) => secret);
  const typed = secrets.map(({ name }) => `printf '${name}: ' && read -rs ${name} && export ${name}`);
  return [
    ...first.flatMap((input) => (input.secret ? [] : [`${exported(input)}${comment("  # ", input)}`])),
    ...secrets.map((input) => comment(`# ${input.name}: `, input)),
    ...typed.join(" && \\\n").split("\n"),
  ].filter((line) => line !== "");
}

function exported({ name, default: given = "" }: InputDeclaration): string {
  return `export ${name}='${given.replaceAll("'", `'\\''`)}'`;
}

function comment(before: string, { description, choices }: InputDeclaration): string {
  const about = [description, choices === undefined ? undefined : `one of ${choices.join(", ")}`].filter(Boolean);
  return about.length === 0 ? "" : `${before}${about.join("; ").replaceAll(/\s+/g, " ")}`;
}
