import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inTurn } from "../../../src/cli/at-terminal.ts";
import { PatientAsker } from "../../../src/cli/patient-asker.ts";
import type { Asker, SecretQuestion } from "../../../src/transport/asker.ts";
import { hostOf } from "../host-of.ts";

const { signal } = new AbortController();
const question = (about: "sudo" | "login"): SecretQuestion => ({ about, host: hostOf("pi-1"), user: "ops" });

/** Somebody who answers when told to. */
function slow() {
  const answer = Promise.withResolvers<string | undefined>();
  const asker: Asker = {
    secret: () => answer.promise,
    right: () => undefined,
    wrong: () => undefined,
    trust: async () => undefined,
  };
  return { asker, answer };
}

describe("a deadline while somebody is asked", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("waits for the answer, and then gives as much time again", async () => {
    const { asker, answer } = slow();
    const patient = new PatientAsker(asker);
    const deadline = patient.timeout(1000);
    vi.advanceTimersByTime(900);
    const asked = patient.secret(question("login"), signal);
    const meanwhile = patient.timeout(1000);
    vi.advanceTimersByTime(60_000);
    expect([deadline.aborted, meanwhile.aborted, patient.isAsking]).toEqual([false, false, true]);
    answer.resolve("s3cret");
    expect(await asked).toBe("s3cret");
    vi.advanceTimersByTime(900);
    expect([deadline.aborted, meanwhile.aborted, patient.isAsking]).toEqual([false, false, false]);
    vi.advanceTimersByTime(200);
    expect([deadline.aborted, meanwhile.aborted]).toEqual([true, true]);
  });
});

describe("a question of sudo", () => {
  it("is taken down, also where nobody is to be asked", async () => {
    const patient = new PatientAsker(slow().asker, ({ about }) => about !== "sudo");
    expect(patient.wantsSudo("pi-1")).toBe(false);
    expect(await patient.secret(question("sudo"), signal)).toBeUndefined();
    expect(patient.wantsSudo("pi-1")).toBe(true);
  });
});

describe("the terminal", () => {
  it("is one question's at a time, in the order in which they came", async () => {
    const held: string[] = [];
    const hold = inTurn((about) => {
      held.push(`hold ${about}`);
      return () => void held.push(`release ${about}`);
    });
    const first = await hold("confirm");
    const second = hold("secret");
    const third = hold("input");
    await Promise.resolve();
    expect(held).toEqual(["hold confirm"]);
    first();
    (await second)();
    (await third)();
    expect(held).toEqual([
      "hold confirm",
      "release confirm",
      "hold secret",
      "release secret",
      "hold input",
      "release input",
    ]);
  });
});
