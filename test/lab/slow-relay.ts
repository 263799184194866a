import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { Transform, type TransformCallback, pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

export interface SlowRelay {
  readonly port: number;
  stop(): Promise<void>;
}

export interface Slowness {
  /** In each direction, of each connection. */
  readonly bytesPerSecond?: number;
  /** One way. */
  readonly delayMs?: number;
}

/** Takes connections on a port of 127.0.0.1 and carries them to another place, slowly. */
export async function slowRelay(address: string, port: number, slowness: Slowness): Promise<SlowRelay> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: address, port, allowHalfOpen: true });
    // One side gone, the other goes.
    const over = (error: Error | null | undefined) => {
      if (error === null || error === undefined) return;
      near.destroy();
      far.destroy();
    };
    pipeline(near, new Slow(slowness), far, over);
    pipeline(far, new Slow(slowness), near, over);
    sockets.add(near).add(far);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** How much is under way at most. */
const WINDOW_MS = 500;

/** Hands on what comes in later, piece by piece. */
class Slow extends Transform {
  private readonly rate: number;
  private readonly delay: number;
  /** When the line is free again. */
  private free = 0;
  private last: Promise<unknown> = Promise.resolve();
  private readonly over = new AbortController();

  constructor({ bytesPerSecond = Infinity, delayMs = 0 }: Slowness) {
    super();
    this.rate = bytesPerSecond / 1000;
    this.delay = delayMs;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const size = this.rate === Infinity ? chunk.length : Math.max(1, Math.floor(this.rate * 20));
    for (let at = 0; at < chunk.length; at += size) {
      const piece = chunk.subarray(at, at + size);
      this.free = Math.max(performance.now(), this.free) + piece.length / this.rate;
      this.later(this.free + this.delay, () => this.push(piece));
    }
    setTimeout(done, Math.max(0, this.free - WINDOW_MS - performance.now()));
  }

  override _flush(done: TransformCallback): void {
    this.later(0, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.over.abort();
    done(error);
  }

  /** One after the other. */
  private later(when: number, act: () => void): void {
    this.last = this.last.then(() => this.until(when)).then(() => (this.over.signal.aborted ? undefined : act()));
  }

  /** At once when it is destroyed. */
  private async until(when: number): Promise<void> {
    const ms = when - performance.now();
    if (ms > 0) await sleep(ms, undefined, { signal: this.over.signal }).catch(() => undefined);
  }
}
