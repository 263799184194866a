import { z } from "zod";
import { hostsFileSchema } from "../src/inventory/hosts-file-shape.ts";
import { TAKEN_NAMES, TAKEN_PREFIX } from "../src/model/variable-name.ts";
import { reportShape } from "./report-shape.ts";
import { frontMatterShape, variableName } from "./front-matter-shape.ts";

/** The files in schema/, for editors and programs, by name: JSON Schema, draft 7, which they all know. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  return {
    "hosts.schema.json": render(hostsFileSchema, "Hosts of a Waymark runbook"),
    "front-matter.schema.json": render(frontMatterShape, "Front matter of a Waymark runbook"),
    "report.schema.json": render(reportShape, "What `waymark report --to json` prints", GROWS),
  };
}

/** Later releases may say more. */
const GROWS = true;

function render(shape: z.ZodType, title: string, grows = false): string {
  const { $schema, ...rest } = z.toJSONSchema(shape, {
    target: "draft-7",
    io: "input",
    override: ({ jsonSchema }) => {
      if (grows) delete jsonSchema.additionalProperties;
      const names = jsonSchema.propertyNames;
      if (typeof names === "object" && names.pattern === ANY_VARIABLE) names.pattern = FREE_VARIABLE;
    },
  });
  return `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`;
}

const ANY_VARIABLE = z.toJSONSchema(variableName).pattern;

/** Names that no variable may have are told one by one elsewhere; editors need them in the pattern. */
const FREE_VARIABLE = `^(?!(?:${[...TAKEN_NAMES].join("|")})$)(?!${TAKEN_PREFIX.source.slice(1)})${ANY_VARIABLE?.slice(1)}`;
