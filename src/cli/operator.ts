import type { Operator } from "../engine/ports.ts";

/** Off a terminal: whatever only a person can say pauses the run. */
export const nobody: Operator = {
  confirm: async () => undefined,
  input: async () => undefined,
};
