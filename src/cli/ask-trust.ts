import { setTimeout as sleep } from "node:timers/promises";
import type { HostKeyQuestion } from "../transport/asker.ts";
import { placeOf } from "../transport/ssh-errors.ts";
import { oneLine } from "../story/terminal-text.ts";
import { type AtTerminal, askAtTerminal } from "./at-terminal.ts";
import type { Prompter } from "./prompter.ts";

/** Hosts that are reached at the same time ask at nearly the same time: for them to be shown together. */
const TOGETHER_MS = 300;

interface Waiting {
  readonly question: HostKeyQuestion;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<boolean | undefined>;
}

const BY_NAME = new Intl.Collator("en", { numeric: true });

const CHOICES = ["none of them", "all of them", "one by one"] as const;

/**
 * Asks whoever sits at the terminal about host keys that nothing is known of. Owns the questions that wait: when the
 * terminal is free they are asked together.
 */
export class TrustQuestions {
  readonly #terminal: AtTerminal;
  readonly #withdrawn: AbortSignal;
  readonly #togetherMs: number;
  #waiting: Waiting[] = [];
  #asking = false;

  /** @param withdrawn takes open questions back, and leaves all later ones without an answer */
  constructor(terminal: AtTerminal, withdrawn: AbortSignal, togetherMs = TOGETHER_MS) {
    this.#terminal = terminal;
    this.#withdrawn = withdrawn;
    this.#togetherMs = togetherMs;
  }

  ask(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean | undefined> {
    const answer = Promise.withResolvers<boolean | undefined>();
    this.#waiting.push({ question, signal, answer });
    if (!this.#asking) void this.#askAll();
    return answer.promise;
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    while (this.#waiting.length > 0) {
      await sleep(this.#togetherMs);
      let asked: readonly Waiting[] = [];
      const said = new Map<Waiting, boolean>();
      try {
        await askAtTerminal(this.#terminal, "host key", async (prompter) => {
          // Those that wait once the terminal is ours.
          asked = this.#waiting.splice(0);
          const wanted = asked
            .filter(({ signal }) => !signal.aborted && !this.#withdrawn.aborted)
            .toSorted((one, other) => BY_NAME.compare(one.question.host.name, other.question.host.name));
          if (wanted.length > 0) await this.#put(prompter, wanted, said);
        });
        // After Ctrl-C the run knows by now.
        for (const one of asked) one.answer.resolve(said.get(one));
      } catch (error) {
        for (const { answer } of [...asked, ...this.#waiting.splice(0)]) answer.reject(error);
      }
    }
    this.#asking = false;
  }

  async #put(prompter: Prompter, wanted: readonly Waiting[], said: Map<Waiting, boolean>): Promise<void> {
    const [first, ...others] = wanted;
    if (first === undefined) return;
    if (others.length === 0) {
      const { host, file } = first.question;
      prompter.say(
        "",
        `The key of ${placeOf(host)} is not known: ${keyOf(first.question)}`,
        `${COMPARE} on its console.`,
      );
      said.set(first, await prompter.yes(`Trust it, and write it to ${file}?`, false, this.#until(wanted)));
      return;
    }
    const places = wanted.map(({ question }) => placeOf(question.host));
    const width = Math.max(...places.map((place) => place.length));
    const rows = wanted.map(({ question }, index) => `${(places[index] ?? "").padEnd(width)}  ${keyOf(question)}`);
    prompter.say(
      "",
      `The keys of ${wanted.length} hosts are not known:`,
      ...rows.map((row) => `  ${row}`),
      `${COMPARE} on the console of each.`,
    );
    const files = [...new Set(wanted.map(({ question }) => question.file))].join(", ");
    const message = `Which are to be trusted, and written to ${files}?`;
    const choice = await prompter.choose(message, CHOICES, this.#until(wanted));
    for (const [index, one] of wanted.entries()) {
      const isOneByOne = choice === "one by one";
      const isTrusted = isOneByOne
        ? await prompter.yes(`${places[index]}  ${keyOf(one.question)}: trust it?`, false, this.#until([one]))
        : choice === "all of them";
      said.set(one, isTrusted);
    }
  }

  /** Aborted once nobody wants to know any more. */
  #until(wanted: readonly Waiting[]): AbortSignal {
    const gone = new AbortController();
    const look = (): void => {
      if (wanted.every(({ signal }) => signal.aborted)) gone.abort();
    };
    for (const { signal } of wanted) signal.addEventListener("abort", look, { once: true });
    return AbortSignal.any([gone.signal, this.#withdrawn]);
  }
}

const COMPARE = "Compare with what `ssh-keygen -lf` prints for /etc/ssh/ssh_host_*_key.pub";

/** The type is what the host says it is. */
const keyOf = ({ keyType, fingerprint }: HostKeyQuestion): string => `${oneLine(keyType)} ${fingerprint}`;
