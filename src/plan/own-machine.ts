import type { Host } from "../model/inventory.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { Diagnostic, Span } from "../model/source.ts";

/**
 * Steps that would reboot the machine that Waymark runs on, or log in to it anew: the first would end the run, for the
 * second there is no login. Wherever they run, they are about the hosts of `on`.
 */
export function aboutOwnMachine(
  steps: readonly { readonly step: PlannedStep; readonly on: Span }[],
  hosts: readonly Host[],
): readonly Omit<Diagnostic, "file">[] {
  const here = new Set(hosts.flatMap(({ name, transport }) => (transport === "local" ? [name] : [])));
  return steps.flatMap(({ step, on }) => {
    const [host] = step.newLogin === true ? step.hosts.filter((name) => here.has(name)) : [];
    if (host === undefined) return [];
    const [key, what] = step.reboot === undefined ? ["reconnect", "log in anew to"] : ["reboot", "reboot"];
    return [
      {
        code: "WM3112",
        severity: "error",
        message: `Step \`${step.id}\` would ${what} \`${host}\`, the machine that Waymark runs on`,
        hint: `Remove \`${key}\`, or say in \`on\` which other host is meant; \`at=local\` runs the command here all the same.`,
        span: on,
      },
    ];
  });
}
