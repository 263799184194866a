import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AGENT_COMMAND,
  FrameReader,
  agentStart,
  encodeRequest,
  loginLine,
  quote,
  sudoLine,
} from "../../../src/transport/agent-protocol.ts";
import type { Frame } from "../../../src/transport/agent-protocol.ts";

const NONCE = "0123456789abcdef0123456789abcdef";

/** What a reader makes of bytes that come in those pieces, pieces of one stream joined. */
function frames(pieces: readonly Buffer[]): readonly string[] {
  const found: { type: string; text: Buffer }[] = [];
  const reader = new FrameReader(NONCE, (frame: Frame) => {
    const last = found.at(-1);
    if (frame.type !== "data") {
      found.push({ type: frame.type, text: Buffer.from(frame.type === "pid" ? `${frame.pid}` : frame.text) });
    } else if (last?.type === frame.stream) {
      last.text = Buffer.concat([last.text, frame.chunk]);
    } else {
      found.push({ type: frame.stream, text: Buffer.from(frame.chunk) });
    }
  });
  for (const piece of pieces) reader.push(piece);
  return found.map(({ type, text }) => `${type}:${text.toString("latin1")}`);
}

function split(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe("frames", () => {
  test("noise, streams and the answer are told apart", () => {
    const text = `hello\n${NONCE}p 42\n${NONCE}o\nout without newline${NONCE}e\nerr\n${NONCE}r ended exited 0 10\nmotd`;
    expect(frames([Buffer.from(text)])).toEqual([
      "noise:hello\n",
      "pid:42",
      "stdout:out without newline",
      "stderr:err\n",
      "answer:ended exited 0 10",
      "noise:motd",
    ]);
  });

  test("are the same however the bytes are cut, and whatever the job prints", () => {
    const nearly = fc.constantFrom(NONCE.slice(0, 20), NONCE.slice(0, -1), NONCE.slice(1), NONCE.slice(0, 1), "\n");
    const output = fc
      .array(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
          nearly.map((text) => Buffer.from(text)),
        ),
      )
      .map((parts) => Buffer.concat(parts))
      .filter(
        (bytes) =>
          !bytes.includes(NONCE) &&
          !Buffer.concat([bytes, Buffer.from(NONCE)])
            .subarray(0, -1)
            .includes(NONCE),
      );
    const part = fc.tuple(fc.constantFrom("o", "e"), output);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.array(fc.nat(5000), { maxLength: 12 }), (parts, cuts) => {
        const lines = parts.flatMap(([stream, bytes]) => [Buffer.from(`${NONCE}${stream}\n`), bytes]);
        const whole = Buffer.concat([...lines, Buffer.from(`${NONCE}r done\n`)]);
        expect(frames(split(whole, cuts))).toEqual(frames([whole]));
        const sent = (stream: string): string =>
          parts.map(([name, bytes]) => (name === stream ? bytes.toString("latin1") : "")).join("");
        const got = (stream: string): string =>
          frames(split(whole, cuts))
            .map((frame) => (frame.startsWith(`${stream}:`) ? frame.slice(7) : ""))
            .join("");
        expect(got("stdout")).toBe(sent("o"));
        expect(got("stderr")).toBe(sent("e"));
      }),
    );
  });

  test("hold back no more than what may begin a line of the agent's", () => {
    const pushed: number[] = [];
    const reader = new FrameReader(NONCE, (frame) => {
      if (frame.type === "data") pushed.push(frame.chunk.byteLength);
    });
    reader.push(Buffer.from(`${NONCE}o\nprompt: `));
    expect(pushed).toEqual([8]);
    reader.push(Buffer.from(NONCE.slice(0, 5)));
    expect(pushed).toEqual([8]);
    reader.push(Buffer.from("no"));
    expect(pushed).toEqual([8, 7]);
  });
});

describe("requests", () => {
  const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]].filter(
    ([name = ""]) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0,
  );

  test.each(shells)("%s reads every text as it was", (...shell) => {
    const [program = "", ...options] = shell;
    const read = (text: string): string =>
      spawnSync(program, [...options, "-c", `IFS= read -r wm_l; eval "$wm_l"`], {
        input: `wm_nl=\${IFS#??}; printf %s ${quote(text)}\n`,
        encoding: "utf8",
        // bash takes itself for a remote shell, and reads ~/.bashrc, where stdin is a socket and SHLVL is not known.
        env: { LC_ALL: "C", SHLVL: "1" },
      }).stdout;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 60 }),
          fc
            .array(
              fc.constantFrom("'", '"', "\\", "\n", "$x", "`id`", "\r", "\t", " ", "*", "~", "%s", "#", "&", ";", "é"),
            )
            .map((all) => all.join("")),
        ),
        (text) => {
          const sent = text.replaceAll("\0", "").toWellFormed();
          expect(read(sent)).toBe(sent);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("are one line that does nothing unless it is complete", () => {
    const text = encodeRequest(["run", "k"], { wm_s: quote("a\nb"), wm_e: quote("") }).toString();
    expect(text).toBe(`wm_s='a'"$wm_nl"'b' wm_e=''; wm_run k\n`);
  });

  test("that are long are announced with their length, and not read byte by byte", () => {
    const text = encodeRequest(["run", "k"], { wm_s: quote("ü".repeat(3000)) }).toString();
    const [announced = "", request = ""] = text.split("\n");
    expect(announced).toBe(`wm_raw ${Buffer.byteLength(`${request}\n`)}`);
  });
});

describe("what a login shell is given", () => {
  test("holds nothing that fish or csh read in their own way", () => {
    expect(AGENT_COMMAND).toMatch(/^exec sh -c '[^'\\!\n]*'$/);
    const inner = /-l -c '(.*)' ;; esac/.exec(loginLine(NONCE).replaceAll(`'\\''`, "@"))?.[1] ?? "";
    expect(inner).toMatch(/^exec sh -c @[^'\\!\n]*@ <&3 3<&-$/);
  });

  test("names no user in a way that a shell could misread", () => {
    expect(sudoLine("o'brien; id")).toContain(`-u 'o'\\''brien; id' --`);
  });

  test("does not carry the nonce or the directory on a command line", () => {
    expect(AGENT_COMMAND).not.toContain(NONCE);
    expect(agentStart({ nonce: NONCE, name: "waymark-x" }).toString("latin1")).toContain(`wm_n=${NONCE}`);
  });
});
