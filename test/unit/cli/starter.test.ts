import { expect, it } from "vitest";
import { STARTER } from "../../../src/cli/starter.ts";
import { readGuide } from "../../../src/document/read-guide.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import { compile } from "../../../src/plan/compile.ts";

const { "guide.md": guide = "", "hosts.yaml": hosts = "" } = STARTER;

it("is a guide and its hosts, and both fit together without a word to say against them", () => {
  const { runbook, diagnostics } = readGuide("guide.md", new TextEncoder().encode(guide));
  const reading = readHostsFile("hosts.yaml", hosts, { home: "/home/pi", cwd: "/home/pi" });
  expect([...diagnostics, ...reading.diagnostics]).toEqual([]);
  if (runbook === undefined || reading.inventory === undefined) throw new Error("not a guide");
  const inputs = { GREETING: "Hello" };
  const planned = compile({ runbook, digest: "", inventory: reading.inventory, inputs });
  expect(planned.diagnostics).toEqual([]);
  expect(planned.plan?.steps.map(({ id }) => id)).toEqual(["linux", "name", "note", "same"]);
});

it("shows a step, a check, an input, a captured value and what should come out", () => {
  for (const shown of ["```bash {", "```console {", " verify", "inputs:", "capture=", "```output", "```expect"]) {
    expect(guide).toContain(shown);
  }
});
