import type { Inventory } from "../../../src/model/inventory.ts";
import type { Plan, PlannedStep } from "../../../src/model/plan.ts";
import type { InputDeclaration, Runbook, Section, Step, StepAction, StepOptions } from "../../../src/model/runbook.ts";
import type { Diagnostic, Located, Span } from "../../../src/model/source.ts";
import { compile } from "../../../src/plan/compile.ts";

/** What a test says of a step; all else is as in a guide that says nothing of it. */
export interface StepText {
  readonly id: string;
  readonly code?: string;
  readonly action?: StepAction;
  readonly on?: string;
  readonly when?: string | readonly string[];
  readonly dir?: string;
  readonly creates?: string;
  readonly unless?: string;
  readonly capture?: string;
  readonly expect?: readonly string[];
  readonly output?: readonly string[];
  /** Index of the section. */
  readonly section?: number;
  readonly explicitId?: boolean;
  readonly options?: Partial<StepOptions>;
}

/** Texts that are laid out one below the other, as the file that a runbook was read from. */
export class GuideText {
  text = "";

  add(value: string): Located<string> {
    const start = this.point();
    this.text += value;
    const span = { start, end: this.point() };
    this.text += "\n";
    return { value, span };
  }

  private point(): Span["start"] {
    const lines = this.text.split("\n");
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, offset: this.text.length };
  }

  /** `CODE line:column «what is pointed at» message (hint)` */
  show({ code, span, message, hint }: Diagnostic): string {
    const { line, column } = span?.start ?? { line: 0, column: 0 };
    return `${code} ${line}:${column} «${this.text.slice(span?.start.offset, span?.end.offset)}» ${message} (${hint})`;
  }
}

export function stepOf(step: StepText, guide = new GuideText()): Step {
  const { id, section, options } = step;
  const block = guide.add(`#${id}`);
  const code = guide.add((step.code ?? "true\n").replace(/\n$/, ""));
  const when = [step.when ?? []].flat().map((source) => guide.add(source));
  const located = (key: "dir" | "creates" | "unless" | "capture") => {
    const value = step[key];
    return value === undefined ? {} : { [key]: guide.add(value) };
  };
  return {
    id,
    explicitId: step.explicitId ?? true,
    title: id,
    ...(section === undefined ? {} : { section }),
    span: block.span,
    action: step.action ?? {
      kind: "command",
      language: "bash",
      interpreter: ["bash", "-e", "-o", "pipefail"],
      code: `${code.value}\n`,
      codeSpan: code.span,
    },
    options: {
      on: guide.add(step.on ?? "all"),
      optional: false,
      fresh: false,
      timeoutMs: 1_800_000,
      retry: 0,
      everyMs: 10_000,
      when,
      secret: false,
      verify: false,
      maxFailures: 0,
      reconnect: false,
      interactive: false,
      background: false,
      ...located("dir"),
      ...located("creates"),
      ...located("unless"),
      ...located("capture"),
      ...options,
    },
    expectations: [
      ...(step.output === undefined
        ? []
        : [{ kind: "output" as const, lines: step.output, span: guide.add(step.output.join("\n")).span }]),
      ...(step.expect ?? []).map((source) => {
        const { value, span } = guide.add(source);
        return { kind: "cel" as const, source: value, span, hidden: false };
      }),
    ],
  };
}

export function inputOf(
  name: string,
  given: Partial<InputDeclaration> = {},
  guide = new GuideText(),
): InputDeclaration {
  return { name, secret: false, ask: "first", span: guide.add(name).span, ...given };
}

export interface GuideParts {
  readonly inventory: Inventory;
  readonly steps: readonly StepText[];
  readonly inputs?: Readonly<Record<string, Partial<InputDeclaration>>>;
  readonly values?: Readonly<Record<string, string>>;
  /** Ids of steps that an earlier part of the run has come to the end of. */
  readonly over?: readonly string[];
  /** Ids of steps that are left alone. */
  readonly aside?: readonly string[];
  readonly requires?: readonly { readonly group: string; readonly min: number; readonly max?: number }[];
  readonly sections?: readonly Pick<Section, "title" | "parent">[];
}

/** Compiles a guide made of these parts; diagnostics are shown as by {@link GuideText.show}. */
export function compileParts(parts: GuideParts): {
  readonly plan: Plan;
  readonly problems: readonly string[];
  readonly idle: ReadonlySet<string>;
} {
  const guide = new GuideText();
  const runbook: Runbook = {
    path: "guide.md",
    title: "A guide",
    settings: {
      inputs: Object.entries(parts.inputs ?? {}).map(([name, given]) => inputOf(name, given, guide)),
      requires: (parts.requires ?? []).map((one) => ({ ...one, span: guide.add(one.group).span })),
    },
    sections: (parts.sections ?? []).map((section) => ({
      slug: section.title,
      depth: 2,
      span: guide.add(section.title).span,
      ...section,
    })),
    steps: parts.steps.map((step) => stepOf(step, guide)),
  };
  const { inventory, values = {}, over = [], aside = [] } = parts;
  const leaves = { over: new Set(over), aside: new Set(aside) };
  const gathered = { runbook, digest: "d".repeat(64), inventory, inputs: values, ...leaves };
  const { plan, diagnostics, idle } = compile(gathered);
  const files = new Set(diagnostics.map(({ file }) => file));
  if (diagnostics.length > 0 && (files.size > 1 || !files.has("guide.md"))) throw new Error("no file");
  return { plan, problems: diagnostics.map((one) => guide.show(one)), idle };
}

/** The planned steps of a guide without problems. */
export function planned(parts: GuideParts): readonly PlannedStep[] {
  const { plan, problems } = compileParts(parts);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return plan.steps;
}
