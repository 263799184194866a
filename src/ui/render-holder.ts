import type { Holder } from "../model/event.ts";
import { compressHosts } from "../story/compress-hosts.ts";
import { formatMoment } from "../story/format-time.ts";
import type { RunView } from "../story/run-fold.ts";
import { oneLine } from "../story/terminal-text.ts";

/**
 * Who has a host: `run 20261123-0210 of ops@laptop since 02:11 (renewed 5 s ago)`. What a lease says is anybody's text.
 * @param at when it was asked; ISO 8601
 */
export function holderWords({ run, owner, state, since, renewedMs = 0 }: Holder, at: string): string {
  const more = {
    connected: `renewed ${Math.round(renewedMs / 1000)} s ago`,
    "at work": "gone, but something that it began there is still at work",
    restarted: "the host was restarted a moment ago",
  };
  const from = since === undefined ? "" : ` since ${timeOf(since, at)}`;
  return oneLine(`run ${run} of ${owner}${from} (${more[state]})`);
}

/** What the run waits for, by the run that it waits for. */
export function heldLines({ held, updated }: Pick<RunView, "held" | "updated">): readonly string[] {
  return [...Map.groupBy(held.values(), ({ holder }) => holder.run)].map(([, alike]) => {
    const hosts = [...new Set(alike.map(({ host }) => host))];
    const [first] = alike;
    const { length } = hosts;
    const names = length === 0 ? "" : compressHosts(hosts);
    return `${names} ${length === 1 ? "is" : "are"} held by ${first === undefined ? "" : holderWords(first.holder, updated)}`;
  });
}

/** The time of day; with the date where that is another. In the reader's time zone. */
function timeOf(iso: string, at: string): string {
  const [moment, now] = [formatMoment(iso), formatMoment(at)];
  const [date = "", time = ""] = moment.split(" ");
  return now.startsWith(date) ? time : moment;
}
