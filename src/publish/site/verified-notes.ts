import type { Element } from "hast";
import { h } from "hastscript";
import { plural } from "../../story/plural.ts";
import type { Verified } from "../verified/verified-of.ts";

/** What a run has shown about the guide of a page. */
export interface PageVerified {
  readonly by: Verified;
  /** It used this very text. */
  readonly current: boolean;
}

/** When the guide was run last, where, and how that ended. @param picture the address of its badge */
export function verifiedNote({ by, current }: PageVerified, picture: string): Element {
  const { status, at, hosts, systems, waymark } = by;
  const deed = { passed: "Last verified", partial: "Last verified in part", failed: "Last tried, and failed," }[status];
  const where = systems.length === 0 ? "" : ` (${systems.join(", ")})`;
  const text = current ? "" : ", with an earlier text of this guide";
  return h("p", { className: ["verified"] }, [
    h("img", { src: picture, alt: "", height: 20 }),
    ` ${deed} `,
    h("time", { dateTime: at }, at.slice(0, 10)),
    ` on ${plural(hosts, "host")}${where}, by Waymark ${waymark}${text}.`,
  ]);
}

/** How a step ended then. Of another text nothing is said: the step may have done something else. */
export function verifiedStepNote(verified: PageVerified | undefined, id: string): readonly Element[] {
  const step = verified?.current === true ? verified.by.steps.find((one) => one.id === id) : undefined;
  if (step?.at === undefined || (step.status !== "passed" && step.status !== "failed")) return [];
  const words = step.status === "passed" ? `Passed on ${plural(step.hosts, "host")}` : "Failed";
  const day = h("time", { dateTime: step.at }, step.at.slice(0, 10));
  return [h("p", { className: ["note", "verified"] }, [`${words}, `, day, "."])];
}
