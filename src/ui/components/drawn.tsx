import { Box } from "ink";
import type { ComponentProps, ReactNode } from "react";
import type { PlannedStep } from "../../model/plan.ts";
import type { StepView } from "../../story/run-fold.ts";
import type { useJournal } from "../hooks/use-journal.ts";
import type { Situation } from "../screen/deeds.ts";
import type { OutlineRow } from "../screen/outline.ts";
import type { Area, ScreenLayout } from "../screen/screen-layout.ts";
import type { ScreenSource } from "../screen/screen-source.ts";
import type { PaneName, ScreenState } from "../screen/screen-state.ts";
import { paintLine, type TextLine } from "../screen/text-line.ts";
import type { Style } from "../style.ts";
import { GuidePane } from "./guide-pane.tsx";
import { HelpPane } from "./help-pane.tsx";
import { JournalPane } from "./journal-pane.tsx";
import { MatrixPane } from "./matrix-pane.tsx";
import { OutlinePane } from "./outline-pane.tsx";
import { OutputPane } from "./output-pane.tsx";
import type { PaneFrame } from "./pane.tsx";
import { Row } from "./row.tsx";

export interface DrawnProps {
  readonly style: Style;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly layout: ScreenLayout;
  /** Between the first line and what is asked. */
  readonly whole: Area;
  readonly state: ScreenState;
  readonly source: ScreenSource;
  readonly steps: readonly PlannedStep[];
  readonly known: StepView | undefined;
  readonly header: TextLine;
  readonly situation: Situation;
  readonly outline: readonly OutlineRow[];
  readonly guide: Pick<ComponentProps<typeof GuidePane>, "lines" | "step" | "place" | "top">;
  readonly output: Pick<ComponentProps<typeof OutputPane>, "lines" | "fromEnd" | "title" | "hosts">;
  /** Hosts of the matrix. */
  readonly matrix: readonly string[];
  readonly journal: ReturnType<typeof useJournal>;
  readonly asked: readonly TextLine[];
  readonly footer: TextLine;
}

/** The screen for those who see it: the first line, the panes, what is asked, and the keys. */
export function Drawn(drawn: DrawnProps): ReactNode {
  const { style, size, layout, whole, state, source, steps, known, journal } = drawn;
  const { mode, pane, cursor, host, filter, search } = state;
  const { view } = source;
  const frame = (area: Area, name?: PaneName): PaneFrame => ({
    style,
    area,
    framed: layout.framed,
    focused: name === undefined || name === pane,
    chosen: name === pane && layout.outline !== undefined && layout.guide !== undefined,
  });
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      <Row width={size.columns} painted={paintLine(style, drawn.header)} />
      <Box height={whole.height}>
        {mode === "help" && <HelpPane frame={frame(whole)} top={state.helpTop} situation={drawn.situation} />}
        {mode === "matrix" && (
          <MatrixPane
            frame={frame(whole)}
            top={state.matrixTop}
            hosts={drawn.matrix}
            {...{ steps, view, cursor, filter }}
          />
        )}
        {mode === "journal" && (
          <JournalPane
            frame={frame(whole)}
            journal={source.journal}
            run={view.run}
            columns={journal.columns}
            top={journal.top}
            following={state.journalTop === undefined}
            search={search}
          />
        )}
        {layout.outline !== undefined && (
          <OutlinePane frame={frame(layout.outline, "outline")} rows={drawn.outline} {...{ view, cursor, filter }} />
        )}
        <Box flexDirection="column">
          {layout.guide !== undefined && (
            <GuidePane frame={frame(layout.guide, "guide")} number={cursor + 1} {...drawn.guide} search={search} />
          )}
          {layout.output !== undefined && (
            <OutputPane
              frame={frame(layout.output, mode === "output" ? undefined : "output")}
              {...drawn.output}
              {...{ host, known, search }}
            />
          )}
        </Box>
      </Box>
      {drawn.asked.map((line, index) => (
        <Row key={index} width={size.columns} painted={paintLine(style, line)} />
      ))}
      <Row width={size.columns} painted={paintLine(style, drawn.footer)} />
    </Box>
  );
}
