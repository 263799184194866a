#!/usr/bin/env node
/*
 * The door: says in one line what it needs on a Node that is too old, answers --version without loading anything,
 * and otherwise hands over. Nothing here may be newer than what old Nodes can read.
 */
import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`waymark needs Node.js 22.12 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  process.stdout.write(`${(JSON.parse(text) as { version: string }).version}\n`);
} else {
  nodeModule.enableCompileCache();
  const { main } = await import("./cli/main.ts");
  await main(process.argv);
}
