import { EventEmitter } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Stopping } from "../../../src/cli/stopping.ts";
import { surroundings } from "../../../src/cli/terminal.ts";

class Left extends Error {}

function stopping(isLent = false) {
  const said: string[] = [];
  const stream = (): NodeJS.WriteStream =>
    Object.assign(new EventEmitter(), { write: (text: string) => said.push(text) }) as unknown as NodeJS.WriteStream;
  const around = { ...surroundings(), stdout: stream(), stderr: stream() };
  let interrupts = 0;
  const stopping = new Stopping(around, {
    interrupt: async () => void interrupts++,
    atWork: () => ["pi-w1", "pi-w2"],
    isLent: () => isLent,
    resume: "waymark resume 20261123",
  });
  vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Left(String(code));
  });
  return { stopping, around, said, interrupts: () => interrupts };
}

afterEach(() => vi.restoreAllMocks());

const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe("a run that is to stop", () => {
  it("is paused by the first Ctrl-C, cancelled by the second, and left by the third", async () => {
    const { stopping: stop, interrupts, said } = stopping();
    await stop.press();
    await stop.press();
    expect(interrupts()).toBe(2);
    expect(stop.signal).toBe("SIGINT");
    await expect(stop.press()).rejects.toThrow(new Left("130"));
    expect(said.join("")).toBe(
      "waymark: left at once; what is at work on pi-w[1-2] may go on\n  waymark resume 20261123 asks what has become of it\n",
    );
  });

  it("is paused once by a terminal that has gone, however often that is noticed", () => {
    const { stopping: stop, around, interrupts } = stopping();
    // Whatever else runs in this process may listen, too.
    const others = process.listenerCount("SIGHUP");
    stop.listen();
    around.stdout.emit("error", failure("EIO"));
    around.stderr.emit("error", failure("EIO"));
    process.emit("SIGHUP", "SIGHUP");
    expect(interrupts()).toBe(1);
    expect(stop.signal).toBe("SIGTERM");
    stop.stop();
    expect(process.listenerCount("SIGHUP")).toBe(others);
  });

  it("hears no Ctrl-C while something else has the terminal, and what ends Waymark all the same", () => {
    const { stopping: stop, interrupts } = stopping(true);
    stop.listen();
    process.emit("SIGINT", "SIGINT");
    expect(interrupts()).toBe(0);
    process.emit("SIGTERM", "SIGTERM");
    expect(interrupts()).toBe(1);
    stop.stop();
  });

  it("goes on when a reader of its output has had enough", () => {
    const { stopping: stop, around, interrupts } = stopping();
    stop.listen();
    around.stdout.emit("error", failure("EPIPE"));
    expect(interrupts()).toBe(0);
    around.stdout.emit("error", failure("EIO"));
    expect(interrupts()).toBe(1);
    stop.stop();
  });

  it("is cancelled by a Ctrl-C after something else has paused it", async () => {
    const { stopping: stop, interrupts } = stopping();
    stop.listen();
    process.emit("SIGHUP", "SIGHUP");
    await stop.press();
    expect(interrupts()).toBe(2);
    await expect(stop.press()).rejects.toThrow(new Left("143"));
    stop.stop();
  });
});
