import type { RedactedStream, Redactor } from "../engine/ports.ts";
import { NeedleSearch } from "./needle-search.ts";
import type { Stretch } from "./needle-search.ts";
import { secretForms, secretTexts } from "./secret-forms.ts";

/** What stands for a secret. */
export const MASK = "«secret»";

/** A redactor that knows no value yet. Which forms of a value it finds is said in `secret-forms.ts`. */
export function createRedactor(): Redactor {
  const search = new NeedleSearch();
  const known = new Set<string>();
  return {
    add(value) {
      if (known.has(value)) return;
      known.add(value);
      for (const form of secretForms(value)) search.add(form);
    },
    forms: (value) => [...secretTexts(value)],
    redact(text) {
      const rest = new Masking(search);
      return rest.take(text) + rest.finish();
    },
    stream() {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      const rest = new Masking(search);
      return {
        push: (chunk) => rest.take(decoder.decode(chunk, { stream: true })),
        end: () => rest.take(decoder.decode()) + rest.finish(),
      } satisfies RedactedStream;
    },
  };
}

/**
 * Owns the end of the text that is held back because a secret may go on from it, and how much of it is hidden already
 * because a secret that began before reaches into it. Overlapping secrets are one mask.
 */
class Masking {
  readonly #search: NeedleSearch;
  #held = "";
  #hidden = 0;

  constructor(search: NeedleSearch) {
    this.#search = search;
  }

  take(more: string): string {
    if (more === "") return "";
    const text = this.#held + more;
    const { found, pending } = this.#search.search(text);
    return this.#show(text, found, text.length - pending);
  }

  finish(): string {
    return this.#show(this.#held, this.#search.search(this.#held).found, this.#held.length);
  }

  /** Shows the text up to `end` and holds the rest. */
  #show(text: string, secrets: readonly Stretch[], end: number): string {
    let shown = "";
    let at = this.#hidden;
    for (const secret of secrets) {
      if (secret.start >= at) {
        if (secret.start >= end) break;
        shown += text.slice(at, secret.start) + MASK;
      }
      at = Math.max(at, secret.end);
    }
    if (at < end) shown += text.slice(at, end);
    this.#held = text.slice(end);
    this.#hidden = Math.max(0, at - end);
    return shown;
  }
}
