import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

/*
 * Loaded into the built command line before its own code (`node --import`): takes modules from the file that
 * module-recorder.ts has written beside this one. Their URLs are their own, so nothing else is different.
 */

/** `modules.json`: what is where in `modules.txt`. */
export interface ModuleIndex {
  readonly modules: readonly {
    readonly url: string;
    readonly format: string;
    /** What is ASCII is read faster by that name. */
    readonly encoding: "latin1" | "utf8";
    /** In bytes. */
    readonly start: number;
    readonly end: number;
  }[];
  /** By `import URL` or `require URL`, which is where it stands, and specifier: the number of the module. */
  readonly imports: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const read = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));
const { modules, imports } = JSON.parse(read("modules.json").toString()) as ModuleIndex;
const texts = read("modules.txt");
const byUrl = new Map(modules.map((module) => [module.url, module]));

registerHooks({
  resolve(specifier, context, next) {
    const how = context.conditions.includes("require") ? "require" : "import";
    const module = modules[imports[`${how} ${context.parentURL ?? ""}`]?.[specifier] ?? -1];
    if (module === undefined) return next(specifier, context);
    return { url: module.url, format: module.format, shortCircuit: true };
  },
  load(url, context, next) {
    const module = byUrl.get(url);
    if (module === undefined) return next(url, context);
    const { format, encoding, start, end } = module;
    return { format, source: texts.toString(encoding, start, end), shortCircuit: true };
  },
});
