import { Static, Text, useWindowSize } from "ink";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { oneLine } from "../../story/terminal-text.ts";
import { heardRows } from "../screen/heard.ts";
import { heardSince, type Listening } from "../screen/listening.ts";

/**
 * The screen for those who listen to it: one line after the other, each written once and never touched again. Only the
 * answer that is being typed stands below them.
 */
export function Spoken({ now }: { readonly now: Listening }): ReactNode {
  const { columns } = useWindowSize();
  const before = useRef<Listening>(undefined);
  const [said, say] = useState<readonly string[]>([]);
  useEffect(() => {
    const lines = heardSince(before.current, now).flatMap((line) => heardRows(line, columns));
    before.current = now;
    if (lines.length > 0) say((earlier) => [...earlier, ...lines]);
  });
  const { question, draft } = now;
  return (
    <>
      <Static items={[...said]}>{(line, index) => <Text key={index}>{line}</Text>}</Static>
      {question?.kind === "text" && <Text>{`> ${oneLine(draft.text)}`}</Text>}
    </>
  );
}
