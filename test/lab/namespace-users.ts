import { readFileSync } from "node:fs";

export type LabUser = "pi" | "ops" | "plain" | "root";

/** As useradd(8) numbers them in namespace/root-customize.sh. */
export const USERS: Readonly<Record<LabUser, { readonly id: number; readonly home: string }>> = {
  root: { id: 0, home: "/root" },
  pi: { id: 1000, home: "/home/pi" },
  ops: { id: 1001, home: "/home/ops" },
  plain: { id: 1002, home: "/home/plain" },
};

/** What users log in with where a password is asked for, and what sudo asks `ops` for. */
export const PASSWORDS = Object.fromEntries(
  readFileSync(new URL("namespace/passwords", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
) as Readonly<Record<"pi" | "ops" | "plain", string>>;
