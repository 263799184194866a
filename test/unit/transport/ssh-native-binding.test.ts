import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("a native binding of ssh2 that was built for another Node does no harm", () => {
  const code = `
    require("node:module")._extensions[".node"] = (_, file) => {
      console.log(/sshcrypto/.test(file) ? "tried" : "");
      throw new Error("The module was compiled against a different Node.js version");
    };
    const { Client, utils } = require("ssh2");
    console.log(typeof Client, utils.parseKey(utils.generateKeyPairSync("rsa", { bits: 1024 }).private).type);
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--eval", code], { encoding: "utf8" });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toContain("function ssh-rsa");
});
