import {
  ConnectError,
  ConnectionLost,
  type FileAccess,
  type InteractEnd,
  type Job,
  type JobEnd,
  type JobKey,
  type LendTerminal,
  type Look,
  type Offsets,
  type OutputSink,
  type RebootOrder,
  type Session,
  type Settled,
  type ShellEnd,
  type Transport,
} from "../../../src/engine/ports.ts";
import type { Facts, Host } from "../../../src/model/inventory.ts";

/** What a script does when it really runs. Scripts are known by their code. */
export interface Behaviour {
  readonly stdout?: string;
  readonly exit?: number;
  /** The connection dies once so many bytes were delivered: one entry for each follower. */
  readonly losesAt?: readonly number[];
  /** The host is never seen again after the first loss. */
  readonly thenDown?: boolean;
  readonly end?: JobEnd;
  /** It goes on until it is cancelled. */
  readonly endless?: boolean;
  /** Called when it runs, before anything is printed. */
  readonly onRun?: () => void;
  /** Called before each loss. */
  readonly onLoss?: () => void;
  /** The host hangs up when a terminal is asked for. */
  readonly hasNoTerminal?: boolean;
  /** What it does when its terminal is taken away: by default it ends. */
  readonly onHangUp?: "goes on";
  /** What cancelling comes to. */
  readonly settles?: Settled;
  /** Its host reboots: `under` it, so that nobody knows how it ended, or once it has ended. */
  readonly reboots?: "under" | "behind";
}

interface Capsule {
  readonly job?: Job;
  readonly losses: number[];
  readonly over: PromiseWithResolvers<JobEnd>;
}

export const FACTS: Facts = {
  os: { id: "debian", like: "", version: "12", name: "Debian" },
  arch: "x86_64",
  kernel: "6.1",
  hostname: "h",
  user: "pi",
};

/** Of the runs on them. */
export const FAKE_TOKEN = "0123456789abcdef";

/** Hosts in memory: their capsules outlive every session and every driver, as those on real hosts do. */
export class FakeHosts implements Transport {
  /** By the code of the script. */
  readonly behaviours = new Map<string, Behaviour>();
  /** What every other script does. */
  always: (job: Job) => Behaviour = () => ({});
  readonly down = new Set<string>();
  /** `code host`, in the order run: everything that really happened. */
  readonly executed: string[] = [];
  /** What was asked of hosts, in order. */
  readonly asked: string[] = [];
  /** Hosts that others may have. */
  readonly released: string[] = [];
  readonly environments: Readonly<Record<string, string>>[] = [];
  /** Every job that really ran, and every look. */
  readonly jobs: Job[] = [];
  readonly looked: Look[] = [];
  /** Exit statuses of looks, by code; others are false. */
  readonly looks = new Map<string, number>();
  /** What looks print, by code. */
  readonly seen = new Map<string, string>();
  /** Sessions open now. */
  readonly sessions = new Set<Session>();
  /** By host where the run has its folder: that folder's name. */
  readonly folders = new Map<string, string>();
  private made = 0;
  /** How often each host was booted, less one. */
  readonly boots = new Map<string, number>();
  /** Tries to connect that a host refuses after it was rebooted. */
  startsUpIn = 2;
  /** What it meets them with: some let nobody in until they have come up. */
  startsUpWith: "silence" | "refused logins" = "silence";
  /** What becomes of orders to reboot. */
  orders: (host: string) => RebootOrder = () => ({ type: "going" });
  /** The connection dies before the host gets such an order. */
  losesOrders: () => boolean = () => false;
  private readonly starting = new Map<string, number>();
  factsFail = 0;
  /** Hosts that never say what they are. */
  readonly silent = new Set<string>();
  closed = 0;
  private readonly capsules = new Map<string, Capsule>();

  async open(host: Host, signal: AbortSignal): Promise<Session> {
    await Promise.resolve();
    signal.throwIfAborted();
    this.asked.push(`open ${host.name}`);
    const tries = this.starting.get(host.name) ?? 0;
    if (tries > 0) this.starting.set(host.name, tries - 1);
    if (this.down.has(host.name) || tries > 0) {
      throw new ConnectError("WM5001", `${host.name} refused the connection`, {
        hint: "is it up?",
        retryable: tries === 0 || this.startsUpWith === "silence",
      });
    }
    const session = new FakeSession(host, this);
    this.sessions.add(session);
    return session;
  }

