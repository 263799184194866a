/*
 * What the screen is made of, and what keys do to it. Where its pieces come from is in hooks/ and screen/, how they look in
 * components/. Longer than most files, since every piece is named here once.
 */
import { useApp, useIsScreenReaderEnabled, useWindowSize } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { Drawn } from "./components/drawn.tsx";
import { isSmallWindow, SmallWindow } from "./components/small-window.tsx";
import { Spoken } from "./components/spoken.tsx";
import { useAttention } from "./hooks/use-attention.ts";
import { useClock } from "./hooks/use-clock.ts";
import { useGuide } from "./hooks/use-guide.ts";
import { useJournal } from "./hooks/use-journal.ts";
import { useKeys } from "./hooks/use-keys.ts";
import { usePreview } from "./hooks/use-preview.ts";
import { useLog } from "./hooks/use-log.ts";
import { useQuestion } from "./hooks/use-question.ts";
import { useRun } from "./hooks/use-run.ts";
import { type Aside, type Deed, deedOf, type Situation } from "./screen/deeds.ts";
import { badHosts, exceptionsFirst } from "./screen/exceptions.ts";
import { type Filter, filteredTitle, filterOf, hostsOfAny, hostsShown, rowsShown } from "./screen/filter.ts";
import { expectedLeft } from "./screen/expected-time.ts";
import { guideTop, stepTitle } from "./screen/guide.ts";
import { headerLine } from "./screen/header.ts";
import { listen } from "./screen/listen.ts";
import { footerLine, helpLines, wishOf } from "./screen/keys.ts";
import { positionsOf, sectionStarts } from "./screen/outline.ts";
import { outputOfAll, outputOfHost, type Shown } from "./screen/output.ts";
import { briefNotice, noticeLines } from "./screen/notice.ts";
import { questionLines, typed } from "./screen/question.ts";
import { linesWith } from "./screen/search.ts";
import { previewOf } from "./screen/step-preview.ts";
import { activeStep, workedMs } from "./screen/progress.ts";
import { type Area, inside, layoutScreen, PREVIEW_SHARE, WIDE } from "./screen/screen-layout.ts";
import type { ScreenSource } from "./screen/screen-source.ts";
import { type Around, FIRST_STATE, followed, moved, turnedToOutput, type ScreenState } from "./screen/screen-state.ts";
import { underCursor } from "./screen/under-cursor.ts";
import { waitsFor } from "./screen/waiting.ts";
import { oneLine } from "../story/terminal-text.ts";
import type { Style } from "./style.ts";

export interface AppProps {
  readonly source: ScreenSource;
  readonly style: Style;
  /** Where the reader begins. */
  readonly first?: Partial<ScreenState>;
  /** Absent: the terminal's. */
  readonly size?: { readonly columns: number; readonly rows: number };
  /** Told what is to be done about the run. Absent: it is run by somebody else. */
  readonly onDeed?: (deed: Deed) => void;
  /** Told what the terminal is wanted for beside that. */
  readonly onAside?: (aside: Aside) => void;
  /** Past everything that is drawn, for what has no place on the screen. */
  readonly write?: (sequence: string) => void;
  /** Told once how to give the terminal away. */
  readonly onReady?: (control: AppControl) => void;
}

/** Said of a search in what several hosts have printed. */
const IN_PART = "only the last lines are looked through";

/** What whoever has opened the screen may do with it. */
export type AppControl = Pick<ReturnType<typeof useApp>, "suspendTerminal">;

