import type { Confirmation } from "../engine/ports.ts";
import { type Prompter, Unanswered } from "./prompter.ts";

/** What the terminal may be wanted for; `secret`: a password of a host, or a passphrase; `terminal`: a program has it. */
export type About = Confirmation["about"] | "input" | "secret" | "host key" | "terminal";

/** Takes the terminal for one thing. @returns what gives it back */
export type Hold = (about: About) => Release | Promise<Release>;
/** Where it answers with a promise, that is waited for. */
export type Release = () => unknown;

/** Who sits at the terminal of a run. */
export interface AtTerminal {
  readonly prompter: Prompter;
  /** Called before a question, and waited for; nothing else is printed until what it returns is called. */
  readonly hold: Hold;
  /** Ctrl-C at a question: resolves once the run knows. */
  readonly interrupt: () => Promise<void>;
}

/** Asks a question. @returns undefined where there is no answer; after Ctrl-C the run knows by then */
export async function askAtTerminal<T>(
  { prompter, hold, interrupt }: AtTerminal,
  about: About,
  question: (prompter: Prompter) => Promise<T>,
): Promise<T | undefined> {
  const release = await hold(about);
  try {
    return await question(prompter);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    if (error.why === "interrupted") await interrupt();
    return undefined;
  } finally {
    await release();
  }
}

/** Makes those who want the terminal wait for their turn: whoever holds it has it alone. */
export function inTurn(hold: Hold): (about: About) => Promise<Release> {
  let last: Promise<void> = Promise.resolve();
  return async (about) => {
    const before = last;
    const turn = Promise.withResolvers<void>();
    last = turn.promise;
    await before;
    const release = await hold(about);
    return async () => {
      await release();
      turn.resolve();
    };
  };
}
