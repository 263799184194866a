import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

/** Types that a page needs; a browser runs no script and reads no style sheet of another one. */
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** A web server on loopback that has a folder below a path, as static hosts do, and nothing else. */
export interface StaticServer {
  readonly port: number;
  /** What was asked for and is not there. */
  readonly missed: readonly string[];
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** @param below `/docs/` */
export async function serveFolder(folder: string, below: string): Promise<StaticServer> {
  const missed: string[] = [];
  const answer = async (url: string): Promise<Uint8Array | undefined> => {
    const path = decodeURIComponent(new URL(url, "http://local").pathname);
    const file = path.startsWith(below) ? path.slice(below.length) || "index.html" : undefined;
    const bytes = file === undefined ? undefined : await readFile(join(folder, file)).catch(() => undefined);
    if (bytes === undefined) missed.push(path);
    return bytes;
  };
  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    void answer(url).then((bytes) => {
      const type = TYPES[extname(new URL(url, "http://local").pathname)] ?? "text/html; charset=utf-8";
      response.writeHead(bytes === undefined ? 404 : 200, { "content-type": type }).end(bytes);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens on no port");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { port: address.port, missed, [Symbol.asyncDispose]: close };
}
