import { SSHConfig } from "ssh-config";
import type { SshDirectives } from "./ssh-directives.ts";

/** Names are not completed with domains here: that would ask the network. */
const CANONICAL = /^[ \t]*(?:Canonicali[sz]e\w*|CanonicalDomains)\b.*$/gim;

/**
 * What the text of an ssh config says about a host, for machines without OpenSSH. `Match exec` runs nothing and is
 * taken for false; `Include`s must have been filled in.
 *
 * @throws {Error} when the text cannot be read
 */
export function lookUpSshConfig(text: string, name: string, user: string | undefined): SshDirectives {
  const config = SSHConfig.parse(text.replaceAll(CANONICAL, ""));
  const asked = { Host: name, ...(user !== undefined && { User: user }) };
  const found = config.compute(asked, { ignoreCase: true, matchExec: false });
  return new Map(
    Object.entries(found).map(([keyword, value]) => {
      const values = typeof value === "string" ? [value] : value;
      if (keyword === "hostname") return [keyword, values.map((one) => one.replaceAll("%h", name))];
      return [keyword, REPEATED.has(keyword) ? values : [values.join(" ")]];
    }),
  );
}

/** One value a line; of all others the words are the values of one line. */
const REPEATED = new Set(["identityfile", "certificatefile"]);
