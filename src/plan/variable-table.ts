import type { Inventory } from "../model/inventory.ts";
import type { Variable } from "../model/plan.ts";
import type { InputDeclaration, Step } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";

/** Every variable that anything declares, by name. */
export type VariableTable = ReadonlyMap<string, Variable>;

/** Collects inputs, captures and the `vars` of hosts, in this order. */
export function variableTable(
  inputs: readonly InputDeclaration[],
  steps: readonly Step[],
  inventory: Inventory,
): VariableTable {
  const captures = Map.groupBy(
    steps.flatMap(({ id, options }) =>
      options.capture === undefined ? [] : [{ name: options.capture.value, id, secret: options.secret }],
    ),
    ({ name }) => name,
  );
  const hostVars = new Map<string, string[]>();
  for (const { name: host, vars } of inventory.hosts) {
    for (const name of Object.keys(vars)) {
      const hosts = hostVars.get(name);
      if (hosts === undefined) hostVars.set(name, [host]);
      else hosts.push(host);
    }
  }
  const declarations = new Map(inputs.map((input) => [input.name, input]));
  const names = new Set([...declarations.keys(), ...captures.keys(), ...hostVars.keys()]);
  return new Map(
    [...names].map((name) => {
      const input = declarations.get(name);
      const captured = captures.get(name) ?? [];
      const variable: Variable = {
        name,
        secret: (input?.secret ?? false) || captured.some(({ secret }) => secret),
        ...(input === undefined ? {} : { input }),
        capturedBy: captured.map(({ id }) => id),
        hostVars: hostVars.get(name) ?? [],
      };
      return [name, variable];
    }),
  );
}

/** Captures that are called like an input: which of the two `$NAME` means could not be told. */
export function capturesCalledLikeInputs(
  inputs: readonly InputDeclaration[],
  steps: readonly Step[],
  guide: string,
): readonly Diagnostic[] {
  const names = new Set(inputs.map(({ name }) => name));
  return steps.flatMap(({ options: { capture } }) =>
    capture === undefined || !names.has(capture.value)
      ? []
      : [
          {
            code: "WM3105",
            severity: "error",
            message: `\`${capture.value}\` is already an input`,
            hint: "Capture it under another name.",
            file: guide,
            span: capture.span,
          },
        ],
  );
}
