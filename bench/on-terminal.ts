import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { ProcessCost } from "./process-cost.ts";

/** A program on a terminal of its own, whose reader presses keys while it works. */
export interface OnTerminal {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is pressed, and what must be printed then, in turn. */
  readonly keys: readonly (readonly [key: string, seen: string])[];
  /** Keys are pressed from when this is printed on. */
  readonly from: string;
  /** Once this is printed it is over, and `close` is pressed. */
  readonly until: string;
  readonly close: string;
}

export interface TerminalCost extends ProcessCost {
  /** For each key, until its effect was printed. */
  readonly keyMs: readonly number[];
}

/** Node has no pseudo-terminals; Python does. What is printed is read at once, and kept as far as it is looked through. */
const TERMINAL = `
import fcntl, json, os, pty, select, struct, sys, termios, time
job = json.loads(sys.argv[1])
begin = time.monotonic()
pid, terminal = pty.fork()
if pid == 0:
    os.execvpe(job["command"][0], job["command"], {**os.environ, **job["env"]})
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
seen, pressed, at, keys, closing, begun, due = b"", None, 0, [], False, False, 0
while True:
    if not select.select([terminal], [], [], 0.02)[0]:
        if begun and not closing and pressed is None and time.monotonic() >= due:
            key, wanted = job["keys"][at % len(job["keys"])]
            at, seen, pressed = at + 1, b"", time.monotonic()
            os.write(terminal, key.encode())
        continue
    try:
        chunk = os.read(terminal, 1 << 16)
    except OSError:
        break
    if chunk == b"":
        break
    seen = (seen + chunk)[-(1 << 18):]
    if not begun and job["from"].encode() in seen:
        begun = True
    if pressed is not None and wanted.encode() in seen:
        keys.append((time.monotonic() - pressed) * 1e3)
        pressed, due = None, time.monotonic() + 0.1
    elif begun and not closing and pressed is None and time.monotonic() >= due:
        key, wanted = job["keys"][at % len(job["keys"])]
        at, seen, pressed = at + 1, b"", time.monotonic()
        os.write(terminal, key.encode())
    if not closing and job["until"].encode() in seen:
        closing = True
        os.write(terminal, job["close"].encode())
_, status, usage = os.wait4(pid, 0)
unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024
json.dump({"wallMs": (time.monotonic() - begin) * 1e3, "cpuMs": (usage.ru_utime + usage.ru_stime) * 1e3,
           "rssMb": usage.ru_maxrss / unit, "exit": os.waitstatus_to_exitcode(status), "keyMs": keys,
           "last": seen[-2000:].decode("utf-8", "replace")}, sys.stdout)
`;

/** Runs it to its end. @throws {Error} when it does not exit with 0 */
export async function terminalCost({ env = {}, ...job }: OnTerminal): Promise<TerminalCost> {
  const child = spawn("python3", ["-c", TERMINAL, JSON.stringify({ ...job, env })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const report = text(child.stdout);
  await once(child, "close");
  const result = JSON.parse(await report) as TerminalCost & { readonly exit: number; readonly last: string };
  if (result.exit !== 0) throw new Error(`${job.command.join(" ")} exited with ${result.exit}:\n${result.last}`);
  return result;
}
