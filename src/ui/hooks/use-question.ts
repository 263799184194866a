import { useMemo, useReducer, useRef, useState } from "react";
import { askFilter } from "../screen/filter.ts";
import { type Draft, NO_DRAFT, type ScreenQuestion } from "../screen/question.ts";
import type { ScreenSource } from "../screen/screen-source.ts";

/** What the reader asks the screen for: it is put to him like anything else. */
export type OwnQuestion = "find" | "filter";

const FIND: ScreenQuestion = { kind: "text", lines: [], message: "Find:", check: () => undefined };

/**
 * The question that is open, and what of its answer is there. The reader's own comes first: what is typed for that is no
 * answer to what the run asks meanwhile, or has asked before.
 */
export interface OpenQuestion {
  readonly question: ScreenQuestion | undefined;
  readonly asking: OwnQuestion | undefined;
  /** Opens a question of the reader's own, with nothing answered; undefined closes it. */
  readonly ask: (own: OwnQuestion | undefined) => void;
  readonly soFar: () => Draft;
  readonly keep: (draft: Draft) => void;
}

export function useQuestion(source: ScreenSource): OpenQuestion {
  const { plan } = source;
  const [asking, setAsking] = useState<OwnQuestion>();
  const own = useMemo((): Record<OwnQuestion, ScreenQuestion> => ({ find: FIND, filter: askFilter(plan) }), [plan]);
  const question = asking === undefined ? source.question : own[asking];
  // Keys may come faster than the screen is drawn.
  const draft = useRef<{ readonly of: ScreenQuestion | undefined; readonly draft: Draft }>(undefined);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  return {
    question,
    asking,
    ask: (wanted) => {
      draft.current = undefined;
      setAsking(wanted);
      redraw();
    },
    soFar: () => (draft.current?.of === question ? draft.current?.draft : undefined) ?? NO_DRAFT,
    keep: (next) => {
      draft.current = { of: question, draft: next };
      redraw();
    },
  };
}
