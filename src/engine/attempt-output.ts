import type { TaskRef } from "../model/event.ts";
import type { Offsets, OutputSink, RedactedStream, Redactor, Reporter, TaskLog } from "./ports.ts";

/**
 * Kept in memory of each stream, to be judged and captured: 8 MiB. The capsule and the log have the rest. A judge may
 * need fifty times as much for a while, and hosts are many.
 */
const KEPT_BYTES = 8 * 1024 * 1024;

/** Written instead of what a `secret` step prints. */
export const WITHHELD = "«output withheld»\n";

type Stream = "stdout" | "stderr";

export interface OutputOptions {
  readonly ref: TaskRef;
  readonly redactor: Redactor;
  /** Something will be judged or captured: raw bytes stay in memory. */
  readonly keep: boolean;
  /** Nothing of it may be shown or logged. */
  readonly withhold?: boolean;
  /** Without a log and a reporter it is read silently: what had been shown already. */
  readonly log?: TaskLog;
  readonly reporter?: Reporter;
}

/**
 * Owns what one attempt has printed so far: raw bytes for judging, and the redacted copies that went to the log and
 * to the reporter. Bytes arrive in order and once: after a lost connection the next follower starts at `offsets`.
 */
export class AttemptOutput {
  private readonly streams: Record<Stream, { chunks: Uint8Array[]; kept: number; seen: number; shown: RedactedStream }>;
  private readonly options: OutputOptions;
  private letGone = false;

  constructor(options: OutputOptions) {
    this.options = options;
    const stream = () => ({ chunks: [], kept: 0, seen: 0, shown: options.redactor.stream() });
    this.streams = { stdout: stream(), stderr: stream() };
  }

  get offsets(): Offsets {
    return { stdout: this.streams.stdout.seen, stderr: this.streams.stderr.seen };
  }

  readonly sink: OutputSink = (name, chunk) => {
    const stream = this.streams[name];
    stream.seen += chunk.byteLength;
    const room = KEPT_BYTES - stream.kept;
    if (this.options.keep && !this.letGone && room > 0) {
      const part = chunk.byteLength > room ? chunk.subarray(0, room) : chunk;
      stream.chunks.push(part);
      stream.kept += part.byteLength;
    }
    return this.options.withhold === true ? undefined : this.show(name, stream.shown.push(chunk));
  };

  /** The raw bytes of a stream, cut after 8 MiB. */
  bytes(name: Stream): { readonly bytes: Uint8Array; readonly truncated: boolean } {
    const stream = this.streams[name];
    return { bytes: Buffer.concat(stream.chunks), truncated: stream.seen > stream.kept };
  }

  /** Nothing will be judged or captured of it any more: no bytes stay in memory. */
  letGo(): void {
    this.letGone = true;
    for (const stream of Object.values(this.streams)) stream.chunks = [];
  }

  /** Shows what was held back, and closes the log. */
  async end(): Promise<void> {
    await this.show("stdout", this.streams.stdout.shown.end());
    await this.show("stderr", this.streams.stderr.shown.end());
    await this.options.log?.close();
  }

  private show(stream: Stream, text: string): Promise<unknown> | undefined {
    if (text === "") return undefined;
    const { ref, log, reporter } = this.options;
    const told = [
      log?.write(stream, text),
      reporter?.output({ type: "task-output", step: ref.step, host: ref.host, stream, text }),
    ].filter((busy) => busy instanceof Promise);
    return told.length === 0 ? undefined : Promise.all(told);
  }
}
