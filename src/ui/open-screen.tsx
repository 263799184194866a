import { render } from "ink";
import { App } from "./app.tsx";
import type { ScreenSource } from "./screen/screen-source.ts";
import type { Style } from "./style.ts";

/**
 * Opens the screen on a terminal, and resolves when its reader has closed it; the terminal is then as it was before.
 * @param streams of a terminal, both of them
 */
export async function openScreen(
  source: ScreenSource,
  style: Style,
  streams: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream },
): Promise<void> {
  const app = render(<App source={source} style={style} />, {
    ...streams,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 15,
    interactive: true,
    patchConsole: false,
  });
  await app.waitUntilExit();
}
