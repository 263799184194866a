import { Environment } from "@marcbachmann/cel-js";
import type { Facts } from "../model/inventory.ts";

/** What `host`, and each item of `hosts`, `groups.NAME` and `step.hosts`, is in CEL. Facts are absent until the host has been asked. */
export class HostValue {
  readonly name: string;
  readonly address: string;
  readonly groups: readonly string[];
  readonly vars: ReadonlyMap<string, string>;
  readonly os?: OsValue;
  readonly arch?: string;
  readonly kernel?: string;
  readonly hostname?: string;
  readonly user?: string;

  constructor(host: HostData) {
    this.name = host.name;
    this.address = host.address;
    this.groups = host.groups;
    this.vars = new Map(Object.entries(host.vars));
    const { facts } = host;
    if (facts === undefined) return;
    this.os = new OsValue(facts.os);
    this.arch = facts.arch;
    this.kernel = facts.kernel;
    this.hostname = facts.hostname;
    this.user = facts.user;
  }
}

class OsValue {
  readonly id: string;
  readonly like: string;
  readonly version: string;
  readonly name: string;

  constructor(os: Facts["os"]) {
    this.id = os.id;
    this.like = os.like;
    this.version = os.version;
    this.name = os.name;
  }
}

export class StepValue {
  readonly hosts: readonly HostValue[];

  constructor(hosts: readonly HostValue[]) {
    this.hosts = hosts;
  }
}

/** What one host printed, as an item of `results`. The getters of {@link OutputValues} parse on first use. */
export class ResultValue {
  readonly host: HostValue;
  readonly exit: bigint;
  readonly #output: OutputValues;

  constructor(host: HostValue, exit: number, output: OutputValues) {
    this.host = host;
    this.exit = BigInt(exit);
    this.#output = output;
  }

  get stdout(): string {
    return this.#output.stdout;
  }
  get lines(): readonly string[] {
    return this.#output.lines;
  }
  get table(): readonly ReadonlyMap<string, string>[] {
    return this.#output.table;
  }
  get json(): unknown {
    return this.#output.json;
  }
}

/** One host's stdout in the forms that CEL offers. */
export interface OutputValues {
  readonly stdout: string;
  readonly lines: readonly string[];
  readonly table: readonly ReadonlyMap<string, string>[];
  readonly json: unknown;
}

/** A host of the inventory, as expressions see it. */
export interface HostData {
  readonly name: string;
  readonly address: string;
  readonly groups: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly facts?: Facts | undefined;
}

/** Names that a host has only once it has been asked. */
export const FACT_NAMES: ReadonlySet<string> = new Set(["os", "arch", "kernel", "hostname", "user"]);

const KNOWN_BEFORE = {
  host: "Host",
  vars: "map<string, string>",
  captures: "map<string, map<string, string>>",
  hosts: "list<Host>",
  groups: "map<string, list<Host>>",
  step: "Step",
} as const;

const OF_AN_ATTEMPT = {
  stdout: "string",
  stderr: "string",
  exit: "int",
  lines: "list<string>",
  table: "list<map<string, string>>",
  json: "dyn",
  duration: "google.protobuf.Duration",
} as const;

export type ExpressionKind = "expect" | "when";

/** Root names by kind, with their CEL types. */
export const ROOTS: Readonly<Record<ExpressionKind, Readonly<Record<string, string>>>> = {
  expect: { ...KNOWN_BEFORE, ...OF_AN_ATTEMPT, results: "list<Result>" },
  when: KNOWN_BEFORE,
};

/** Names that mean one host's attempt, and so nothing where a whole batch is judged. */
export const PER_HOST: ReadonlySet<string> = new Set(["host", ...Object.keys(OF_AN_ATTEMPT)]);

/** The CEL environment of a kind of expression. Made once: that takes a millisecond or two. */
export function environmentOf(kind: ExpressionKind): Environment {
  return (environments[kind] ??= createEnvironment(ROOTS[kind]));
}

const environments: { [K in ExpressionKind]?: Environment } = {};

/** @param names - with their CEL types */
export function createEnvironment(names: Readonly<Record<string, string>>): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false })
    .registerType("Os", { ctor: OsValue, fields: { id: "string", like: "string", version: "string", name: "string" } })
    .registerType("Host", {
      ctor: HostValue,
      fields: {
        name: "string",
        address: "string",
        groups: "list<string>",
        vars: "map<string, string>",
        os: "Os",
        arch: "string",
        kernel: "string",
        hostname: "string",
        user: "string",
      },
    })
    .registerType("Step", { ctor: StepValue, fields: { hosts: "list<Host>" } })
    .registerType("Result", {
      ctor: ResultValue,
      fields: {
        host: "Host",
        stdout: "string",
        exit: "int",
        lines: "list<string>",
        table: "list<map<string, string>>",
        json: "dyn",
      },
    })
    // `host in groups.worker`, `host == hosts[0]`, and a host compared with its name.
    .registerOperator("Host == Host", (a: HostValue, b: HostValue) => a.name === b.name)
    .registerOperator("Host == string", (a: HostValue, b: string) => a.name === b);
  for (const [name, type] of Object.entries(names)) environment.registerVariable(name, type);
  return environment;
}
