import { render } from "ink";
import { PassThrough } from "node:stream";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import { useAttention } from "../../../../src/ui/hooks/use-attention.ts";

test("the bell rings once whenever somebody is wanted, and the title is put back", async () => {
  const written: string[] = [];
  const write = (sequence: string): void => void written.push(sequence);
  function Screen({ title, calls }: { readonly title: string; readonly calls: string }): ReactNode {
    useAttention(write, title, calls);
    return null;
  }
  const stdout = new PassThrough() as unknown as NodeJS.WriteStream;
  const app = render(<Screen title="Guide: running" calls="" />, { stdout, patchConsole: false });
  const show = async (title: string, calls: string): Promise<void> => {
    app.rerender(<Screen title={title} calls={calls} />);
    await app.waitUntilRenderFlush();
  };
  await app.waitUntilRenderFlush();
  await show("Guide: failed", "failed");
  await show("Guide: failed", "failed");
  await show("Guide: running", "");
  await show("Guide: checkpoint", "Go on?");
  app.unmount();
  expect(written).toEqual([
    "\u001b[22;0t",
    "\u001b]0;Guide: running\u0007",
    "\u001b]0;Guide: failed\u0007",
    "\u0007",
    "\u001b]0;Guide: running\u0007",
    "\u001b]0;Guide: checkpoint\u0007",
    "\u0007",
    "\u001b[23;0t",
  ]);
});
