import { z } from "zod";

/*
 * What may be written in a hosts file. The messages complete "`port` of `pi-1` …". The schema is also where a JSON
 * Schema for editors comes from, so everything it can say about the shape is said here.
 */

const text = z.string({ error: "must be text (put quotes around it)" }).min(1, { error: "must not be empty" });
const oneOrMore = z.union([text, z.array(text)], { error: "must be text or a list of texts" });
const scalar = z.union([z.string(), z.number(), z.boolean()], { error: "must be text, a number, true or false" });

const shared = {
  port: z
    .int({ error: "must be a number from 1 to 65535" })
    .min(1, { error: "must be a number from 1 to 65535" })
    .max(65_535, { error: "must be a number from 1 to 65535" })
    .optional(),
  user: text.optional(),
  identity: oneOrMore.optional(),
  known_hosts: oneOrMore.optional(),
  jump: oneOrMore.optional(),
  groups: oneOrMore.optional(),
  vars: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), scalar, { error: "must be a map of names to values" })
    .optional(),
  transport: z.enum(["ssh", "local"], { error: "must be `ssh` or `local`" }).optional(),
};

const mapOfKeys = "must be a map of keys, or nothing";

const defaults = z.strictObject(shared, { error: mapOfKeys });
const host = z.strictObject({ address: text.optional(), ...shared }, { error: mapOfKeys });

export const hostsFileSchema = z.strictObject(
  {
    defaults: defaults.nullish(),
    hosts: z.record(z.string(), host.nullable(), { error: "must be a map of host names to their keys" }),
  },
  { error: "must be a map with the key `hosts`" },
);

/** A hosts file as written, before defaults and ranges are applied. */
export type HostsFile = z.infer<typeof hostsFileSchema>;
export type HostEntry = z.infer<typeof host>;
export type HostDefaults = z.infer<typeof defaults>;

/** The keys that may stand at each level, for "did you mean". */
export const knownKeys = {
  file: Object.keys(hostsFileSchema.shape),
  defaults: Object.keys(defaults.shape),
  host: Object.keys(host.shape),
};
