/** From `start` to before `end`, in UTF-16 code units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface Findings {
  /** Where needles are, in order; overlapping ones joined. */
  readonly found: readonly Stretch[];
  /** Length of the longest end of the text that some needle goes on from. */
  readonly pending: number;
}

/** A beginning of a needle. The text read so far ends in it. */
interface State {
  readonly depth: number;
  /** The UTF-16 code unit that leads here. */
  readonly code: number;
  /** Successors are a linked list: nearly all states have one, and a Map each would take much memory. */
  child: State | undefined;
  sibling: State | undefined;
  /** A needle ends here. */
  complete: boolean;
  /** The longest proper ending of this one that is a state too. */
  fallback: State | undefined;
  /** Length of the longest needle that this ends in; 0: none. */
  needle: number;
  /** Length of the longest ending of this that some needle goes on from. */
  open: number;
}

/**
 * Finds all of many needles in one pass over the text, with the automaton of Aho and Corasick ("Efficient string
 * matching", 1975): thousands of needles cost no more than one. Owns the automaton; needles are only ever added.
 */
export class NeedleSearch {
  readonly #root = newState(0, 0);
  /** Where a needle may begin: most of a text is nowhere near one. */
  readonly #starts = new Map<number, State>();
  /** The same, for the quick way there. */
  #start: RegExp | undefined;
  #linked = true;

  add(needle: string): void {
    let state = this.#root;
    for (let at = 0; at < needle.length; at++) {
      const code = needle.charCodeAt(at);
      let next = successor(state, code);
      if (next === undefined) {
        next = newState(at + 1, code);
        next.sibling = state.child;
        state.child = next;
        if (at === 0) this.#starts.set(code, next);
      }
      state = next;
    }
    state.complete = true;
    this.#linked = false;
  }

  search(text: string): Findings {
    if (!this.#linked) this.#link();
    const found: Stretch[] = [];
    let state = this.#root;
    for (let at = 0; at < text.length; at++) {
      if (state === this.#root) {
        at = this.#next(text, at);
        if (at < 0) break;
      }
      state = this.#step(state, text.charCodeAt(at));
      if (state.needle > 0) join(found, at + 1 - state.needle, at + 1);
    }
    return { found, pending: state.open };
  }

  /** Where a needle may begin at the earliest; -1: nowhere. */
  #next(text: string, from: number): number {
    if (this.#start === undefined) return -1;
    this.#start.lastIndex = from;
    return this.#start.exec(text)?.index ?? -1;
  }

  #step(from: State, code: number): State {
    for (let state = from; state.fallback !== undefined; state = state.fallback) {
      const next = successor(state, code);
      if (next !== undefined) return next;
    }
    return this.#starts.get(code) ?? this.#root;
  }

  /** Computes what follows from the needles, breadth first: the fallback of a state is shallower than the state. */
  #link(): void {
    const queue = [this.#root];
    for (const state of queue) {
      for (let next = state.child; next !== undefined; next = next.sibling) {
        const fallback = state.fallback === undefined ? this.#root : this.#step(state.fallback, next.code);
        next.fallback = fallback;
        next.needle = next.complete ? next.depth : fallback.needle;
        next.open = next.child !== undefined ? next.depth : fallback.open;
        queue.push(next);
      }
    }
    const codes = [...this.#starts.keys()].map((code) => `\\u${code.toString(16).padStart(4, "0")}`);
    this.#start = codes.length === 0 ? undefined : new RegExp(`[${codes.join("")}]`, "g");
    this.#linked = true;
  }
}

function newState(depth: number, code: number): State {
  return {
    depth,
    code,
    child: undefined,
    sibling: undefined,
    complete: false,
    fallback: undefined,
    needle: 0,
    open: 0,
  };
}

function successor(state: State, code: number): State | undefined {
  let next = state.child;
  while (next !== undefined && next.code !== code) next = next.sibling;
  return next;
}

/** Adds a stretch. They come in the order of their ends; a later one may begin before an earlier one does. */
function join(found: Stretch[], from: number, end: number): void {
  let start = from;
  for (let last = found.at(-1); last !== undefined && last.end > start; last = found.at(-1)) {
    start = Math.min(start, last.start);
    found.pop();
  }
  found.push({ start, end });
}