  boot(host: string): string {
    return `boot ${this.boots.get(host) ?? 0} of ${host}`;
  }

  /** The host boots anew: all sessions are lost, and it is away for a while. */
  restart(host: string): void {
    this.boots.set(host, (this.boots.get(host) ?? 0) + 1);
    this.starting.set(host, this.startsUpIn);
  }

  /** One that was away is there again. */
  comeUp(host: string): void {
    this.starting.delete(host);
  }

  behaviourOf(job: Job | undefined): Behaviour {
    return job === undefined ? {} : (this.behaviours.get(job.code) ?? this.always(job));
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }

  /** What goes on comes to its end. */
  finish(code: string, exit: number): void {
    for (const { job, over } of this.capsules.values()) {
      if (job?.code === code) over.resolve({ type: "ended", end: "exited", exit, durationMs: 5 });
    }
  }

  /** What runs on a host fails at last. */
  end(host: string): void {
    for (const { job, over } of this.capsules.values()) {
      if (job?.key.host === host) over.resolve({ type: "ended", end: "exited", exit: 1, durationMs: 5 });
    }
  }

  /** What the run keeps on a host is gone, and its folder with it. */
  wipe(host: string): void {
    this.capsules.clear();
    this.folders.delete(host);
  }

  /** No job has ever run on the hosts. */
  forget(): void {
    this.capsules.clear();
  }

  /** The run's folder, which is made where there is none. */
  folder(host: string): string {
    const known = this.folders.get(host) ?? `folder ${++this.made}`;
    this.folders.set(host, known);
    return known;
  }

  capsule(key: JobKey): Capsule | undefined {
    return this.capsules.get(nameOf(key));
  }

  claim(key: JobKey, job?: Job): Capsule {
    const behaviour = this.behaviourOf(job);
    const capsule: Capsule = {
      ...(job !== undefined && { job }),
      losses: [...(behaviour.losesAt ?? [])],
      over: Promise.withResolvers<JobEnd>(),
    };
    this.capsules.set(nameOf(key), capsule);
    if (job === undefined) capsule.over.resolve({ type: "refused", reason: "it was set aside" });
    else {
      this.executed.push(`${job.code.trim()} ${key.host}`);
      this.environments.push(job.env);
      this.jobs.push(job);
      if (behaviour.reboots !== undefined) this.restart(key.host);
      const lost: JobEnd = { type: "unknown", reason: "its host was restarted" };
      const end = behaviour.end ??
        (behaviour.reboots === "under" ? lost : undefined) ?? {
          type: "ended",
          end: "exited",
          exit: behaviour.exit ?? 0,
          durationMs: 5,
        };
      if (behaviour.endless !== true) capsule.over.resolve(end);
      behaviour.onRun?.();
    }
    return capsule;
  }
}

const noFiles = (): never => {
  throw new Error("these hosts have no files");
};
const NO_FILES: FileAccess = { list: noFiles, read: noFiles, write: noFiles };

class FakeSession implements Session {
  readonly files = NO_FILES;
  readonly host: Host;
  readonly user = "pi";
  readonly boot: string;
  readonly folder: string;
  private readonly world: FakeHosts;

  constructor(host: Host, world: FakeHosts) {
    this.host = host;
    this.world = world;
    this.boot = world.boot(host.name);
    this.folder = world.folder(host.name);
  }

  /** A session does not outlive its boot. */
  private alive(): void {
    if (this.boot !== this.world.boot(this.host.name)) throw new ConnectionLost("cut");
  }

  async reboot(boot: string): Promise<RebootOrder> {
    await Promise.resolve();
    this.alive();
    if (this.world.losesOrders()) throw new ConnectionLost("cut");
    this.world.asked.push(`reboot ${this.host.name}`);
    if (boot !== this.boot) return { type: "rebooted" };
    const order = this.world.orders(this.host.name);
    if (order.type === "going") this.world.restart(this.host.name);
    return order;
  }

  async facts(signal?: AbortSignal): Promise<Facts> {
    await Promise.resolve();
    this.alive();
    if (this.world.silent.has(this.host.name)) {
      const never = Promise.withResolvers<never>();
      signal?.addEventListener("abort", () => never.reject(signal.reason as Error));
      await never.promise;
    }
    if (this.world.factsFail-- > 0) return Promise.reject(new ConnectionLost("cut"));
    return Promise.resolve(FACTS);
  }

