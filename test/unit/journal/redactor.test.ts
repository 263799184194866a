import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/journal/redactor.ts";
import { secretForms } from "../../../src/journal/secret-forms.ts";

function redactorOf(...values: readonly string[]) {
  const redactor = createRedactor();
  for (const value of values) redactor.add(value);
  return redactor;
}

describe("what is hidden", () => {
  const password = `pa"ss\\wörd/<&>-1234`;
  const redactor = redactorOf(password);

  it.each([
    ["as it is", password],
    ["as JSON", JSON.stringify(password).slice(1, -1)],
    ["as JSON in ASCII (Python)", `pa\\"ss\\\\w\\u00f6rd/<&>-1234`],
    ["as JSON for HTML (Go)", `pa\\"ss\\\\wörd/\\u003c\\u0026\\u003e-1234`],
    ["as JSON with slashes escaped (PHP)", `pa\\"ss\\\\wörd\\/<&>-1234`],
  ])("a value %s", (_, printed) => {
    expect(redactor.redact(`user=${printed};`)).toBe("user=«secret»;");
  });

  it.each(["", "x", "xy", "xyz"])("its base64 after %j, with what it shares with its neighbours left", (before) => {
    const printed = Buffer.from(`${before}${password}etc`).toString("base64");
    const shown = redactor.redact(printed);
    expect(shown).toContain("«secret»");
    expect(shown.replace("«secret»", "").length).toBeLessThan(12);
    expect(Buffer.from(shown.replace("«secret»", ""), "base64").toString("latin1")).not.toMatch(/ss|rd|12/);
  });

  it("its base64url", () => {
    const value = "~~~???>>>ÿÿÿ~~~";
    const printed = Buffer.from(value).toString("base64url");
    expect(printed).toMatch(/[-_]/);
    expect(redactorOf(value).redact(printed).replace("«secret»", "").length).toBeLessThan(3);
  });

  it("base64 that was broken into lines, as base64(1) does", () => {
    const key = Array.from({ length: 40 }, (_, index) => `${index}:${(index * 7919 * 104729) % 1e9}`).join("\n");
    const lines = (
      Buffer.from(`>${key}`)
        .toString("base64")
        .match(/.{1,76}/g) ?? []
    ).join("\n");
    const shown = redactorOf(key).redact(lines);
    const left = shown.replaceAll("«secret»", "").replaceAll("\n", "");
    expect(lines.length).toBeGreaterThan(500);
    expect(left.length).toBeLessThan(16);
  });

  it("the lines of a value of several lines, however they are indented, but no short ones", () => {
    const redactor = redactorOf("-----BEGIN KEY-----\n  abcdefgh12345678\nshort\n-----END KEY-----\n");
    expect(redactor.redact("    abcdefgh12345678\r\nshort\r\n")).toBe("    «secret»\r\nshort\r\n");
    expect(redactor.redact("-----BEGIN KEY-----\n  abcdefgh12345678\nshort\n-----END KEY-----\n")).toBe("«secret»\n");
  });

  it("a value without the newline it was read with", () => {
    expect(redactorOf("hunter22\n").redact("it is hunter22, ok?")).toBe("it is «secret», ok?");
  });

  it("short values, but none that is everywhere", () => {
    expect(redactorOf("1234", "abc", "").redact("abc 1234")).toBe("abc «secret»");
  });

  it("overlapping values as one, neighbours one by one", () => {
    expect(redactorOf("abcdef", "defghi").redact("-abcdefghi-abcdefabcdef-")).toBe("-«secret»-«secret»«secret»-");
  });

  it("the longer of two values of which one contains the other", () => {
    expect(redactorOf("pass1234", "my-pass1234-is-long").redact("my-pass1234-is-long pass1234")).toBe(
      "«secret» «secret»",
    );
    expect(redactorOf("abcdXYZ", "cdXY").redact("abcdXY abcdXYZ cdXY")).toBe("ab«secret» «secret» «secret»");
  });

  it("a value that becomes known between two others that are being looked for", () => {
    const redactor = redactorOf("xxabcdyy");
    expect(redactor.redact("zabcdz")).toBe("zabcdz");
    redactor.add("zabcdz");
    redactor.add("abcd");
    expect(redactor.redact("xxabcdyy zabcdz xabcdx")).toBe("«secret» «secret» x«secret»x");
  });
});

