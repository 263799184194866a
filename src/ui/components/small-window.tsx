import { Box } from "ink";
import type { ReactNode } from "react";
import { takeColumns } from "../screen/text-line.ts";
import { Row } from "./row.tsx";

/** Below that nothing of a run can be read. Its keys are heard all the same. */
const SMALLEST = { columns: 24, rows: 6 };

export function isSmallWindow({ columns, rows }: { readonly columns: number; readonly rows: number }): boolean {
  return columns < SMALLEST.columns || rows < SMALLEST.rows;
}

/** Says so where there is no room for more. */
export function SmallWindow({ columns, rows }: { readonly columns: number; readonly rows: number }): ReactNode {
  const lines = ["window too small", `at least ${SMALLEST.columns} by ${SMALLEST.rows}`].slice(0, rows);
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      {lines.map((line) => (
        <Row key={line} width={columns} painted={takeColumns(line, columns)} />
      ))}
    </Box>
  );
}
