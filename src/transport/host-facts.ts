import type { Facts } from "../model/inventory.ts";

/**
 * Facts from `uname -nrm` (its fields come as: node name, release, machine) and, below it, os-release(5).
 * @param user the login user, who is not in there
 */
export function parseFacts(text: string, user: string): Facts {
  const [first = "", ...lines] = text.split("\n");
  const [hostname = "", kernel = "", arch = ""] = first.split(" ");
  const fields = new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim()) ?? [];
      return name === undefined || value === undefined ? [] : [[name, unquote(value)] as const];
    }),
  );
  const field = (name: string): string => fields.get(name) ?? "";
  return {
    os: { id: field("ID"), like: field("ID_LIKE"), version: field("VERSION_ID"), name: field("PRETTY_NAME") },
    arch,
    kernel,
    hostname,
    user,
  };
}

/** A value as a shell would read it: in quotes or not, with backslashes before `$`, `"`, `\` and `` ` ``. */
function unquote(value: string): string {
  const [, quoted] = /^(?:"(.*)"|'.*')$/.exec(value) ?? [];
  if (quoted !== undefined) return quoted.replaceAll(/\\([$"\\`])/g, "$1");
  return value.startsWith("'") && value.endsWith("'") ? value.slice(1, -1) : value;
}
