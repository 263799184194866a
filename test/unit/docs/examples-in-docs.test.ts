import { describe, expect, it } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import { compile } from "../../../src/plan/compile.ts";
import { blocksOf, type Block, PAGES } from "./page.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const SURROUNDINGS = { cwd: "/", home: "/home/me" };
/** The roles that the pages speak of. */
const HOSTS = readHostsFile(
  "hosts.yaml",
  'hosts: { pi-master: { groups: [master] }, "pi-worker-[1-3]": { groups: [worker], vars: { RACK: left } } }',
  SURROUNDINGS,
).inventory ?? { hosts: [] };

const examples = (fits: (block: Block) => boolean): readonly (readonly [string, Block])[] =>
  PAGES.flatMap((page) =>
    blocksOf(page)
      .filter(fits)
      .map((block) => [`${page.path}:${block.line}`, block] as const),
  );

describe("what the pages show as examples is accepted as they are", () => {
  // What has a title is a part of a file, which the tutorial's test puts together.
  it.each(examples(({ language, title }) => language === "markdown" && title === undefined))(
    "%s is a guide, and can be planned",
    (place, { code }) => {
      const { runbook, diagnostics } = readGuide(place, bytes(code));
      if (runbook === undefined) throw new Error("not a guide");
      const planned = compile({ runbook, digest: "", inventory: HOSTS, inputs: {} });
      expect([...diagnostics, ...planned.diagnostics]).toEqual([]);
      expect(planned.plan.steps.length).toBeGreaterThan(0);
    },
  );

  it.each(examples(({ language, code }) => language === "yaml" && code.startsWith("runbook:")))(
    "%s is front matter",
    (place, { code }) => {
      const { runbook, diagnostics } = readGuide(place, bytes(`---\n${code}---\n`));
      expect(diagnostics).toEqual([]);
      expect(runbook).toBeDefined();
    },
  );

  it.each(examples(({ language, code }) => language === "yaml" && !code.startsWith("runbook:")))(
    "%s is a hosts file",
    (place, { code }) => {
      const { inventory, diagnostics } = readHostsFile(place, code, SURROUNDINGS);
      expect(diagnostics).toEqual([]);
      expect(inventory?.hosts.length).toBeGreaterThan(0);
    },
  );
});
