import { plural } from "../../story/plural.ts";
import { moment, type Words } from "../words/words.ts";
import type { Verified, VerifiedSystem } from "./verified-of.ts";

/** What is known of the guide of a page. */
export interface PageVerified {
  readonly by: Verified;
  /** It is about this very text. */
  readonly current: boolean;
}

/** When the guide was verified last, where, and how that ended. */
export function verifiedWords({ by, current }: PageVerified): Words {
  const { status, at, ran, waymark } = by;
  const deed = { passed: "Last verified", partial: "Last verified in part", failed: "Last tried, and failed," }[status];
  const run: Words = ran === undefined || ran.slice(0, 10) === at.slice(0, 10) ? [] : [" (run ", moment(ran), ")"];
  const text = current ? "" : ", with an earlier text of this guide";
  return [`${deed} `, moment(at), ...run, ` on ${where(by)}, by Waymark ${waymark}${text}.`];
}

/** `3 hosts with Debian GNU/Linux 12 (bookworm) aarch64`; where not all hosts are alike, how many are what. */
function where({ hosts, systems }: Verified): string {
  const [first] = systems;
  const all = plural(hosts, "host");
  const what = ({ os, arch }: VerifiedSystem): string => [os, arch].filter(Boolean).join(" ");
  if (first === undefined) return all;
  if (first.hosts === hosts) return `${all} with ${what(first)}`;
  return `${all} (${systems.map((system) => `${system.hosts} with ${what(system)}`).join(", ")})`;
}

/** How a step ended then; nothing where it was not run. Of another text nothing is said: its step may have been another. */
export function verifiedStepWords(verified: PageVerified | undefined, id: string): Words | undefined {
  const step = verified?.current === true ? verified.by.steps.find((one) => one.id === id) : undefined;
  if (step?.at === undefined || (step.status !== "passed" && step.status !== "failed")) return undefined;
  const words = step.status === "passed" ? `Passed on ${plural(step.hosts, "host")}` : "Failed";
  return [`${words}, `, moment(step.at), "."];
}