describe("a stream", () => {
  const bytes = (text: string) => Buffer.from(text);

  it("shows at once what cannot be a secret, and holds the rest back", () => {
    const stream = redactorOf("hunter22").stream();
    expect(stream.push(bytes("password: hun"))).toBe("password: ");
    expect(stream.push(bytes("ter"))).toBe("");
    expect(stream.push(bytes("22!"))).toBe("«secret»!");
    expect(stream.push(bytes("hunt"))).toBe("");
    expect(stream.end()).toBe("hunt");
  });

  it("does not wait where a whole secret is there", () => {
    expect(redactorOf("hunter22").stream().push(bytes("hunter22"))).toBe("«secret»");
  });

  it("waits where a longer secret may be there", () => {
    const stream = redactorOf("hunter22", "hunter22-and-more").stream();
    expect(stream.push(bytes("hunter22"))).toBe("");
    expect(stream.push(bytes("-and"))).toBe("");
    expect(stream.push(bytes("?"))).toBe("«secret»-and?");
  });

  it("joins characters that were cut apart, and shows bytes that are none", () => {
    const stream = createRedactor().stream();
    const euro = bytes("€");
    expect(stream.push(euro.subarray(0, 1)) + stream.push(euro.subarray(1))).toBe("€");
    expect(stream.push(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\ufffdb");
    expect(stream.push(euro.subarray(0, 2))).toBe("");
    expect(stream.end()).toBe("\ufffd");
  });

  it("knows a value from the moment it was added, also in what was held back", () => {
    const redactor = redactorOf("abcdefgh");
    const stream = redactor.stream();
    expect(stream.push(bytes("-abcd"))).toBe("-");
    redactor.add("bcdX");
    expect(stream.push(bytes("X-"))).toBe("a«secret»-");
  });

  it("gives what redacting the whole gives, however the bytes were cut, and no needle is left", () => {
    // Few letters, so that values overlap, contain and almost match each other.
    const word = fc.string({ unit: fc.constantFrom("a", "b", "€"), minLength: 4, maxLength: 9 });
    const values = fc.array(word, { minLength: 1, maxLength: 4 });
    const text = fc.array(fc.oneof(word, fc.string({ unit: fc.constantFrom("a", "b", "€", "\n") })), { maxLength: 12 });
    fc.assert(
      fc.property(values, text, fc.array(fc.nat(12), { minLength: 1 }), (secrets, pieces, cuts) => {
        const whole = pieces.join("");
        const redactor = redactorOf(...secrets);
        const stream = redactor.stream();
        const raw = bytes(whole);
        let shown = "";
        for (let at = 0, turn = 0; at < raw.length; turn++) {
          const length = (cuts[turn % cuts.length] ?? 0) + 1;
          shown += stream.push(raw.subarray(at, at + length));
          at += length;
        }
        shown += stream.end();
        expect(shown).toBe(redactor.redact(whole));
        for (const secret of secrets) expect(shown.split("«secret»").join("\0")).not.toContain(secret);
      }),
      { numRuns: 2000 },
    );
  });

  it("finds every form of any value in any surroundings", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 8 }), fc.string(), fc.string(), (value, before, after) => {
        fc.pre(!"«secret»".includes(value.trim()));
        const redactor = redactorOf(value);
        for (const form of secretForms(value)) {
          expect(
            redactor
              .redact(before + form + after)
              .split("«secret»")
              .join("\0"),
          ).not.toContain(form);
        }
      }),
    );
  });
});
