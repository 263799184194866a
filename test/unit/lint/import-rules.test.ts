import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/*
 * The arrows between folders are rules of the linter. Rules that never fire look the same as rules that are kept, so
 * one small file for each forbidden arrow is linted here, with the project's own configuration, and must be refused.
 */

const CONFIG = fileURLToPath(new URL("../../../.oxlintrc.json", import.meta.url));
const OXLINT = fileURLToPath(new URL("../../../node_modules/.bin/oxlint", import.meta.url));

const RESTRICTED = "eslint(no-restricted-imports)";
const GLOBAL = "eslint(no-restricted-globals)";
const CYCLE = "import(no-cycle)";

/** What each folder may import from besides itself; everything else between them is forbidden. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  document: ["model"],
  inventory: ["model"],
  expect: ["model"],
  plan: ["model", "inventory", "expect"],
  engine: ["model", "expect", "plan"],
  transport: ["model"],
  journal: ["model"],
  story: ["model"],
  ui: ["model", "plan", "engine", "journal", "story", "highlight"],
  highlight: [],
  publish: ["model", "document", "inventory", "plan", "story", "highlight"],
  lab: ["model", "transport"],
};

/** Which folders alone may import a package. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  ssh2: ["transport"],
  ink: ["ui"],
  react: ["ui"],
  unified: ["document", "publish"],
  "remark-rehype": ["publish"],
  "rehype-sanitize": ["publish"],
  hastscript: ["publish"],
  "hast-util-to-html": ["publish"],
  "remark-parse": ["document"],
  "remark-gfm": ["document"],
  "remark-frontmatter": ["document"],
  "mdast-util-to-string": ["document"],
  immutable: ["engine"],
  "@marcbachmann/cel-js": ["expect"],
  commander: ["cli"],
  "@inquirer/prompts": ["cli"],
  "ssh-config": ["inventory"],
  shiki: ["highlight"],
  "shiki/core": ["highlight"],
  "shiki/langs": ["highlight"],
};

const FOLDERS = [...Object.keys(ARROWS), "cli"];

interface Case {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly rules: readonly string[];
}

const importing = (from: string): string => `import { a } from "${from}";\n\nexport const b = a;\n`;

const cases: readonly Case[] = [
  ...Object.entries(ARROWS).flatMap(([from, allowed]) =>
    FOLDERS.filter((to) => to !== from).map((to): Case => {
      const may = allowed.includes(to);
      return {
        name: `${from} ${may ? "may" : "may not"} import from ${to}`,
        file: `src/${from}/to-${to}.ts`,
        code: importing(`../${to}/thing.ts`),
        rules: may ? [] : [RESTRICTED],
      };
    }),
  ),
  ...Object.keys(ARROWS)
    .filter((from) => from !== "cli")
    .map((from): Case => ({
      name: `${from} may not import the public index`,
      file: `src/${from}/to-index.ts`,
      code: importing("../index.ts"),
      rules: [RESTRICTED],
    })),
  ...["transport", "journal"].flatMap((from): readonly Case[] => [
    {
      name: `${from} may import the engine's ports`,
      file: `src/${from}/to-ports.ts`,
      code: importing("../engine/ports.ts"),
      rules: [],
    },
    {
      name: `${from} may not import the engine's advance`,
      file: `src/${from}/to-advance.ts`,
      code: importing("../engine/advance.ts"),
      rules: [RESTRICTED],
    },
  ]),
  ...FOLDERS.filter((to) => to !== "cli").map((to): Case => ({
    name: `cli may import from ${to}`,
    file: `src/cli/to-${to}.ts`,
    code: importing(`../${to}/thing.ts`),
    rules: [],
  })),
  ...Object.entries(PACKAGES).flatMap(([name, allowed]) =>
    FOLDERS.map((from): Case => {
      const may = allowed.includes(from);
      return {
        name: `${from} ${may ? "may" : "may not"} import ${name}`,
        file: `src/${from}/package-${name.replaceAll(/\W/g, "-")}.ts`,
        code: importing(name),
        rules: may ? [] : [RESTRICTED],
      };
    }),
  ),
  ...FOLDERS.flatMap((from): readonly Case[] => {
    const may = from === "cli";
    return [
      {
        name: `${from} ${may ? "may" : "may not"} read the process's environment`,
        file: `src/${from}/global-process.ts`,
        code: 'export const home = process.env["HOME"];\n',
        rules: may ? [] : [GLOBAL],
      },
      {
        name: `${from} ${may ? "may" : "may not"} end the process`,
        file: `src/${from}/process-exit.ts`,
        code: 'import { exit } from "node:process";\n\nexport const stop = (): never => exit(1);\n',
        rules: may ? [] : [RESTRICTED],
      },
    ];
  }),
  {
    name: "two files may not import each other",
    file: "src/plan/chicken.ts",
    code: 'import { egg } from "./egg.ts";\n\nexport const chicken = (): unknown => egg;\n',
    rules: [CYCLE],
  },
  {
    name: "… nor from the other side",
    file: "src/plan/egg.ts",
    code: 'import { chicken } from "./chicken.ts";\n\nexport const egg = (): unknown => chicken;\n',
    rules: [CYCLE],
  },
];

interface Found {
  readonly filename: string;
  readonly code: string;
  readonly severity: string;
}

describe("the linter keeps the arrows between folders", () => {
  let root = "";
  let found: readonly Found[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "waymark-lint-"));
    await copyFile(CONFIG, join(root, ".oxlintrc.json"));
    for (const folder of FOLDERS) await place(`src/${folder}/thing.ts`, "export const a = 1;\n");
    for (const file of ["src/engine/ports.ts", "src/engine/advance.ts", "src/index.ts"]) {
      await place(file, "export const a = 1;\n");
    }
    for (const { file, code } of cases) await place(file, code);
    found = await lint();
  });

  afterAll(() => rm(root, { recursive: true, force: true }));

  test.each(cases)("$name", ({ file, rules }) => {
    const errors = found.filter(({ filename }) => filename === file);
    expect(errors.map(({ code }) => code)).toEqual(rules);
    expect(errors.every(({ severity }) => severity === "error")).toBe(true);
  });

  test("and has nothing to say about the files they point at", () => {
    const known = new Set(cases.map(({ file }) => file));
    expect(found.filter(({ filename }) => !known.has(filename))).toEqual([]);
  });

  async function place(file: string, code: string): Promise<void> {
    const path = join(root, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }

  /** One call over all files. It exits with 1 where it finds something, which is what it is for here. */
  function lint(): Promise<readonly Found[]> {
    return new Promise((resolve, reject) => {
      execFile(OXLINT, ["--format=json"], { cwd: root, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        if (error !== null && error.code !== 1) reject(new Error(`${error.message}\n${stdout}${stderr}`));
        else resolve((JSON.parse(stdout) as { readonly diagnostics: readonly Found[] }).diagnostics);
      });
    });
  }
});
