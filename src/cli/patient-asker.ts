import type { Asker, HostKeyQuestion, SecretQuestion } from "../transport/asker.ts";

interface Deadline {
  readonly ms: number;
  readonly over: AbortController;
  timer: NodeJS.Timeout;
}

/** Asks through another one, and keeps account of it: which hosts want a sudo password, and whether somebody is being asked. */
export class PatientAsker implements Asker {
  readonly #asker: Asker;
  readonly #isToBeAsked: (question: SecretQuestion) => boolean;
  readonly #deadlines = new Set<Deadline>();
  readonly #sudo = new Set<string>();
  #asking = 0;

  /** @param isToBeAsked whether a question may be asked at all */
  constructor(asker: Asker, isToBeAsked: (question: SecretQuestion) => boolean = () => true) {
    this.#asker = asker;
    this.#isToBeAsked = isToBeAsked;
  }

  get isAsking(): boolean {
    return this.#asking > 0;
  }

  /** Whether sudo has asked for a password there. */
  wantsSudo(host: string): boolean {
    return this.#sudo.has(host);
  }

  async secret(question: SecretQuestion, signal: AbortSignal): Promise<string | undefined> {
    if (question.about === "sudo") this.#sudo.add(question.host.name);
    if (!this.#isToBeAsked(question)) return undefined;
    return this.#during(this.#asker.secret(question, signal));
  }

  right(question: SecretQuestion): void {
    this.#asker.right(question);
  }

  wrong(question: SecretQuestion): void {
    this.#asker.wrong(question);
  }

  trust(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean | undefined> {
    return this.#during(this.#asker.trust(question, signal));
  }

  /** Aborted after so long in which nobody is asked anything: a person takes the time that they need. */
  timeout(ms: number): AbortSignal {
    const over = new AbortController();
    const deadline = { ms, over, timer: this.#start(ms, over) };
    this.#deadlines.add(deadline);
    over.signal.addEventListener("abort", () => this.#deadlines.delete(deadline));
    return over.signal;
  }

  async #during<T>(question: Promise<T>): Promise<T> {
    if (this.#asking++ === 0) for (const { timer } of this.#deadlines) clearTimeout(timer);
    try {
      return await question;
    } finally {
      if (--this.#asking === 0) {
        for (const deadline of this.#deadlines) deadline.timer = this.#start(deadline.ms, deadline.over);
      }
    }
  }

  #start(ms: number, over: AbortController): NodeJS.Timeout {
    const timer = setTimeout(() => over.abort(new DOMException("it took too long", "TimeoutError")), ms);
    timer.unref();
    if (this.#asking > 0) clearTimeout(timer);
    return timer;
  }
}
