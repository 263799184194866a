import { agentProgram, takeLeaseProgram } from "./agent-program.ts";

/*
 * What is said to the agent, as text, and how its answers are taken apart. It prints, each on a line of its own and
 * each after the connection's nonce: `o` or `e` (what follows is the job's stdout or stderr, to the next such line,
 * which comes without a newline of its own before it), `p PID` while it starts, and `r ANSWER`, which ends a request.
 */

/** Longer requests are not read byte by byte. */
const LINE_LIMIT = 2048;

/** A shell word that is exactly `text`, on one line. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll("\n", `'"$wm_nl"'`)}'`;
}

/** The bytes that make the agent do `call` after `assignments`. */
export function encodeRequest(call: readonly string[], assignments: Readonly<Record<string, string>> = {}): Buffer {
  const words = Object.entries(assignments)
    .map(([name, word]) => `${name}=${word}`)
    .join(" ");
  return encodeLine(Buffer.from(`${words}${words === "" ? "" : "; "}wm_${call.join(" ")}\n`));
}

/** The bytes that make the agent evaluate a line, however long it is. Nothing may follow a long one before it answers. */
export function encodeLine(bytes: Buffer): Buffer {
  return bytes.length <= LINE_LIMIT ? bytes : Buffer.concat([Buffer.from(`wm_raw ${bytes.length}\n`), bytes]);
}

/** What sh does where an agent is to be: the first line says what the rest is. */
export const AGENT_PROGRAM_COMES = `IFS= read -r wm_l; eval "$wm_l"`;

/** What every agent is started with: a command that fish and csh read as sh does. The rest comes on stdin. */
export const AGENT_COMMAND = `exec sh -c '${AGENT_PROGRAM_COMES}'`;

/** Makes a shell that waits for its first line become the same inside sudo, which speaks English then. */
export function sudoLine(user: string): string {
  return `export LC_ALL=C; exec sudo -n -H -u ${quote(user)} -- sh -c '${AGENT_PROGRAM_COMES}'\n`;
}

/**
 * Makes it become the same inside the login shell, which reads the profile with nothing on its stdin. csh has no login
 * shells that are given a command.
 */
export function loginLine(nonce: string): string {
  const inner = quote(`exec sh -c 'IFS= read -r wm_l; eval "$wm_l"' <&3 3<&-`);
  const login = `printf '%sp %s\\n' ${nonce} $$; exec 3<&0 </dev/null; exec "$SHELL" -l -c ${inner}`;
  return `case \${SHELL:-csh} in *csh) exec sh -c 'IFS= read -r wm_l; eval "$wm_l"' ;; *) ${login} ;; esac\n`;
}

export interface AgentStart {
  readonly nonce: string;
  /** Name of the run's directory in `/var/tmp`. */
  readonly name: string;
  /** The directory, once an agent has made it. */
  readonly directory?: string;
  readonly uid?: string;
  readonly user?: string;
  readonly login?: "save" | "load";
  /** What it knows of the host's lease besides, see lease.ts; with wm_lease it takes it. */
  readonly lease?: Readonly<Record<string, string>>;
}

/** The first lines of an agent: what it knows from the start, and the agent itself. */
export function agentStart({ nonce, name, directory = "", uid = "", user = "", login, lease }: AgentStart): Buffer {
  const program = Buffer.from(lease?.["wm_lease"] === undefined ? agentProgram : `${takeLeaseProgram}${agentProgram}`);
  const bytes = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
  const octal = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const own = { wm_name: name, wm_B: directory, wm_uid: uid, wm_user: user, wm_login: login ?? "", wm_octal: octal };
  const known = { ...own, ...NO_LEASE, ...lease };
  const before = [
    "LC_ALL=C; wm_nl=${IFS#??}",
    `wm_n=${nonce}`,
    ...Object.entries(known).map(([variable, value]) => `${variable}=${quote(value)}`),
    "wm_bytes=",
  ].join("; ");
  const after = `; wm_l=$(head -c ${program.length} && printf x); [ \${#wm_l} -eq ${program.length + 1} ] && eval "\${wm_l%x}"\n`;
  return Buffer.concat([
    Buffer.from(before),
    Buffer.from(quote(bytes.toString("latin1")), "latin1"),
    Buffer.from(after),
    program,
  ]);
}

const NO_LEASE = { wm_lease: "", wm_who: "", wm_L: "", wm_head: "", wm_unleased: "" };

export type Frame =
  | { readonly type: "data"; readonly stream: "stdout" | "stderr" | "noise"; readonly chunk: Uint8Array }
  | { readonly type: "pid"; readonly pid: number }
  | { readonly type: "answer"; readonly text: string };

/** A line of the agent's own is never longer; what looks like one is not one then. */
const LINE_MAX = 8192;

/**
 * Takes the agent's stdout apart. Owns the bytes that may be the beginning of a line of the agent's; everything else
 * is passed on at once. What comes outside of any stream is noise: a profile that prints.
 */
export class FrameReader {
  readonly #nonce: Buffer;
  readonly #emit: (frame: Frame) => void;
  #held: Buffer = Buffer.alloc(0);
  #stream: "stdout" | "stderr" | "noise" = "noise";

  constructor(nonce: string, emit: (frame: Frame) => void) {
    this.#nonce = Buffer.from(nonce);
    this.#emit = emit;
  }

  push(chunk: Uint8Array): void {
    let bytes =
      this.#held.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const at = bytes.indexOf(this.#nonce);
      if (at < 0) break;
      const start = at + this.#nonce.length;
      const end = bytes.indexOf(10, start);
      if (end < 0 && bytes.length - start < LINE_MAX) {
        this.#data(bytes.subarray(0, at));
        this.#held = Buffer.from(bytes.subarray(at));
        return;
      }
      if (end < 0) break;
      this.#data(bytes.subarray(0, at));
      this.#line(bytes.toString("utf8", start, end));
      bytes = bytes.subarray(end + 1);
    }
    const kept = this.#beginning(bytes);
    this.#data(bytes.subarray(0, bytes.length - kept));
    this.#held = Buffer.from(bytes.subarray(bytes.length - kept));
  }

  /** How many of the last bytes may begin a nonce. */
  #beginning(bytes: Buffer): number {
    const first = this.#nonce.readUInt8(0);
    const from = Math.max(0, bytes.length - this.#nonce.length + 1);
    for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
      if (bytes.subarray(at).equals(this.#nonce.subarray(0, bytes.length - at))) return bytes.length - at;
    }
    return 0;
  }

  #data(chunk: Buffer): void {
    if (chunk.length > 0) this.#emit({ type: "data", stream: this.#stream, chunk });
  }

  #line(line: string): void {
    const text = line.slice(2);
    switch (line.charAt(0)) {
      case "o":
        this.#stream = "stdout";
        break;
      case "e":
        this.#stream = "stderr";
        break;
      case "p":
        this.#emit({ type: "pid", pid: Number(text) });
        break;
      default:
        this.#stream = "noise";
        this.#emit({ type: "answer", text });
    }
  }
}
