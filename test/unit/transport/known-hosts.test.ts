import { describe, expect, test } from "vitest";
import { KnownHosts, fingerprint, keyTypeOf } from "../../../src/transport/known-hosts.ts";

// Made with ssh-keygen; the fingerprints are what `ssh-keygen -l` prints.
const A = "AAAAC3NzaC1lZDI1NTE5AAAAIKZdGXpZIxq+knY1TXYFVekGHrr5pfTm6ul0iHEt/mTE";
const B = "AAAAC3NzaC1lZDI1NTE5AAAAINU3nwQuEy/yQX/XMgMv3ZPSY7me+DMRcNnmgzYAlVa5";
const ECDSA =
  "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBC8CBUyWzQDnqPrKNBHopBDgzVqzyxtdwEL1VriH4oyog1ZPZi5xILbO6scwAAxqGrvFXF2wgQTV8Nr9i18U9Xs=";
const FINGERPRINT_A = "SHA256:Sn0cKfOPT3wl2I9BuYhbfK3hCqbwZEX9yvzfOk1mPHk";
const FINGERPRINT_B = "SHA256:SW/flXNh289/AVHOvjYIcwK6D/FeFci2pY2mdg3kK3U";
const FINGERPRINT_ECDSA = "SHA256:HEX6FlEwBaf/svoZs7qBD6Ce6LrPBSMR1ctB/UzpD5g";

// What `ssh-keygen -H` made of `pi-1 A`, `[pi-1]:2222 B`, `2001:db8::7 B`.
const HASHED = `|1|3zg8dE6mdRakWd+3MgM586p0Tfo=|iHWy1AuaMRG1eNGzH2JFlBPyB9g= ssh-ed25519 ${A}
|1|7rzK8+Cn8mNRK59Oo/ikxEMqhd8=|VLJ1uORcl4DRRKb+ZuzzDPXomf8= ssh-ed25519 ${B}
|1|6/qhxr5IJHlmDepo5LkIV+7QZNg=|YTpDS5wk4M0I1FzfEoyp1TRtp6o= ssh-ed25519 ${B}
`;

const key = (base64: string): Buffer => Buffer.from(base64, "base64");
const from = (...lines: readonly string[]): KnownHosts =>
  new KnownHosts([{ path: "/home/me/.ssh/known_hosts", text: `${lines.join("\n")}\n` }]);

/** `known 2`, `unknown`: the decision and its line, for short. */
function judge(known: KnownHosts, address: string, base64: string, port = 22): string {
  const decision = known.check(address, port, key(base64));
  return "line" in decision ? `${decision.type} ${decision.line}` : decision.type;
}

test("fingerprints and key types are what OpenSSH prints", () => {
  expect([A, B, ECDSA].map((base64) => fingerprint(key(base64)))).toEqual([
    FINGERPRINT_A,
    FINGERPRINT_B,
    FINGERPRINT_ECDSA,
  ]);
  expect(keyTypeOf(key(A))).toBe("ssh-ed25519");
  expect(keyTypeOf(key(ECDSA))).toBe("ecdsa-sha2-nistp256");
  expect(keyTypeOf(Buffer.from([0, 0, 0, 99, 1]))).toBe("");
  expect(keyTypeOf(Buffer.from([0]))).toBe("");
});

describe("what the files say", () => {
  const known = from("# my hosts", "", `pi-1,192.168.0.27 ssh-ed25519 ${A} a comment`, `pi-2\tssh-ed25519\t${B}`);

  test("a key on record is known, by each name of its line", () => {
    expect(known.check("pi-1", 22, key(A))).toEqual({
      type: "known",
      fingerprint: FINGERPRINT_A,
      file: "/home/me/.ssh/known_hosts",
      line: 3,
    });
    expect(judge(known, "192.168.0.27", A)).toBe("known 3");
    expect(judge(known, "pi-2", B)).toBe("known 4");
  });

  test("names are compared without regard to case", () => {
    expect(judge(known, "PI-1", A)).toBe("known 3");
    expect(judge(from(`Pi-1 ssh-ed25519 ${A}`), "pi-1", A)).toBe("known 1");
  });

  test("a host that is not on record is unknown", () => {
    expect(known.check("pi-3", 22, key(A))).toEqual({ type: "unknown", fingerprint: FINGERPRINT_A });
  });

  test("another key than the one on record is changed, and both fingerprints are told", () => {
    expect(known.check("pi-1", 22, key(B))).toEqual({
      type: "changed",
      fingerprint: FINGERPRINT_B,
      known: FINGERPRINT_A,
      file: "/home/me/.ssh/known_hosts",
      line: 3,
    });
  });

  test("so is a key of another type, as a host with a new type of key might be somebody else", () => {
    expect(known.check("pi-1", 22, key(ECDSA))).toMatchObject({ type: "changed", known: FINGERPRINT_A });
  });

  test("the line of the same type is the one that is told", () => {
    expect(judge(from(`pi ecdsa-sha2-nistp256 ${ECDSA}`, `pi ssh-ed25519 ${A}`), "pi", B)).toBe("changed 2");
  });

  test("one of several keys on record is enough", () => {
    expect(judge(from(`pi ssh-ed25519 ${A}`, `pi ssh-ed25519 ${B}`), "pi", B)).toBe("known 2");
  });

  test("several files count as one, and the line is told with its file", () => {
    const files = new KnownHosts([
      { path: "/u", text: `pi ssh-ed25519 ${A}\n` },
      { path: "/s", text: `# system\r\nother ssh-ed25519 ${B}\r\n` },
    ]);
    expect(files.check("other", 22, key(B))).toMatchObject({ type: "known", file: "/s", line: 2 });
    expect(files.check("pi", 22, key(B))).toMatchObject({ type: "changed", file: "/u", line: 1 });
  });

  test("lines that cannot be read are skipped", () => {
    const broken = from("pi", "pi ssh-ed25519", `pi ssh-rsa ${A}`, "pi ssh-ed25519 %%%", `@other pi ssh-ed25519 ${A}`);
    expect(judge(broken, "pi", A)).toBe("unknown");
  });

  test("an added line counts", () => {
    const files = from();
    files.add(`pi ssh-ed25519 ${A}`, { file: "/u", line: 1 });
    expect(judge(files, "pi", A)).toBe("known 1");
  });
});

