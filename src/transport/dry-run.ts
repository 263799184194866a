import type { Job, JobEnd, OutputSink, Session, Transport } from "../engine/ports.ts";

const NEVER_ASKED = "a dry run asks for nothing that was begun";

/**
 * A transport that reaches hosts and looks at them, and does nothing there (`--dry-run`). A job that can say what it
 * would do (`Job.preview`) is asked; every other only says that it would run. What looking needs on a host is removed
 * again, unless an earlier part of the run keeps things in the same place.
 *
 * @param fresh token of a run that has nothing on its hosts
 */
export function dryRun(transport: Transport, fresh?: string): Transport {
  return {
    async open(host, signal) {
      return drySession(await transport.open(host, signal), fresh);
    },
    close: () => transport.close(),
  };
}

function drySession(session: Session, fresh: string | undefined): Session {
  return {
    host: session.host,
    user: session.user,
    ...(session.note !== undefined && { note: session.note }),
    boot: session.boot,
    folder: session.folder,
    facts: (signal) => session.facts(signal),
    look: (command, signal) => session.look(command, signal),
    files: {
      list: (query, signal) => session.files.list(query, signal),
      read: (files, signal) => session.files.read(files, signal),
      write: () => Promise.resolve(),
    },
    run: (job, _from, sink, signal) => preview(session, job, sink, signal),
    attach: () => Promise.resolve({ type: "unknown", reason: NEVER_ASKED }),
    interact: (job, _lend, _hangUp, signal) => preview(session, job, () => {}, signal),
    shell: () => Promise.resolve({ type: "refused", reason: "a dry run opens no shell" }),
    reboot: () => Promise.resolve({ type: "refused", reason: "a dry run reboots nothing" }),
    cancel: () => Promise.resolve("unknown"),
    clean: () => Promise.resolve(),
    settle: () => Promise.resolve(),
    release: () => Promise.resolve(),
    async close() {
      if (fresh !== undefined) await session.clean(fresh).catch(() => undefined);
      await session.close();
    },
  };
}

async function preview(session: Session, job: Job, sink: OutputSink, signal: AbortSignal): Promise<JobEnd> {
  if (job.preview === undefined) {
    sink("stdout", Buffer.from("would run\n"));
    return { type: "ended", end: "exited", exit: 0, durationMs: 0 };
  }
  const { exit, stdout, stderr } = await session.look(job.preview, signal);
  sink("stdout", Buffer.from(stdout));
  sink("stderr", Buffer.from(stderr));
  return { type: "ended", end: "exited", exit, durationMs: 0 };
}
