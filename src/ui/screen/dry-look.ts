import type { RunEvent, TaskOutput } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { RunFold } from "../../story/run-fold.ts";
import { neutralize, oneLine } from "../../story/terminal-text.ts";
import { OutputTail } from "../output-tail.ts";
import { shape, type Style } from "../style.ts";
import { outputOfAll } from "./output.ts";
import { span, type TextLine } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";

/** A look at the hosts of one step: what it would do there. Owns what has come of it so far. */
export class DryLook {
  readonly step: string;
  readonly #changed: () => void;
  readonly #fold = new RunFold();
  readonly #outputs = new Map<string, OutputTail>();
  #plan: Plan | undefined;
  #said: readonly string[] = [];
  #over = false;

  /** @param changed called whenever there is more to be seen */
  constructor(step: string, changed: () => void) {
    this.step = step;
    this.#changed = changed;
  }

  /** @param plan as it is gone through without doing anything */
  begin(plan: Plan): void {
    this.#plan = plan;
    this.#changed();
  }

  event(event: RunEvent): void {
    if ("step" in event && event.step === this.step) {
      this.#fold.add(event);
      if (event.type === "attempt-started") this.#outputs.delete(event.host);
    }
    this.#changed();
  }

  output({ step, host, stream, text }: TaskOutput): void {
    if (step !== this.step) return;
    const tail = this.#outputs.get(host) ?? new OutputTail();
    this.#outputs.set(host, tail);
    tail.add(stream, text);
    this.#changed();
  }

  /** What is wrong, or worth knowing; lines. */
  say(...lines: readonly string[]): void {
    this.#said = [...this.#said, ...lines];
    this.#changed();
  }

  /** Nothing more will come of it. */
  ends(): void {
    this.#over = true;
    this.#changed();
  }

  /** @param now for what is still looked at */
  lines(style: Style, guide: string, now: Date): readonly TextLine[] {
    const known = this.#fold.view.steps.get(this.step);
    const step = this.#plan?.steps.find(({ id }) => id === this.step);
    const said = this.#said.flatMap((line) => wrapLine([span(neutralize(line))], style.columns));
    const seen =
      step === undefined || known === undefined || known.tasks.size === 0
        ? []
        : outputOfAll(style, { step, known, outputs: this.#outputs, guide, now }).lines;
    const skip = step?.skip === undefined ? [] : [[span(`would be skipped: ${oneLine(step.skip)}`)]];
    const nothing = this.#over && said.length + seen.length + skip.length === 0;
    const more = shape(style, "more");
    return [
      [],
      [span(this.#over ? "On its hosts" : `On its hosts, looking ${more}`, "bold")],
      ...said,
      ...skip,
      ...seen,
      ...(nothing ? [[span("nothing would be done")]] : []),
    ];
  }
}
