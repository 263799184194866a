import { expect, it } from "vitest";
import type { HostSessions } from "../../../src/engine/host-sessions.ts";
import type { Session } from "../../../src/engine/ports.ts";
import { EMPTY_STATE } from "../../../src/engine/state.ts";
import { tidyHosts } from "../../../src/engine/tidying.ts";
import { hostOf } from "../host-of.ts";
import { planFor } from "./fake-run.ts";

it("a host on which nothing can be removed keeps nobody who runs a guide waiting for ever", async () => {
  const visited: string[] = [];
  const sessions: Pick<HostSessions, "all" | "visit"> = {
    all: async () => ["a", "b"].map((name) => ({ host: hostOf(name) }) as Session),
    visit: ({ name }) => {
      visited.push(name);
      return name === "a" ? new Promise(() => {}) : Promise.resolve();
    },
  };
  await tidyHosts(planFor([]), EMPTY_STATE, sessions as HostSessions, [], 10);
  expect(visited).toEqual(["a", "b"]);
});
