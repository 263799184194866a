import type { Host } from "../model/inventory.ts";
import type { Asker, SecretQuestion } from "../transport/asker.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { neutralize } from "../story/terminal-text.ts";
import { type AnswerCommand, type AnswerCommands, type AnswerFor } from "./answer-command.ts";
import { TrustQuestions } from "./ask-trust.ts";
import { type AtTerminal, askAtTerminal } from "./at-terminal.ts";
import type { SecretFlags } from "./flags.ts";
import type { Remembered } from "./remembered.ts";
import { type AskFor, TriedAnswers } from "./tried-answers.ts";

/** Of what a server asks, what is shown: the last lines, and of each the beginning. */
const PROMPT_LINES = 20;
const PROMPT_CHARACTERS = 100;

export interface AskerOptions {
  readonly flags: SecretFlags;
  readonly commands: AnswerCommands;
  /** Absent: nobody can be asked. */
  readonly terminal?: AtTerminal;
  /** The hosts that may ask, and the login name on those that do not say one. */
  readonly hosts: readonly Host[];
  readonly user: string;
  /** Told of each secret before it is used. */
  readonly learn: (secret: string) => void;
  /** What was typed in the same sitting. Absent: nothing was. */
  readonly remembered?: Remembered;
  /** Takes open questions back, and leaves all later ones without an answer. */
  readonly withdrawn: AbortSignal;
}

/** Answers what hosts ask: by the commands that the flags name, else by whoever sits at the terminal. */
export function createAsker(options: AskerOptions): Asker {
  const { flags, commands, terminal, learn, withdrawn, remembered } = options;
  const tried = new Map<string, TriedAnswers>();
  const fromCommand = new Map<string, string>();
  const isWrong = new Set<string>();
  const trust = terminal && new TrustQuestions(terminal, withdrawn);

  const typed = (question: Named): TriedAnswers => {
    const id = JSON.stringify([question.about, question.about === "passphrase" ? question.file : question.user]);
    const known = tried.get(id) ?? new TriedAnswers(undefined, remembered?.answersTo(id));
    tried.set(id, known);
    return known;
  };
  const ask = async (
    about: string,
    signal: AbortSignal,
    { lines = [], echo = false }: { readonly lines?: readonly string[]; readonly echo?: boolean } = {},
  ): Promise<string | undefined> => {
    if (terminal === undefined || signal.aborted) return undefined;
    const check = (answer: string): string | undefined => (answer === "" ? "nothing typed (Ctrl-C: none)" : undefined);
    return askAtTerminal(terminal, "secret", (prompter) => {
      prompter.say(...lines);
      return echo ? prompter.text(about, check, signal) : prompter.secret(about, check, signal);
    });
  };
  const learnt = (answer: string | undefined): string | undefined => {
    if (answer !== undefined) learn(answer);
    return answer;
  };

  return {
    async secret(question, signal) {
      if (question.about === "prompt") {
        const { user, host, text, echo } = question;
        const [last = "", ...above] = promptLines(text).toReversed();
        const lines = [`${user}@${host.name} asks:`, ...above.toReversed().map((line) => `  ${line}`)];
        const answer = await ask(last, AbortSignal.any([signal, withdrawn]), { lines, echo });
        return echo ? answer : learnt(answer);
      }
      const command = commandFor(flags, question);
      if (command !== undefined) {
        if (isWrong.has(subject(question))) return undefined;
        const answer = await commands.answer(command, answerFor(question));
        fromCommand.set(subject(question), answer);
        return learnt(answer);
      }
      // Several hosts may wait for one answer: that one of them is given up takes nothing back.
      const askFor: AskFor = (again) => ask(wording(question, again, options), withdrawn);
      return learnt(await typed(question).get(subject(question), askFor));
    },
    right(question) {
      if (question.about !== "prompt") typed(question).right(subject(question));
    },
    wrong(question) {
      if (question.about === "prompt") return;
      if (fromCommand.has(subject(question))) isWrong.add(subject(question));
      typed(question).wrong(subject(question));
    },
    async trust(question, signal) {
      return trust?.ask(question, signal);
    },
  };
}

/** The server's words are data: nothing of them moves the cursor. */
function promptLines(text: string): readonly string[] {
  return neutralize(text)
    .split("\n")
    .map((line) => line.trimEnd().slice(0, PROMPT_CHARACTERS))
    .filter((line) => line !== "")
    .slice(-PROMPT_LINES);
}

type Named = Exclude<SecretQuestion, { readonly about: "prompt" }>;

/** What has an answer of its own: a key file, or a user of a host. */
function subject(question: Named): string {
  return question.about === "passphrase"
    ? question.file
    : JSON.stringify([question.about, question.host.name, question.user]);
}

function commandFor(flags: SecretFlags, { about }: Named): AnswerCommand | undefined {
  const [flag, command] = {
    sudo: ["--sudo-password-from", flags.sudoPasswordFrom] as const,
    login: ["--password-from", flags.passwordFrom] as const,
    passphrase: ["--passphrase-from", flags.passphraseFrom] as const,
  }[about];
  return command === undefined ? undefined : { flag, command };
}

function answerFor(question: Named): AnswerFor {
  return question.about === "passphrase"
    ? { WAYMARK_KEY: question.file }
    : { WAYMARK_HOST: question.host.name, WAYMARK_USER: question.user };
}

/** A question as it stands on the terminal; `sudo password of ops (pi-w[1-3]):`, for which hosts the answer will be used. */
function wording(question: Named, again: Parameters<AskFor>[0], { hosts, user }: AskerOptions): string {
  const wrong = again === "mistyped" ? "That was wrong. " : "";
  if (question.about === "passphrase") return `${wrong}passphrase of ${question.file}:`;
  const { about, host } = question;
  const what = about === "sudo" ? "sudo password" : "password";
  if (again === "here") return `That is wrong on ${host.name}. ${what} of ${question.user} there:`;
  const alike = hosts.filter((other) => (other.user ?? user) === question.user).map(({ name }) => name);
  const served = alike.includes(host.name) ? countHosts(alike) : `${host.name}${hosts.length > 1 ? " and others" : ""}`;
  return `${wrong}${what} of ${question.user} (${served}):`;
}
