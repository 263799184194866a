import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { generateKeyPair } from "../../../src/transport/loopback-server.ts";

test("every key pair is one, whose public half is all there", () => {
  for (let count = 0; count < 1000; count++) {
    const { privateKey, publicKey } = generateKeyPair("comment");
    expect(ssh2.utils.parseKey(privateKey)).not.toBeInstanceOf(Error);
    // Two lengths, `ssh-ed25519` and 32 bytes.
    expect(Buffer.from(publicKey.split(" ")[1] ?? "", "base64")).toHaveLength(51);
  }
});
