import type { Offsets, OutputSink } from "../engine/ports.ts";
import type { DataListener } from "./agent-loop.ts";

/**
 * Puts what several readers bring of one job's streams together. Every reader starts at or before what has been
 * delivered and brings bytes in order, so that nothing is lost, and what came from another already is dropped.
 */
export class JobOutput {
  readonly #sink: OutputSink;
  readonly #delivered: { stdout: number; stderr: number };
  #muted = false;

  constructor(from: Offsets, sink: OutputSink) {
    this.#delivered = { stdout: from.stdout, stderr: from.stderr };
    this.#sink = sink;
  }

  /** Where a reader that starts now has to begin. */
  get delivered(): Offsets {
    return { ...this.#delivered };
  }

  reader(from: Offsets): DataListener {
    const at = { stdout: from.stdout, stderr: from.stderr };
    return (stream, chunk) => {
      const known = this.#delivered[stream] - at[stream];
      at[stream] += chunk.byteLength;
      if (this.#muted || known >= chunk.byteLength) return undefined;
      this.#delivered[stream] = at[stream];
      return this.#sink(stream, known > 0 ? chunk.subarray(known) : chunk);
    };
  }

  /** Nothing more is delivered. */
  mute(): void {
    this.#muted = true;
  }
}
