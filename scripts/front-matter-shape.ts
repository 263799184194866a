import { z } from "zod";
import { hostsFileSchema, hostsMapSchema } from "../src/inventory/hosts-file-shape.ts";

/*
 * The front matter of a guide, as far as an editor can know it. What is right or wrong is decided in src/document,
 * where every mistake has its place and its hint; here must only be accepted what is accepted there.
 */

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const someText = z.union([z.string().regex(/\S/), z.number(), z.boolean()]);
const flag = z.union([z.boolean(), z.enum(["true", "false"])]);
const count = z.union([z.int().min(0).max(999_999_999), z.string().regex(/^\d{1,9}$/)]);
const duration = z.string().regex(/^\d{1,10}(?:ms|s|m|h)$/);
const positiveDuration = z.string().regex(/^(?!0+[a-z])\d{1,10}(?:ms|s|m|h)$/);
const user = z.union([
  z.boolean(),
  z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/),
  z.int().min(0).describe("A user's number."),
]);
export const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const input = z.strictObject({
  default: scalar.optional().describe("The value where none is given."),
  description: scalar.optional().describe("What is asked for."),
  choices: z.array(scalar).min(1).optional().describe("The values that it may have."),
  pattern: scalar.optional().describe("A regular expression of ECMAScript that the whole value must match."),
  type: z.enum(["string", "integer", "number", "boolean"]).optional().describe("What the value must look like."),
  secret: flag.optional().describe("Shown, logged and written down nowhere."),
  from: someText.optional().describe("A shell command that prints the value, run on your machine."),
  ask: z.enum(["first", "late"]).optional().describe("`late`: asked for at the first step that uses it."),
});

/** The keys that sections and steps inherit. */
export const defaultsShape = z.strictObject({
  on: someText.optional().describe("Which hosts: `all`, `master,worker`, `worker[0]`."),
  at: someText.optional().describe("The host where steps run instead, once for each host of `on`."),
  optional: flag.nullish().describe("Steps whose hosts there are none of are skipped."),
  sudo: user.nullish().describe("Run as root, or as this user."),
  dir: someText.optional().describe("The directory that steps start in."),
  shell: someText.optional().describe("What runs them instead of the language's own interpreter."),
  fresh: flag.nullish().describe("Start without what earlier steps exported."),
  timeout: positiveDuration.optional().describe("How long an attempt may take: `500ms`, `30s`, `15m`, `2h`."),
  retry: count.optional().describe("So many more attempts."),
  every: duration.optional().describe("The time between attempts."),
  when: someText.optional().describe("A CEL expression: only on hosts for which it is true."),
  "max-failures": z
    .union([z.literal("all"), count])
    .optional()
    .describe("So many hosts may fail and be set aside."),
});

const requirement = z.union([z.int().min(0).max(999_999_999), z.string().regex(/^\d{1,9}(?:\.\.(?:\d{1,9})?)?$/)]);

const runbook = z.strictObject({
  inputs: z.record(variableName, input.nullable()).nullish().describe("Variables that are asked for, by name."),
  defaults: defaultsShape.nullish().describe("Keys that all steps have which say nothing else."),
  requires: z.record(z.string(), requirement).nullish().describe("How many hosts a group must have: 1, 1.. or 2..4."),
  hosts: z
    .union([hostsFileSchema, hostsMapSchema])
    .nullish()
    .describe("The hosts themselves: what would stand in a hosts.yaml, or just its map of hosts."),
});

/** Other keys belong to other tools. */
export const frontMatterShape = z.looseObject({ runbook: runbook.nullish() });
