import type { Clock, Reporter } from "../engine/ports.ts";
import { jsonLine } from "../model/json-line.ts";
import type { TextSink } from "./style.ts";

/** `--json`: every event as it stands in the journal, and what tasks print, one JSON object a line. */
export function jsonReporter(sink: TextSink, clock: Pick<Clock, "now">): Reporter {
  return {
    event: (event) => void sink.write(jsonLine(event)),
    output: (output) => {
      // Not in the journal, so without a number there.
      sink.write(jsonLine({ v: 1, at: clock.now().toISOString(), ...output }));
    },
  };
}