describe("ports", () => {
  test("off port 22 a host is on record as [host]:port", () => {
    const known = from(`[pi]:2222 ssh-ed25519 ${A}`, `pi ssh-ed25519 ${B}`);
    expect(judge(known, "pi", A, 2222)).toBe("known 1");
    expect(judge(known, "pi", B)).toBe("known 2");
    expect(judge(known, "pi", A)).toBe("changed 2");
    expect(judge(known, "pi", B, 2222)).toBe("changed 1");
  });

  test("or by its bare name, which can prove but not disprove", () => {
    const known = from(`pi ssh-ed25519 ${A}`);
    expect(judge(known, "pi", A, 2222)).toBe("known 1");
    expect(judge(known, "pi", B, 2222)).toBe("unknown");
    expect(judge(from(`@revoked pi ssh-ed25519 ${A}`), "pi", A, 2222)).toBe("revoked 1");
  });
});

describe("patterns", () => {
  test.each([
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", "aXexample.com", false],
    ["pi-?", "pi-1", true],
    ["pi-?", "pi-10", false],
    ["*", "anything", true],
    ["*.Example.com,!bad.example.com", "good.example.com", true],
    ["*.Example.com,!bad.example.com", "bad.example.com", false],
    ["!bad.example.com,*.example.com", "bad.example.com", false],
    ["!pi", "pi", false],
    ["!pi", "other", false],
    ["192.168.0.*", "192.168.0.7", true],
    ["pi(1|2)", "pi1", false],
  ])("%s against %s: %s", (pattern, address, is) => {
    expect(judge(from(`${pattern} ssh-ed25519 ${A}`), address, A)).toBe(is ? "known 1" : "unknown");
  });

  test("reach other ports in brackets only", () => {
    const known = from(`[*.example.com]:2222 ssh-ed25519 ${A}`);
    expect(judge(known, "a.example.com", A, 2222)).toBe("known 1");
    expect(judge(known, "a.example.com", A, 2223)).toBe("unknown");
    expect(judge(known, "a.example.com", A)).toBe("unknown");
  });
});

describe("hashed names", () => {
  const known = from(...HASHED.trim().split("\n"));

  test("are found", () => {
    expect(judge(known, "pi-1", A)).toBe("known 1");
    expect(judge(known, "pi-1", B, 2222)).toBe("known 2");
    expect(judge(known, "2001:db8::7", B)).toBe("known 3");
    expect(judge(known, "pi-2", A)).toBe("unknown");
  });

  test("hold as well as plain ones", () => {
    expect(known.check("pi-1", 22, key(B))).toMatchObject({ type: "changed", known: FINGERPRINT_A, line: 1 });
  });

  test("of an unknown kind match nothing", () => {
    expect(judge(from(HASHED.replaceAll("|1|", "|2|")), "pi-1", A)).toBe("unknown");
    expect(judge(from(`|1| ssh-ed25519 ${A}`), "pi-1", A)).toBe("unknown");
  });
});

describe("markers", () => {
  test("a revoked key is refused, however well it is known", () => {
    const known = from(`pi ssh-ed25519 ${A}`, `@revoked * ssh-ed25519 ${A}`);
    expect(known.check("pi", 22, key(A))).toMatchObject({ type: "revoked", fingerprint: FINGERPRINT_A, line: 2 });
    expect(judge(known, "other", A)).toBe("revoked 2");
  });

  test("a revoked key says nothing of other keys", () => {
    const known = from(`pi ssh-ed25519 ${B}`, `@revoked * ssh-ed25519 ${A}`);
    expect(judge(known, "pi", B)).toBe("known 1");
    expect(judge(known, "other", B)).toBe("unknown");
    expect(known.keyTypes("other", 22)).toEqual([]);
  });

  test("an authority counts only for the hosts that it is for, and only where no key is on record", () => {
    const known = from(`@cert-authority *.corp ssh-ed25519 ${B}`, `pi.corp ssh-ed25519 ${A}`);
    expect(judge(known, "pi.corp", A)).toBe("known 2");
    expect(judge(known, "other.corp", A)).toBe("authority 1");
    // The authority's key is not a host's.
    expect(judge(known, "other.corp", B)).toBe("authority 1");
    expect(judge(known, "pi.home", A)).toBe("unknown");
  });
});

test("the types of keys on record are told, to ask for them first", () => {
  const known = from(`pi ecdsa-sha2-nistp256 ${ECDSA}`, `pi ssh-ed25519 ${A}`, `[pi]:2222 ssh-ed25519 ${B}`);
  expect(known.keyTypes("pi", 22)).toEqual(["ecdsa-sha2-nistp256", "ssh-ed25519"]);
  expect(known.keyTypes("pi", 2222)).toEqual(["ssh-ed25519"]);
  expect(known.keyTypes("pi", 2223)).toEqual(["ecdsa-sha2-nistp256", "ssh-ed25519"]);
  expect(known.keyTypes("other", 22)).toEqual([]);
});
