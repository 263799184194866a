import { setTimeout as sleep } from "node:timers/promises";
import type { Job, JobEnd, JobKey } from "../engine/ports.ts";
import { ConnectionLost } from "../engine/ports.ts";
import { WaymarkError } from "../model/errors.ts";
import type { AgentLoop } from "./agent-loop.ts";
import type { AgentPool } from "./agent-pool.ts";
import type { JobOutput } from "./job-output.ts";
import { followRequest, goingRequest, jobDigest, parseAnswer, runRequest, startRequest } from "./job-request.ts";
import type { JobAnswer } from "./job-request.ts";

/**
 * A job that is not over by then is followed while it runs. On a host that was slow to say it is ready that is later:
 * most likely it is busy, and an agent more would make it slower for everybody on it.
 */
const FOLLOW_AFTER_MS = 300;
const FOLLOW_AT_LATEST_MS = 3000;

/**
 * One job, started or found, until it is over. The agent that starts a job supervises it and says how it ended, with
 * all its output if nobody followed it meanwhile; long ones are followed by another agent.
 *
 * Owns the agents that follow; `stop` gives them up, and leaves the supervising one to its job.
 */
export class JobFollowing {
  readonly #pool: AgentPool;
  readonly #key: JobKey;
  readonly #output: JobOutput;
  readonly #followers = new Set<AgentLoop>();
  #stopped = false;

  constructor(pool: AgentPool, key: JobKey, output: JobOutput) {
    this.#pool = pool;
    this.#key = key;
    this.#output = output;
  }

  async run(job: Job): Promise<JobEnd> {
    const digest = jobDigest(job);
    if (job.background !== undefined) return this.#start(job, digest, job.background);
    const over = new AbortController();
    const supervised = this.#pool.with(job.key.user, async (loop) => {
      const data = this.#output.reader({ stdout: 0, stderr: 0 });
      return parseAnswer(await loop.request(runRequest(job), data));
    });
    const followed = this.#followLater(digest, over.signal);
    followed.catch(() => undefined);
    try {
      const answer = await supervised;
      switch (answer.type) {
        case "ended":
          if (answer.followed) break;
          return ended(answer);
        case "refused":
        case "unknown":
          return answer;
        case "unleased":
          throw unleased(this.#key);
        default:
      }
    } finally {
      over.abort();
    }
    const answer = await followed;
    return this.#settled(
      answer === undefined || answer.type === "unclaimed" ? await this.#follow(digest, true) : answer,
    );
  }

  async attach(): Promise<JobEnd> {
    return this.#settled(await this.#follow(undefined, true));
  }

  /** It has a supervisor of its own: nobody but who follows it has to wait. */
  async #start(job: Job, digest: string, { lapseMs, onGoing }: NonNullable<Job["background"]>): Promise<JobEnd> {
    const answer = await this.#pool.with(job.key.user, async (loop) => {
      const known = parseAnswer(await loop.request(startRequest(job, lapseMs)));
      if (known.type === "claimed") await loop.request(goingRequest(job.key));
      return known;
    });
    if (answer.type === "refused") return answer;
    if (answer.type === "unleased") throw unleased(this.#key);
    onGoing();
    return this.#settled(await this.#follow(digest, true));
  }

  stop(): void {
    this.#stopped = true;
    this.#output.mute();
    for (const loop of this.#followers) loop.destroy();
  }

  /** Undefined if `over` came first. */
  async #followLater(digest: string, over: AbortSignal): Promise<JobAnswer | undefined> {
    const delayMs = Math.min(Math.max(FOLLOW_AFTER_MS, this.#pool.startMs), FOLLOW_AT_LATEST_MS);
    for (;;) {
      await sleep(delayMs, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted || this.#stopped) return undefined;
      const answer = await this.#follow(digest, false);
      if (answer.type !== "unclaimed") return answer;
    }
  }

  #follow(digest: string | undefined, aside: boolean): Promise<JobAnswer> {
    return this.#pool.with(this.#key.user, async (loop) => {
      this.#followers.add(loop);
      if (this.#stopped) loop.destroy();
      try {
        const from = this.#output.delivered;
        const request = followRequest(this.#key, { ...from, aside, ...(digest !== undefined && { digest }) });
        return parseAnswer(await loop.request(request, this.#output.reader(from)));
      } finally {
        this.#followers.delete(loop);
      }
    });
  }

  #settled(answer: JobAnswer): JobEnd {
    switch (answer.type) {
      case "ended":
        return ended(answer);
      case "refused":
      case "unknown":
        return answer;
      case "mismatch":
        throw new WaymarkError("WM6001", `another script runs on ${this.#key.host} under the name of this one`, {
          hint: "the run's folder and the host contradict each other; abandon the run and start a new one",
        });
      default:
        throw new Error(`a followed job is ${answer.type}`);
    }
  }
}

function unleased({ host }: JobKey): ConnectionLost {
  return new ConnectionLost(`${host} was not heard of for so long that another run may have it now`);
}

function ended({ followed: _followed, ...end }: Extract<JobAnswer, { type: "ended" }>): JobEnd {
  return end;
}
