import type { SshOptions } from "../transport/ssh-options.ts";
import type { Surroundings } from "./terminal.ts";

/** How SSH logs in, from the operator's environment. */
export function sshOptions({ env, home, user }: Surroundings, flags: { readonly acceptNew?: boolean }): SshOptions {
  const agent = env["SSH_AUTH_SOCK"];
  return {
    user,
    home,
    acceptNew: flags.acceptNew === true,
    ...(agent !== undefined && agent !== "" && { agent }),
  };
}
