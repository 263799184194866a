import { useEffect, useState } from "react";
import type { StepView } from "../../story/run-fold.ts";
import { lineAt } from "../screen/log-lines.ts";
import type { LogWindow } from "../screen/log-window.ts";
import type { Shown } from "../screen/output.ts";
import type { ScreenSource } from "../screen/screen-source.ts";
import type { Around, ScreenState, Wish } from "../screen/screen-state.ts";

/** The log of the one host whose output is shown. */
export interface LogOnScreen {
  /** Its name, where it has begun. */
  readonly host: string | undefined;
  /** The part of the log that is looked at; absent: the end of it, which is at hand. */
  readonly window: LogWindow | undefined;
  /** What has become of the last search, while that is worth a word. */
  readonly said: string | undefined;
  /** Lines of output below what is shown. */
  readonly fromEnd: (output: Shown, height: number) => number;
  /** What moving in it needs to know. */
  readonly around: (output: Shown) => Pick<Around, "log">;
  /** Looks for a text in all of it. @param place where the search begins, in bytes */
  readonly find: (text: string, by: 1 | -1, place: number, height: number) => void;
  readonly stopSearch: () => void;
}

/** @param go moves to what was found */
export function useLog(
  source: ScreenSource,
  known: StepView | undefined,
  chosen: string | undefined,
  state: ScreenState,
  go: (wish: Wish) => void,
): LogOnScreen {
  const host = chosen !== undefined && known?.tasks.has(chosen) === true ? chosen : undefined;
  const log = host === undefined || known === undefined ? undefined : (): LogWindow => source.log(known.id, host);
  const { logTop } = state;
  const window = logTop === undefined ? undefined : log?.();
  const [search, setSearch] = useState<{ readonly of: LogWindow; readonly said: string }>();
  useEffect(() => {
    if (logTop !== undefined) void window?.show(logTop);
  });
  return {
    host,
    window,
    said: search !== undefined && search.of === log?.() ? search.said : undefined,
    fromEnd({ lines, places = [], fromTop }, height) {
      const most = Math.max(0, lines.length - height);
      if (logTop !== undefined && host !== undefined) return Math.max(0, most - lineAt(places, logTop));
      return state.fromEnd ?? (fromTop ? most : 0);
    },
    around: ({ places, partial = false }) =>
      host === undefined || places === undefined ? {} : { log: { places, atEnd: !partial } },
    find(text, by, place, height) {
      const of = log?.();
      if (of === undefined || text === "") return;
      setSearch({ of, said: `looking for '${text}'` });
      const nowhere = (): void => setSearch({ of, said: `no '${text}' in the log` });
      of.find(text, place, by, Math.floor(height / 3)).then((found) => {
        if (found === undefined) return;
        if (found === "nowhere") return nowhere();
        setSearch(undefined);
        go({ to: "log", ...found });
      }, nowhere);
    },
    stopSearch() {
      search?.of.stopSearch();
      setSearch(undefined);
    },
  };
}
