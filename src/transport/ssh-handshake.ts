import ssh2 from "ssh2";
import type { ConnectError } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { HostKeyGuard } from "./host-key-guard.ts";
import type { CheckedHost } from "./host-key-guard.ts";
import { recordOf } from "./known-hosts.ts";
import { algorithms } from "./ssh-algorithms.ts";
import { useKeyObjects } from "./ssh-cipher-keys.ts";
import type { Login } from "./ssh-authentication.ts";
import * as errors from "./ssh-errors.ts";
import type { ConnectStage } from "./ssh-errors.ts";
import { WayLost } from "./ssh-forwarding.ts";
import { directLine } from "./ssh-line.ts";
import type { Line } from "./ssh-line.ts";
import type { SshLimits } from "./ssh-options.ts";

export interface Handshake extends CheckedHost {
  readonly user: string;
  readonly login: Login;
  readonly limits: SshLimits;
  /** Through another host; absent: directly. */
  readonly line?: Line;
  /** Socket of an SSH agent that programs there may use. Absent: none. */
  readonly forwardedAgent?: string;
}

/** A login that worked. ssh2 never closes a line whose other end is silent, so the line stays at hand. */
export interface LoggedIn {
  readonly client: ssh2.Client;
  readonly line: Line;
  /** There is an agent that programs there may use. */
  readonly forwardsAgent: boolean;
}

/**
 * Connects, checks the host key, logs in; all of it within `limits.connectMs`, less the time in which somebody is asked.
 *
 * ssh2 takes a host key for good unless its verifier returns `false` itself, at once. So everything the decision needs
 * is read beforehand, the verifier is synchronous and returns nothing but `true` or `false`, and it decides again
 * whenever keys are exchanged anew.
 * @throws {ConnectError} or the signal's reason
 */
export function shakeHands(handshake: Handshake, signal: AbortSignal): Promise<LoggedIn> {
  const { host, user, login, hostKeys, limits, forwardedAgent } = handshake;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const client = new ssh2.Client();
    const line = handshake.line ?? directLine(host);
    const guard = new HostKeyGuard(handshake);
    const record = recordOf(host);
    let stage: ConnectStage = handshake.line === undefined ? "connecting" : "greeting";
    let over = false;

    const finish = () => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    // The first cause wins: what comes after it is its echo.
    const fail = (error: unknown) => {
      if (over) return;
      finish();
      reject(error instanceof Error ? error : new Error(String(error)));
      // Lets a last message (why we hang up) leave.
      line.end();
      setTimeout(() => line.destroy(), 100).unref();
    };
    const abort = () => {
      fail(signal.reason);
      line.destroy();
    };
    const late = () => {
      fail(errors.timedOut(host, stage, limits.connectMs));
      line.destroy();
    };
    let timer = setTimeout(late, limits.connectMs);
    // A person takes the time that they need; the host has a limit of its own (`LoginGraceTime`).
    login.onWaiting((waits) => {
      clearTimeout(timer);
      if (!waits && !over) timer = setTimeout(late, limits.connectMs);
    });
    signal.addEventListener("abort", abort, { once: true });

    line.once("connect", () => (stage = "greeting"));
    client.on("handshake", () => {
      // Only now has the host proved that the key is its own.
      guard.record();
      stage = "authenticating";
    });
    client.on("error", (error: SshError) => {
      if (over || (stage === "authenticating" && isPassing(error))) return;
      fail(guard.refusal ?? explain(host, stage, error, login));
    });
    client.once("close", () => fail(guard.refusal ?? errors.closedEarly(host, stage)));
    client.on("change password", () => fail(errors.passwordExpired(host, user)));
    client.once("ready", () => {
      if (over) return;
      finish();
      login.succeeded();
      client.removeAllListeners("close");
      useKeyObjects(client);
      resolve({ client, line, forwardsAgent: forwardedAgent !== undefined });
    });
    client.connect({
      sock: line,
      username: user,
      // For forwarding only: `authHandler` says what is tried.
      ...(forwardedAgent === undefined ? {} : { agent: forwardedAgent }),
      algorithms: algorithms(hostKeys.known.keyTypes(record.address, record.port)),
      hostVerifier: (key: Buffer): boolean => guard.verify(key),
      authHandler: (left, isPartial, next) =>
        login.try(left, isPartial, (method) => {
          // `false` ends it, which the types do not know.
          if (!over) next(method as ssh2.AnyAuthMethod);
        }),
      readyTimeout: 0,
      keepaliveInterval: limits.keepaliveMs,
      keepaliveCountMax: limits.keepaliveCount,
    });
  });
}

type SshError = Error & ssh2.ClientErrorExtensions & { readonly code?: string | number };

/** One key or the agent did not work out; ssh2 goes on with the next by itself. */
const isPassing = ({ level, message }: SshError): boolean =>
  level === "agent" || (level === "client-authentication" && message.startsWith("Error"));

function explain(host: Host, stage: ConnectStage, error: SshError, login: Login): ConnectError {
  if (error.level === "client-authentication") return login.failure(host);
  if (error instanceof WayLost) return errors.wayLost(host, error);
  if (error.level === "client-socket") {
    const code = String(error.code);
    return stage === "connecting" ? errors.unreachable(host, code, error) : errors.closedEarly(host, stage);
  }
  // A number is the reason of an SSH_MSG_DISCONNECT (RFC 4253, 11.1), the message what the host said.
  if (typeof error.code === "number") {
    const tooMany = stage === "authenticating" && /too many authentication failures/i.test(error.message);
    return tooMany ? login.failure(host) : errors.closedEarly(host, stage, error.message);
  }
  if (error.message === "Connection lost before handshake") return errors.closedEarly(host, stage);
  return errors.handshakeFailed(host, error);
}
