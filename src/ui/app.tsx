import { Box, Text, useApp, useInput, useWindowSize } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { GuidePane } from "./components/guide-pane.tsx";
import { MatrixPane } from "./components/matrix-pane.tsx";
import { OutlinePane } from "./components/outline-pane.tsx";
import { OutputPane } from "./components/output-pane.tsx";
import { Pane, type PaneFrame } from "./components/pane.tsx";
import { useClock } from "./hooks/use-clock.ts";
import { useGuide } from "./hooks/use-guide.ts";
import { useRun } from "./hooks/use-run.ts";
import { guideTop } from "./screen/guide.ts";
import { headerLine } from "./screen/header.ts";
import { footerLine, helpLines, wishOf } from "./screen/keys.ts";
import { outputOfAll, outputOfHost } from "./screen/output.ts";
import { activeStep, workedMs } from "./screen/progress.ts";
import { type Area, inside, layoutScreen } from "./screen/screen-layout.ts";
import type { ScreenSource } from "./screen/screen-source.ts";
import { type Around, FIRST_STATE, followed, moved, type PaneName, type ScreenState } from "./screen/screen-state.ts";
import { paintLine } from "./screen/text-line.ts";
import type { Style } from "./style.ts";

export interface AppProps {
  readonly source: ScreenSource;
  readonly style: Style;
  /** Where the reader begins. */
  readonly first?: Partial<ScreenState>;
  /** Absent: the terminal's. */
  readonly size?: { readonly columns: number; readonly rows: number };
}

/** The guide, read while it runs: a picture of the run's events, that holds nothing but where the reader is. */
export function App({ source, style, first, size }: AppProps): ReactNode {
  const window = useWindowSize();
  const { columns, rows } = size ?? window;
  const { exit } = useApp();
  useRun(source);
  useClock(source.live);
  const [state, setState] = useState<ScreenState>({ ...FIRST_STATE, ...first });
  const { mode, pane, cursor, host } = state;
  const { plan, view } = source;

  const layout = layoutScreen(columns, rows, mode, pane);
  const { framed } = layout;
  const whole: Area = { width: columns, height: Math.max(3, rows - 2) };
  const guideArea = inside(layout.guide ?? whole, framed);
  const outputArea = inside(layout.output ?? whole, framed);
  const { steps, outline, sections, hosts: allHosts, lines, places } = useGuide(source, style, guideArea.width);

  const active = activeStep(steps, view);
  useEffect(() => setState((before) => followed(before, active, { steps: steps.length })), [active, steps.length]);

  const step = steps[cursor];
  const place = step === undefined ? undefined : places.get(step.id);
  const known = step === undefined ? undefined : view.steps.get(step.id);
  const output = outputShown();
  const top = state.guideTop ?? guideTop(lines, place, guideArea.height);
  const around: Around = {
    steps: steps.length,
    sections,
    active,
    hosts: step?.hosts ?? [],
    guideLines: lines.length,
    guideHeight: guideArea.height,
    guideTop: top,
    outputLines: output.length,
    outputHeight: outputArea.height,
    matrixHosts: allHosts.length,
    matrixHeight: Math.max(1, inside(whole, framed).height - 1),
  };
  useInput((input, key) => {
    const wish = wishOf(input, key, mode);
    if (wish === "close") exit();
    else if (wish !== undefined) setState((before) => moved(before, wish, around));
  });

  const frame = (area: Area, name?: PaneName): PaneFrame => ({
    style,
    area,
    framed,
    focused: name === undefined || name === pane,
  });
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Text wrap="truncate">
        {paintLine(style, headerLine(style, { plan, view, workedMs: workedMs(source) }, columns))}
      </Text>
      <Box height={whole.height}>
        {mode === "help" && <Pane {...frame(whole)} title="Keys" lines={helpLines(style).map((line) => ({ line }))} />}
        {mode === "matrix" && (
          <MatrixPane frame={frame(whole)} top={state.matrixTop} {...{ steps, hosts: allHosts, view, cursor }} />
        )}
        {layout.outline !== undefined && (
          <OutlinePane frame={frame(layout.outline, "outline")} rows={outline} {...{ view, cursor }} />
        )}
        <Box flexDirection="column">
          {layout.guide !== undefined && (
            <GuidePane frame={frame(layout.guide, "guide")} number={cursor + 1} {...{ lines, step, place, top }} />
          )}
          {layout.output !== undefined && (
            <OutputPane
              frame={frame(layout.output, mode === "output" ? undefined : "output")}
              lines={output}
              fromEnd={state.fromEnd}
              hosts={step?.hosts ?? []}
              {...{ host, known }}
            />
          )}
        </Box>
      </Box>
      <Text wrap="truncate">{paintLine(style, footerLine(style, columns))}</Text>
    </Box>
  );

  /** Of the step under the cursor; nothing while nobody sees it. */
  function outputShown(): ReturnType<typeof outputOfAll> {
    if (layout.output === undefined || step === undefined) return [];
    const shown = { step, known, outputs: source.outputs(step.id), guide: plan.guide.path, now: source.now() };
    const look = { ...style, columns: outputArea.width };
    return host === undefined ? outputOfAll(look, shown) : outputOfHost(look, host, shown);
  }
}