/** The guide, read while it runs: a picture of the run's events, that holds nothing but where the reader is. */
export function App({ source, style, first, size, onDeed, onAside, onReady, write }: AppProps): ReactNode {
  const window = useWindowSize();
  const { columns, rows } = size ?? window;
  const { exit, suspendTerminal } = useApp();
  useEffect(() => onReady?.({ suspendTerminal }), [onReady, suspendTerminal]);
  useRun(source);
  const isSpoken = useIsScreenReaderEnabled();
  // A second that goes by is not worth saying.
  useClock(source.live && !isSpoken);
  const [state, setState] = useState<ScreenState>({ ...FIRST_STATE, ...first });
  const { mode, pane, cursor, host } = state;
  const { plan, view } = source;
  const isOver = view.status === "passed" || view.status === "abandoned";
  const situation: Situation =
    onDeed === undefined || isOver ? "watching" : source.live ? "running" : view.run === "" ? "ready" : "resting";

  const [seen, setSeen] = useState<readonly string[]>([]);
  /** What was looked for and is nowhere: gone with the next key. */
  const [missed, setMissed] = useState<readonly string[]>([]);
  const told = source.notice === seen ? [] : source.notice;
  const notice = missed.length > 0 ? missed : told;
  const brief = briefNotice(style, notice, columns);
  const covers = notice.length > 0 && brief === undefined;
  const { question, asking, ask, soFar, keep } = useQuestion(source);
  const asked = [
    ...(brief ?? []),
    ...(question === undefined ? [] : questionLines(style, question, soFar(), columns, Math.floor(rows / 3))),
  ];
  const height = rows - asked.length;
  const layout = layoutScreen(
    columns,
    height,
    mode,
    covers || state.preview !== undefined ? "output" : pane,
    ...(state.preview === undefined ? [] : [PREVIEW_SHARE]),
  );
  const { framed } = layout;
  const whole: Area = { width: columns, height: Math.max(3, height - 2) };
  const guideArea = inside(layout.guide ?? whole, framed);
  const outputArea = inside(layout.output ?? whole, framed);
  const { steps, outline, hosts: everyHost, lines, places } = useGuide(source, style, guideArea.width);

  const { filter } = state;
  const rowsOfOutline = filter === undefined ? outline : rowsShown(filter, outline, view);
  const allHosts = filter === undefined ? everyHost : hostsOfAny(filter, everyHost, steps, view);

  const active = activeStep(steps, source);
  useEffect(() => {
    // Whoever goes on with it wants to see how it goes on.
    if (source.live) setState((before) => ({ ...before, following: true }));
  }, [source]);
  useEffect(() => setState((before) => followed(before, active, { steps: steps.length })), [active, steps.length]);
  const stuckAt = steps[active];
  const isStuck = situation === "resting" && badHosts(view.steps.get(stuckAt?.id ?? "")).size > 0;
  const hasOnePane = columns < WIDE && !isSpoken;
  useEffect(() => {
    if (isStuck && hasOnePane) setState(turnedToOutput);
  }, [isStuck, hasOnePane]);

  const leftMs = expectedLeft(plan, view, source.earlier, source.now());
  const step = steps[cursor];
  const place = step === undefined ? undefined : places.get(step.id);
  const known = step === undefined ? undefined : view.steps.get(step.id);
  const under = underCursor(plan, view, step, cursor + 1, host);
  usePreview(state.preview !== undefined ? step?.id : undefined, situation, onDeed);
  const itsHosts = step === undefined ? [] : filter === undefined ? step.hosts : hostsShown(filter, step, known);
  const hosts = exceptionsFirst(itsHosts, badHosts(known));
  // One host's output is its log: every line of it can be reached.
  const logged = host ?? (hosts.length === 1 ? hosts[0] : undefined);
  const log = useLog(source, known, logged, state, (wish) => follow(wish));
  const output = outputShown();
  const top = state.guideTop ?? guideTop(lines, place, guideArea.height);
  const fromEnd = log.fromEnd(output, outputArea.height);
  const journal = useJournal(source, style, inside(whole, framed), state);
  const around: Around = {
    steps: steps.length,
    ...(filter !== undefined && { shown: positionsOf(rowsOfOutline) }),
    sections: sectionStarts(rowsOfOutline),
    active,
    hosts,
    guideLines: lines.length,
    guideHeight: guideArea.height,
    guideTop: top,
    outputLines: output.lines.length,
    outputHeight: outputArea.height,
    outputFromEnd: fromEnd,
    ...log.around(output),
    guideMatches: (search) =>
      linesWith(
        lines.map(({ spans }) => spans),
        search,
      ),
    outputMatches: (search) => linesWith(output.lines, search),
    stepOfLine: (row) => {
      const found = steps.findIndex(({ id }) => row < (places.get(id)?.to ?? 0));
      return found < 0 ? undefined : found;
    },
    matrixHosts: allHosts.length,
    matrixHeight: Math.max(1, inside(whole, framed).height - 1),
    helpLines: mode === "help" ? helpLines(style, inside(whole, framed).width, situation).length : 0,
    helpHeight: inside(whole, framed).height,
    journal: journal.around,
  };
  useKeys({
    writes: question?.kind === "text" || question?.kind === "secret",
    press(input, key) {
      // It has been read, whatever is wanted now.
      if (missed.length > 0) setMissed([]);
      else if (brief !== undefined) setSeen(source.notice);
      const said = question === undefined ? undefined : typed(question, soFar(), input, key);
      if (said !== undefined) {
        if (!("answer" in said)) keep(said.draft);
        else if (question === source.question) {
          source.answer(said.answer);
          return true;
        } else {
          const words = String(said.answer);
          if (asking === "find") follow({ to: "match", by: 1, search: words });
          else show(filterOf(words, plan));
          ask(undefined);
        }
        return false;
      }
      if (key.escape && asking !== undefined) ask(undefined);
      else if (key.escape && covers && (mode === "main" || mode === "output")) setSeen(source.notice);
      else if (key.escape && question?.decline !== undefined) question.decline();
      else if (key.escape && log.said !== undefined) log.stopSearch();
      else if (key.escape && state.preview !== undefined) follow({ to: "preview" });
      else if (key.escape && filter !== undefined && mode === "main") show(undefined);
      else return follow(wishOf(input, key, mode, situation, under));
      return false;
    },
  });

  useAttention(
    write,
    `${oneLine(plan.guide.title ?? plan.guide.path)}: ${view.pause?.reason ?? view.status}`,
    source.question === undefined
      ? view.status === "failed" || view.status === "paused"
        ? view.status
        : ""
      : source.question.message,
  );

  if (isSpoken) {
    const guide = lines.map(({ spans }) => spans);
    const shown = { source, steps, leftMs, state, step, known, notice, question, draft: soFar(), situation, under };
    const panes = { hosts: allHosts, layout, guide, place, output: output.lines, journal, around };
    return <Spoken now={listen({ ...shown, ...panes })} />;
  }
  if (isSmallWindow({ columns, rows })) return <SmallWindow columns={columns} rows={rows} />;
  const mayLeave = question !== source.question || question?.decline !== undefined;
  const facts = { plan, view, live: source.live, workedMs: workedMs(source), leftMs, waits: runWaits() };
  return (
    <Drawn
      {...{ style, size: { columns, rows }, layout, whole, state, source, steps, known, asked, situation }}
      header={headerLine(style, facts, columns)}
      footer={footerLine(style, columns, situation, under, question, mayLeave)}
      outline={rowsOfOutline}
      guide={{ lines, step, place, top }}
      output={{ lines: output.lines, fromEnd, title: titleOfOutput(), hosts }}
      matrix={allHosts}
      journal={journal}
    />
  );

  /** What the run waits for somebody for; a shell that asks is none of its business. */
  function runWaits(): Parameters<typeof headerLine>[1]["waits"] {
    const now = steps[active];
    const reason = now === undefined ? undefined : waitsFor(now, view.steps.get(now.id), view);
    const isAsked = source.question !== undefined && source.question.decline === undefined;
    return reason ?? (isAsked ? "answer" : undefined);
  }

  /** What is looked for is looked for in the log that is read. */
  function findsInLog(): boolean {
    const isOutput = mode === "output" || (mode === "main" && pane === "output");
    return isOutput && log.host !== undefined && output.places !== undefined;
  }

  /** Says so where a text is nowhere in what would have been looked through. */
  function missing(search: string): void {
    const isOutput = mode === "output" || (mode === "main" && pane === "output");
    const [find, where] =
      mode === "journal"
        ? ([around.journal.matches, "journal"] as const)
        : isOutput
          ? ([around.outputMatches, "output"] as const)
          : ([around.guideMatches, "guide"] as const);
    if (search !== "" && find(search).length === 0) setMissed([`no '${search}' in the ${where}`]);
  }

  /** Shows what was asked for, and nothing else. */
  function show(wanted: Filter | undefined): void {
    const shown = positionsOf(wanted === undefined ? outline : rowsShown(wanted, outline, view));
    follow({ to: "filter", shown, ...(wanted !== undefined && { filter: wanted }) });
  }

  /** @returns whether something was done about the run */
  function follow(wish: ReturnType<typeof wishOf>): boolean {
    if (wish === undefined) return false;
    if (wish === "find" || wish === "filter") ask(wish);
    else if ("to" in wish && wish.to === "match" && findsInLog()) {
      const { search = state.search } = wish;
      const first = output.places?.[Math.max(0, output.lines.length - fromEnd - outputArea.height)];
      setState((before) => ({ ...before, search }));
      log.find(search, wish.by, (wish.search === undefined ? state.match : undefined) ?? first ?? 0, outputArea.height);
    } else if ("to" in wish) {
      if (wish.to === "match") missing(wish.search ?? state.search);
      setState((before) => moved(before, wish, around));
    } else {
      const { deed } = wish;
      if (deed === "shell" || deed === "pager") {
        if (step !== undefined) onAside?.({ do: deed, step: step.id, ...(host !== undefined && { host }) });
        return true;
      }
      // It has come to rest since this was drawn: the key means something else now, which nobody has seen.
      if (situation === "running" && !source.live) return true;
      if (deed === "close") exit();
      const chosen = deedOf(deed, step?.id, under.hosts);
      if (chosen !== undefined) onDeed?.(chosen);
      return true;
    }
    return false;
  }

  function titleOfOutput(): string {
    if (covers) return "Esc closes this";
    if (state.preview !== undefined) return "What it would do; Esc closes this";
    const found =
      log.said ?? (state.search !== "" && output.partial === true && log.host === undefined ? IN_PART : undefined);
    // Beside the guide it is known whose output it is.
    const isAlone = layout.guide === undefined && step !== undefined;
    const title = filteredTitle(isAlone ? `Output of ${stepTitle(step, cursor + 1)}` : "Output", filter);
    return found === undefined ? title : `${title}; ${found}`;
  }

  /** Of the step under the cursor; nothing while nobody sees it. */
  function outputShown(): Shown {
    if (layout.output === undefined || step === undefined) return { lines: [], fromTop: false };
    if (covers) return { lines: noticeLines(notice, outputArea.width), fromTop: true };
    const look = { ...style, columns: outputArea.width };
    if (state.preview !== undefined) return { lines: previewOf(source, step, look), fromTop: true };
    const shown = {
      step,
      known,
      outputs: source.outputs(step.id),
      guide: plan.guide.path,
      now: source.now(),
      waits: waitsFor(step, known, view) !== undefined,
      isDeserted: known?.status === "failed" && step.hosts.every((name) => view.setAside.has(name)),
      ...(filter !== undefined && { only: hosts }),
    };
    return log.host === undefined ? outputOfAll(look, shown) : outputOfHost(look, log.host, shown, log.window);
  }
}
