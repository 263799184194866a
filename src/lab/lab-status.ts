import { connect } from "node:net";
import type { LabHost } from "./lab-layout.ts";
import { readState } from "./lab-state.ts";
import type { LabServer } from "./lab-state.ts";

export interface LabStatus {
  readonly server: LabServer;
  readonly hosts: readonly (LabHost & { readonly answers: boolean })[];
}

const ANSWER_MS = 2000;
const AT_ONCE = 32;

/**
 * Asks every host of a lab for its SSH banner (RFC 4253, 4.2).
 * @returns `undefined` where there is no lab
 */
export async function labStatus({ dir }: { readonly dir: string }): Promise<LabStatus | undefined> {
  const state = await readState(dir);
  if (state === undefined) return undefined;
  const answers = new Map<string, boolean>();
  const queue = state.hosts.values();
  const ask = async () => {
    for (const host of queue) answers.set(host.name, await speaksSsh(host));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return {
    server: state.server,
    hosts: state.hosts.map((host) => ({ ...host, answers: answers.get(host.name) ?? false })),
  };
}

function speaksSsh({ address, port }: LabHost): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const answer = (is: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(is);
    };
    const timer = setTimeout(() => answer(false), ANSWER_MS);
    socket.once("data", (chunk) => answer(chunk.toString("latin1").startsWith("SSH-2.0-")));
    socket.once("error", () => answer(false));
    socket.once("close", () => answer(false));
  });
}
