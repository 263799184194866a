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
    .optional()
    .describe("Where sshd listens; 22 if not given."),
  user: text.optional().describe("Who to log in as; your own login name if not given."),
  identity: oneOrMore.optional().describe("Private key files, relative to this file."),
  known_hosts: oneOrMore.optional().describe("Files with host keys, relative to this file, instead of your own."),
  jump: oneOrMore.optional().describe("Hosts to go through, nearest first: names, or `[user@]address[:port]`."),
  forward_agent: z
    .boolean({ error: "must be true or false" })
    .optional()
    .describe("Whether steps there may use your SSH agent; not if not given."),
  groups: oneOrMore.optional().describe("The roles that guides name in `on=`."),
  vars: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), scalar, { error: "must be a map of names to values" })
    .optional()
    .describe("Variables of the steps that run there."),
  transport: z
    .enum(["ssh", "local"], { error: "must be `ssh` or `local`" })
    .optional()
    .describe("`local`: this very machine, without SSH."),
};

const mapOfKeys = "must be a map of keys, or nothing";

const defaults = z.strictObject(shared, { error: mapOfKeys });
const host = z.strictObject(
  {
    address: text
      .optional()
      .describe("What to connect to, with the range of the name where that has one; the name itself if not given."),
    ...shared,
  },
  { error: mapOfKeys },
);

/** Hosts by name, as they stand under `hosts`. */
export const hostsMapSchema = z
  .record(z.string(), host.nullable(), { error: "must be a map of host names to their keys" })
  .describe("Hosts by name; `pi-[1-3]` stands for three.");

export const hostsFileSchema = z.strictObject(
  { defaults: defaults.nullish().describe("What all hosts have that say nothing else."), hosts: hostsMapSchema },
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
