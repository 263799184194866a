/* Writes the JSON Schemas in schema/ anew. A test says when that is due. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { jsonSchemas } from "./json-schemas.ts";

for (const [name, text] of Object.entries(jsonSchemas())) {
  writeFileSync(fileURLToPath(new URL(`../schema/${name}`, import.meta.url)), text);
}
