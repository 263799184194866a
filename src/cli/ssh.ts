import type { Host } from "../model/inventory.ts";
import type { Asker, SecretQuestion } from "../transport/asker.ts";
import type { SshOptions } from "../transport/ssh-options.ts";
import { AnswerCommands } from "./answer-command.ts";
import { createAsker } from "./asker.ts";
import { type AtTerminal, inTurn } from "./at-terminal.ts";
import type { ReachFlags } from "./flags.ts";
import { PatientAsker } from "./patient-asker.ts";
import { terminalPrompter } from "./prompter.ts";
import type { Surroundings } from "./terminal.ts";

/** How SSH logs in, from the operator's environment. `asker`: answers what that does not say. */
export function sshOptions({ env, home, user }: Surroundings, flags: ReachFlags, asker: Asker): SshOptions {
  const agent = env["SSH_AUTH_SOCK"];
  return {
    user,
    home,
    asker,
    acceptNew: flags.acceptNew === true,
    ...(agent !== undefined && agent !== "" && { agent }),
  };
}

/** Who answers what the hosts of a run ask. `terminal`: absent where nobody sits at one. */
export function runAsker(
  around: Surroundings,
  flags: ReachFlags,
  about: {
    readonly hosts: readonly Host[];
    readonly terminal?: AtTerminal;
    readonly learn: (secret: string) => void;
    readonly withdrawn: AbortSignal;
  },
): Asker {
  const { user, remembered } = around;
  const commands = new AnswerCommands(around);
  return createAsker({ ...about, flags, user, commands, ...(remembered !== undefined && { remembered }) });
}

interface BriefOptions {
  readonly learn?: (secret: string) => void;
  readonly isToBeAsked?: (question: SecretQuestion) => boolean;
}

/** The same for commands that are no run: Ctrl-C at a question ends them. */
export function briefAsker(
  around: Surroundings,
  flags: ReachFlags & { readonly json?: boolean },
  hosts: readonly Host[],
  { learn = () => undefined, isToBeAsked }: BriefOptions = {},
): PatientAsker {
  const prompter = terminalPrompter(around, flags);
  const interrupt = async (): Promise<void> => void process.kill(process.pid, "SIGINT");
  const asker = runAsker(around, flags, {
    hosts,
    ...(prompter !== undefined && { terminal: { prompter, hold: inTurn(() => () => undefined), interrupt } }),
    learn,
    withdrawn: new AbortController().signal,
  });
  return new PatientAsker(asker, isToBeAsked);
}