  async run(job: Job, from: Offsets, sink: OutputSink, signal: AbortSignal): Promise<JobEnd> {
    this.alive();
    this.world.asked.push(`run ${this.host.name}`);
    job.background?.onGoing();
    return this.follow(this.world.capsule(job.key) ?? this.world.claim(job.key, job), from, sink, signal);
  }

  async attach(key: JobKey, from: Offsets, sink: OutputSink, signal: AbortSignal): Promise<JobEnd> {
    this.alive();
    this.world.asked.push(`attach ${this.host.name}`);
    return this.follow(this.world.capsule(key) ?? this.world.claim(key), from, sink, signal);
  }

  async interact(
    job: Job,
    lend: LendTerminal | undefined,
    hangUp: AbortSignal,
    signal: AbortSignal,
  ): Promise<InteractEnd> {
    this.world.asked.push(`interact ${this.host.name}`);
    if (this.world.behaviourOf(job).hasNoTerminal === true) throw new ConnectionLost("cut");
    const known = this.world.capsule(job.key);
    if (known === undefined && (lend === undefined || hangUp.aborted)) return { type: "not-begun" };
    const capsule = known ?? this.world.claim(job.key, job);
    const gone = Promise.withResolvers<InteractEnd>();
    const { onHangUp } = this.world.behaviourOf(job);
    const hang = (): void => {
      if (onHangUp === "goes on") gone.resolve({ type: "left" });
      else capsule.over.resolve({ type: "ended", end: "cancelled", exit: 129, durationMs: 5 });
    };
    hangUp.addEventListener("abort", hang);
    if (known === undefined) {
      await lend?.(async () => {
        await Promise.race([capsule.over.promise, gone.promise]);
      });
    }
    return Promise.race([this.follow(capsule, { stdout: 0, stderr: 0 }, () => undefined, signal), gone.promise]);
  }

  async shell(): Promise<ShellEnd> {
    return { type: "refused", reason: "nobody has a shell here" };
  }

  private async follow(capsule: Capsule, from: Offsets, sink: OutputSink, signal: AbortSignal): Promise<JobEnd> {
    await Promise.resolve();
    signal.throwIfAborted();
    const behaviour = this.world.behaviourOf(capsule.job);
    if (behaviour.reboots === "under") this.alive();
    const output = Buffer.from(capsule.job === undefined ? "" : (behaviour.stdout ?? ""));
    const loss = capsule.losses.shift();
    if (loss !== undefined) {
      if (loss > from.stdout) sink("stdout", output.subarray(from.stdout, loss));
      behaviour.onLoss?.();
      if (behaviour.thenDown === true) this.world.down.add(this.host.name);
      throw new ConnectionLost("cut");
    }
    sink("stdout", output.subarray(from.stdout));
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => aborted.reject(signal.reason as Error));
    return Promise.race([capsule.over.promise, aborted.promise]);
  }

  cancel(key: JobKey): Promise<Settled> {
    this.world.asked.push(`cancel ${this.host.name}`);
    const capsule = this.world.capsule(key) ?? this.world.claim(key);
    const { settles = "ended" } = this.world.behaviourOf(capsule.job);
    if (settles === "ended") capsule.over.resolve({ type: "ended", end: "cancelled", exit: 143, durationMs: 5 });
    return Promise.resolve(settles);
  }

  look(look: Look): Promise<{ exit: number; stdout: string; stderr: string }> {
    const { code } = look;
    this.world.looked.push(look);
    const stdout = this.world.seen.get(code) ?? "";
    return Promise.resolve({ exit: this.world.looks.get(code) ?? 1, stdout, stderr: "" });
  }

  clean(token: string): Promise<void> {
    const which = token === FAKE_TOKEN ? "" : ` of ${token}`;
    this.world.asked.push(`clean ${this.host.name}${which}`);
    return Promise.resolve();
  }

  settle(): Promise<void> {
    this.world.asked.push(`settle ${this.host.name}`);
    return Promise.resolve();
  }

  release(): Promise<void> {
    this.world.released.push(this.host.name);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.world.sessions.delete(this);
    return Promise.resolve();
  }
}

function nameOf({ token, host, task, attempt }: JobKey): string {
  return [token, host, task, attempt].join("/");
}
