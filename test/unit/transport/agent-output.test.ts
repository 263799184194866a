import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobOutput } from "../../../src/transport/job-output.ts";

describe("a job's output", () => {
  test("is delivered once and in order, whoever brings it", () => {
    const reads = fc.array(fc.record({ reader: fc.nat(2), bytes: fc.integer({ min: 1, max: 9 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(120), reads, (stream, offset, reads) => {
        const from = Math.min(offset, stream.length);
        const got: Uint8Array[] = [];
        const output = new JobOutput({ stdout: from, stderr: 0 }, (_, chunk) => got.push(Uint8Array.from(chunk)));
        const at = [0, from, Math.floor(from / 2)];
        const readers = at.map((stdout) => output.reader({ stdout, stderr: 0 }));
        for (const { reader, bytes } of reads) {
          const start = at[reader] ?? 0;
          const chunk = stream.subarray(start, start + bytes);
          at[reader] = start + chunk.length;
          if (chunk.length > 0) readers[reader]?.("stdout", chunk);
        }
        const end = Math.max(from, ...at);
        expect(Buffer.concat(got)).toEqual(Buffer.from(stream.subarray(from, end)));
        expect(output.delivered).toEqual({ stdout: end, stderr: 0 });
      }),
    );
  });

  test("stays with its stream", () => {
    const got: string[] = [];
    const output = new JobOutput({ stdout: 0, stderr: 2 }, (name, chunk) =>
      got.push(`${name} ${Buffer.from(chunk).toString()}`),
    );
    const reader = output.reader({ stdout: 0, stderr: 0 });
    reader("stdout", Buffer.from("out"));
    reader("stderr", Buffer.from("err"));
    output.mute();
    reader("stdout", Buffer.from("more"));
    expect(got).toEqual(["stdout out", "stderr r"]);
  });
});
