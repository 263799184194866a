import { plural } from "../../story/plural.ts";
import { moment, type Words } from "../words/words.ts";
import type { Verified } from "./verified-of.ts";

/** What a run has shown about the guide of a page. */
export interface PageVerified {
  readonly by: Verified;
  /** It used this very text. */
  readonly current: boolean;
}

/** When the guide was run last, where, and how that ended. */
export function verifiedWords({ by, current }: PageVerified): Words {
  const { status, at, hosts, systems, waymark } = by;
  const deed = { passed: "Last verified", partial: "Last verified in part", failed: "Last tried, and failed," }[status];
  const where = systems.length === 0 ? "" : ` (${systems.join(", ")})`;
  const text = current ? "" : ", with an earlier text of this guide";
  return [`${deed} `, moment(at), ` on ${plural(hosts, "host")}${where}, by Waymark ${waymark}${text}.`];
}

/** How a step ended then; nothing where it was not run. Of another text nothing is said: its step may have been another. */
export function verifiedStepWords(verified: PageVerified | undefined, id: string): Words | undefined {
  const step = verified?.current === true ? verified.by.steps.find((one) => one.id === id) : undefined;
  if (step?.at === undefined || (step.status !== "passed" && step.status !== "failed")) return undefined;
  const words = step.status === "passed" ? `Passed on ${plural(step.hosts, "host")}` : "Failed";
  return [`${words}, `, moment(step.at), "."];
}
