import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import type { Code, List } from "mdast";
import type { Expectation, Runbook, Step } from "../../model/runbook.ts";
import { expectedWords } from "../words/condition-words.ts";
import { sentence } from "../words/words.ts";
import { type CodeSettings, codeBlock, type Filling, outputBlock } from "./code-block.ts";
import type { OwnBlocks } from "./markdown-to-hast.ts";
import type { PageFacts } from "./page-facts.ts";
import { stepBox } from "./step-box.ts";

/** How the blocks of a guide are shown: steps in their boxes, what is expected as such, all other code as code. */
export function ownBlocks(
  runbook: Runbook | undefined,
  facts: PageFacts,
  settings: CodeSettings,
  inherited: (step: Step) => ReadonlySet<string>,
): OwnBlocks {
  /** A list may end where a step within it does: what is found first is the step's own. */
  const claimed = new Map<Step, Code | List>();
  const stepAt = (node: Code | List): Step | undefined => {
    const step = facts.stepsByEnd.get(node.position?.end.offset ?? -1);
    const isList = step?.action.kind === "manual" && step.action.items.length > 0;
    if (step === undefined || isList !== (node.type === "list")) return undefined;
    if (!claimed.has(step)) claimed.set(step, node);
    return claimed.get(step) === node ? step : undefined;
  };
  const box = (step: Step, block: readonly ElementContent[]): readonly Element[] => {
    return [stepBox(step, block, facts, inherited(step))];
  };
  const judging = new Map(
    (runbook?.steps ?? []).flatMap(({ expectations }) => {
      return expectations.map((one) => [one.span.start.offset, one] as const);
    }),
  );
  return {
    isOwn: (node) => stepAt(node) !== undefined,
    list: (node, content) => {
      const step = stepAt(node);
      return step === undefined ? content : box(step, content);
    },
    code: (node) => {
      const language = languageOf(node);
      const code = node.value.replaceAll(/\r\n?/g, "\n");
      const step = stepAt(node);
      if (step !== undefined)
        return box(step, [codeBlock(code, shownLanguage(step, language), fillingOf(step), settings)]);
      if (runbook !== undefined && language === "output") return [expectedOutput(code, settings)];
      if (runbook !== undefined && language === "expect") return expected(node, judging);
      return [codeBlock(code, language, "shell", settings)];
    },
  };
}

/** First word of the info string. Braces may stand right behind it. */
export function languageOf({ lang }: Code): string {
  return (lang ?? "").replace(/\{.*$/s, "");
}

function shownLanguage({ action }: Step, language: string): string {
  return action.kind === "copy" && language === "" ? "bash" : language;
}

function fillingOf({ action }: Step): Filling {
  switch (action.kind) {
    case "command":
      return "shell";
    case "file":
      return action.template ? "plain" : "none";
    case "copy":
    case "manual":
      return "plain";
  }
}

function expectedOutput(code: string, settings: CodeSettings): Element {
  return h("div", { className: ["expected"] }, [
    h("p", { className: ["label"] }, "Expect"),
    outputBlock(code, settings),
  ]);
}

/** Expressions in words, as far as there are words for them. */
function expected({ position }: Code, judging: ReadonlyMap<number, Expectation>): readonly Element[] {
  const within = [...judging]
    .filter(([at]) => at >= (position?.start.offset ?? 0) && at < (position?.end.offset ?? 0))
    .flatMap(([, one]) => (one.kind === "cel" ? [one] : []));
  const items = within.map(({ source }) => h("li", [...sentence(expectedWords(source))]));
  if (items.length === 0) return [];
  return [h("div", { className: ["expected"] }, [h("p", { className: ["label"] }, "Expect"), h("ul", items)])];
}
