import type { Diagnostic, Span } from "../model/source.ts";
import { plural } from "../story/plural.ts";
import { paint, sign } from "./style.ts";
import type { Style } from "./style.ts";
import { neutralize } from "../story/terminal-text.ts";

/**
 * Problems with their places: `guide.md:41:5 error WM1203 message`, the line with the stretch marked, and what to do.
 * In the order of files and places.
 * @param sources the text of each file that is named in a diagnostic; of others no line is shown
 * @returns text that ends in a newline and closes with a count; empty without diagnostics
 */
export function renderDiagnostics(
  style: Style,
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
): string {
  if (diagnostics.length === 0) return "";
  const files = [...new Set(diagnostics.map(({ file }) => file))];
  const sorted = files.flatMap((name) =>
    diagnostics.filter(({ file }) => file === name).toSorted((a, b) => offsetOf(a) - offsetOf(b)),
  );
  const blocks = sorted.map((diagnostic) => renderDiagnostic(style, diagnostic, sources).join("\n"));
  return `${blocks.join("\n\n")}\n\n${count(diagnostics)}\n`;
}

function renderDiagnostic(
  style: Style,
  { code, severity, message, hint, file, span }: Diagnostic,
  sources: ReadonlyMap<string, string>,
): readonly string[] {
  const place = span === undefined ? file : `${file ?? ""}:${span.start.line}:${span.start.column}`;
  const kind = paint(style, severity === "error" ? "failed" : "unknown", severity);
  const head = [place === undefined ? "" : paint(style, "bold", place), kind, code, neutralize(message)];
  const source = file === undefined ? undefined : sources.get(file);
  return [
    head.filter(Boolean).join(" "),
    ...(span === undefined || source === undefined ? [] : excerpt(style, source, span)),
    `  hint: ${neutralize(hint)}`,
  ];
}

/** The first line of the stretch, with a mark below it; of a long line what is around it. */
function excerpt(style: Style, source: string, { start, end }: Span): readonly string[] {
  const line = source.split(/\r\n|\n|\r/)[start.line - 1];
  if (line === undefined) return [];
  const number = String(start.line);
  const width = Math.max(20, style.columns - number.length - 5);
  const from = start.column - 1;
  const to = end.line === start.line ? Math.max(from + 1, end.column - 1) : line.length;
  const first = from < width - 8 ? 0 : Math.max(0, from - Math.floor(width / 3));
  // One column for each character, whatever it is: the mark must stand where it belongs.
  const shown = line.slice(first, first + width).replace(/[\0-\x1f\x7f-\x9f]/g, " ");
  const bar = paint(style, "dim", sign(style, "bar"));
  const mark = "^".repeat(Math.max(1, Math.min(to - first, width) - (from - first)));
  return [
    `  ${paint(style, "dim", number)} ${bar} ${neutralize(shown)}`.trimEnd(),
    `  ${" ".repeat(number.length)} ${bar} ${" ".repeat(from - first)}${paint(style, "failed", mark)}`,
  ];
}

function offsetOf({ span }: Diagnostic): number {
  return span?.start.offset ?? -1;
}

function count(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const words = [plural(errors, "error"), plural(warnings, "warning")];
  return words.filter((word) => !word.startsWith("0 ")).join(", ");
}
