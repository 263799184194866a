import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { jsonSchemas } from "../../../scripts/json-schemas.ts";
import { defaultsShape } from "../../../scripts/front-matter-shape.ts";
import { readGuide } from "../../../src/document/read-guide.ts";
import { STEP_KEYS } from "../../../src/document/step-key.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";

const root = new URL("../../../", import.meta.url);
const file = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("the files in schema/ are those that `npm run schemas` writes", () => {
  const written = jsonSchemas();
  expect(readdirSync(new URL("schema/", root)).toSorted()).toEqual(Object.keys(written).toSorted());
  for (const [name, text] of Object.entries(written)) expect(file(`schema/${name}`)).toBe(text);
});

/** An editor's view: the file as it is on disk, read by a validator. */
function validator(name: string): (value: unknown) => boolean {
  const schema = z.fromJSONSchema(JSON.parse(file(`schema/${name}`)) as z.core.JSONSchema.JSONSchema);
  return (value) => schema.safeParse(value).success;
}

const hostsFit = validator("hosts.schema.json");
const frontMatterFits = validator("front-matter.schema.json");

describe("hosts.schema.json", () => {
  const reads = (text: string): boolean =>
    readHostsFile("hosts.yaml", text, { home: "/home/ada", cwd: "/srv" }).diagnostics.length === 0;

  test.each([
    file("test/fixtures/inventory/cluster/hosts.yaml"),
    file("runbooks/hosts.yaml"),
    "hosts: { a: , b: {} }",
    "defaults:\nhosts: {}",
    "defaults: { user: pi, port: 22 }\nhosts: { a: { address: b, identity: [k, l], jump: x, vars: { A: 1, B: true } } }",
  ])("accepts what is read: %j", (text) => {
    expect(reads(text)).toBe(true);
    expect(hostsFit(parse(text, { merge: true }))).toBe(true);
  });

  test.each([
    "hosts: [a]",
    "host: { a: }",
    "hosts: { a: b }",
    "hosts: { a: { adress: b } }",
    "hosts: { a: { port: 0 } }",
    'hosts: { a: { port: "22" } }',
    "hosts: { a: { user: 5 } }",
    "hosts: { a: { user: '' } }",
    "hosts: { a: { groups: { x: y } } }",
    "hosts: { a: { vars: { A: [1] } } }",
    "hosts: { a: { vars: { a-b: 1 } } }",
    "hosts: { a: { vars: { PATH: /bin } } }",
    "hosts: { a: { vars: { WAYMARK_HOST: b } } }",
    "hosts: { a: { transport: telnet } }",
    "defaults: { address: a }\nhosts: {}",
    "defaults: {}",
  ])("refuses what is refused: %s", (text) => {
    expect(reads(text)).toBe(false);
    expect(hostsFit(parse(text))).toBe(false);
  });
});

describe("front-matter.schema.json", () => {
  /** Whether the front matter is read without complaint; what hosts it has is not looked at. */
  const reads = (yaml: string): boolean =>
    readGuide("guide.md", new TextEncoder().encode(`---\n${yaml}\n---\n\n# A\n`)).diagnostics.length === 0;

  const guides = ["examples", "runbooks"].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  );

  test.each([...guides, "test/fixtures/document/whole-table/guide.md"])("accepts that of %s", (path) => {
    const yaml = /^---\n(.*?)\n---\n/s.exec(file(path))?.[1] ?? "";
    expect(frontMatterFits(parse(yaml) ?? {})).toBe(true);
  });

  test.each([
    "title: other people's\ntags: [a, b]\nrunbook:",
    "runbook:\n  inputs:\n  requires:\n  defaults:\n  hosts:",
    "runbook:\n  inputs:\n    A:\n    B: {}\n    C: { default: 010, description: x, pattern: '^.*$' }\n    D: { choices: [1, b], default: b }",
    "runbook: { inputs: { A: { type: integer, default: 3 }, B: { secret: true, from: pass x, ask: late }, C: { secret: 'false' } } }",
    "runbook: { requires: { a: 1, b: 1.., c: 2..4, d: 0 } }",
    "runbook: { defaults: { on: all, at: local, optional: , sudo: pi, dir: /x, shell: bash -eu, fresh: true } }",
    "runbook: { defaults: { timeout: 15m, retry: 3, every: 0s, when: 'true', max-failures: all, sudo: false } }",
    "runbook: { defaults: { max-failures: 2, sudo: , retry: '3', on: 5 } }",
    "runbook: { hosts: { pi-1: { address: a }, pi-2: } }",
    "runbook: { hosts: { defaults: { user: pi }, hosts: { pi-1: } } }",
  ])("accepts what is read: %s", (yaml) => {
    expect(reads(yaml)).toBe(true);
    expect(frontMatterFits(parse(yaml))).toBe(true);
  });

  test.each([
    "runbook: yes",
    "runbook: [a]",
    "runbook: { input: {} }",
    "runbook: { inputs: [A] }",
    "runbook: { inputs: { A: x } }",
    "runbook: { inputs: { a-b: } }",
    "runbook: { inputs: { PATH: } }",
    "runbook: { inputs: { LC_ALL: } }",
    "runbook: { inputs: { A: { defualt: x } } }",
    "runbook: { inputs: { A: { default: } } }",
    "runbook: { inputs: { A: { default: [x] } } }",
    "runbook: { inputs: { A: { choices: [] } } }",
    "runbook: { inputs: { A: { choices: x } } }",
    "runbook: { inputs: { A: { type: float } } }",
    "runbook: { inputs: { A: { secret: maybe } } }",
    "runbook: { inputs: { A: { from: ' ' } } }",
    "runbook: { inputs: { A: { ask: never } } }",
    "runbook: { requires: { a: many } }",
    "runbook: { requires: { a: -1 } }",
    "runbook: { requires: { a: } }",
    "runbook: { requires: [a] }",
    "runbook: { defaults: { capture: A } }",
    "runbook: { defaults: { serial: 1 } }",
    "runbook: { defaults: { on: } }",
    "runbook: { defaults: { on: [a, b] } }",
    "runbook: { defaults: { timeout: 15 } }",
    "runbook: { defaults: { timeout: 0s } }",
    "runbook: { defaults: { retry: -1 } }",
    "runbook: { defaults: { fresh: 5 } }",
    "runbook: { defaults: { sudo: 'a b' } }",
    "runbook: { defaults: { max-failures: some } }",
    "runbook: { defaults: { tiemout: 15m } }",
  ])("refuses what is refused: %s", (yaml) => {
    expect(reads(yaml)).toBe(false);
    expect(frontMatterFits(parse(yaml))).toBe(false);
  });

  test("knows every key that steps inherit", () => {
    const inherited = [...STEP_KEYS].filter(([name, key]) => key.inherited && name !== "serial");
    expect(Object.keys(defaultsShape.shape).toSorted()).toEqual(inherited.map(([name]) => name).toSorted());
    for (const [name, { bare }] of inherited) {
      expect([name, frontMatterFits({ runbook: { defaults: { [name]: null } } })]).toEqual([name, bare]);
    }
  });
});
