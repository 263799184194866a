import { isAscii } from "node:buffer";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ModuleIndex } from "./module-player.ts";

/*
 * `node module-recorder.ts BUILT FOLDER`: loads every module of the build, and writes into the folder what has been loaded
 * by that, for module-player.ts.
 */

const [built = "", folder = ""] = process.argv.slice(2);

const modules = new Map<string, { readonly format: string; readonly text: string }>();
const found: { readonly from: string; readonly specifier: string; readonly url: string }[] = [];

registerHooks({
  resolve(specifier, context, next) {
    const result = next(specifier, context);
    const how = context.conditions.includes("require") ? "require" : "import";
    found.push({ from: `${how} ${context.parentURL ?? ""}`, specifier, url: result.url });
    return result;
  },
  load(url, context, next) {
    const result = next(url, context);
    const { format } = result;
    if (url.startsWith("file:") && (format === "module" || format === "commonjs")) {
      // Not what `next` has: it leaves CommonJS to be read later.
      modules.set(url, { format, text: readFileSync(fileURLToPath(url), "utf8") });
    }
    return result;
  },
});

for (const name of readdirSync(built, { recursive: true, encoding: "utf8" })) {
  // The first would start the program, the others are for browsers.
  const aside = name === "bin.js" || /[/\\]assets[/\\]/.test(name);
  if (name.endsWith(".js") && !aside) await import(pathToFileURL(join(built, name)).href);
}

const urls = [...modules.keys()];
const numbers = new Map(urls.map((url, index) => [url, index]));
const imports: Record<string, Record<string, number>> = {};
for (const { from, specifier, url } of found) {
  const number = numbers.get(url);
  if (number !== undefined) (imports[from] ??= {})[specifier] = number;
}
const parts = [...modules.values()].map(({ text }) => Buffer.from(text));
let end = 0;
const index: ModuleIndex = {
  modules: [...modules].map(([url, { format }], number) => {
    const part = parts[number] ?? Buffer.alloc(0);
    end += part.length;
    const encoding = isAscii(part) ? "latin1" : "utf8";
    return { url, format, encoding, start: end - part.length, end };
  }),
  imports,
};
writeFileSync(join(folder, "modules.json"), JSON.stringify(index));
writeFileSync(join(folder, "modules.txt"), Buffer.concat(parts));
