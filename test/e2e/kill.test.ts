import { Buffer } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import {
  type Ended,
  type Place,
  block,
  eventsOf,
  expectCode,
  hostsFile,
  jsonLines,
  linesOf,
  usePlace,
} from "./waymark.ts";

/*
 * kill -9 at any moment, then `resume`: every step acts exactly once on every host, and a secret that the run made on
 * the way is nowhere on the operator's machine. What a step has done can be counted: a line each in a file.
 */

const KILLS = 10;

describe("a run that is killed again and again", () => {
  const lab = useLoopbackLab({ names: ["boss", "hand-1", "hand-2", "hand-3"] });
  const place = usePlace();

  test("does everything exactly once, and gives no secret away", { timeout: 600_000 }, async () => {
    const seed = Number(process.env["WAYMARK_SEED"] ?? Date.now() % 1_000_000);
    process.stdout.write(`kill.test.ts: WAYMARK_SEED=${seed}\n`);
    const random = generator(seed);
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", GUIDE);

    let ended: Ended | undefined;
    for (let kills = 0; kills <= KILLS; kills++) {
      const running = place().start([kills === 0 ? "run" : "resume", "guide.md", "--json"]);
      if (kills === KILLS) {
        for (const { name } of lab().hosts) await writeFile(join(lab().home(name), "enough"), "");
        ended = await running.ended;
      } else if (kills % 3 === 2) {
        // While it starts: reading the journal, taking the lock, connecting, asking what became of things.
        await Promise.race([sleep(50 + random() * 400), running.ended]);
      } else {
        const events = 1 + Math.floor(random() * 12);
        await running.until((stdout) => jsonLines(stdout).length >= events);
        await sleep(random() * 150);
      }
      running.kill("SIGKILL");
      expect((await running.ended).code, running.stderr).toBe(kills === KILLS ? 0 : "SIGKILL");
    }

    if (ended === undefined) throw new Error("it never came to its end");
    expectCode(0, ended);
    for (const { name } of lab().hosts) {
      const words = name === "boss" ? BOSS : HAND;
      expect(await linesOf(join(lab().home(name), "effects")), name).toEqual(words);
    }
    const secret = (await readFile(join(lab().home("boss"), "secret"), "utf8")).trimEnd();
    expect(secret).toMatch(/^pass "word" \\ [0-9a-f]{24}$/);
    expect(await linesOf(join(lab().home("hand-2"), "joined"))).toEqual([secret]);
    expect(eventsOf(ended.stdout, "run-finished")).toMatchObject([{ status: "passed" }]);
    await isContiguous(place());
    await isNowhere(place(), secret);
  });
});

/** What each step leaves on the hosts that it runs on. */
const BOSS = ["prepare", "token", "spread", "slow", "boss-only", "last"];
const HAND = ["prepare", "join", "spread", "encoded", "slow", "last"];

const act = (word: string): string => `echo ${word} >> "$HOME/effects"`;

const GUIDE = [
  "# Join",
  block("bash {#prepare on=all}", act("prepare")),
  "The token is a secret:",
  "",
  block(
    "bash {#token on=boss capture=TOKEN secret}",
    act("token"),
    'printf \'pass "word" \\\\ %s\\n\' "$(od -An -N12 -tx1 /dev/urandom | tr -d \' \\n\')" > "$HOME/secret"',
    "sleep 0.5",
    'cat "$HOME/secret"',
  ),
  block(
    "bash {#join on=hand-*}",
    act("join"),
    'printf "%s\\n" "$TOKEN" >> "$HOME/joined"',
    'echo "joining with $TOKEN, and that is that"',
    "sleep 1",
    'echo "again: $TOKEN" >&2',
  ),
  block("bash {#spread on=all}", act("spread"), "sleep 0.7", "seq 200"),
  block(
    "bash {#encoded on=hand-*}",
    act("encoded"),
    'printf "%s" "$TOKEN" | base64 -w0; echo',
    'printf "x%s" "$TOKEN" | base64 -w0; echo',
    'printf "xy%s" "$TOKEN" | base64 -w0; echo',
    'printf \'{"token":"%s"}\\n\' "$(printf \'%s\' "$TOKEN" | sed \'s/["\\\\]/\\\\&/g\')"',
    'printf "%s" "$TOKEN" | head -c 12; sleep 0.3; printf "%s\\n" "$TOKEN" | tail -c +13',
  ),
  block("bash {#slow on=all}", act("slow"), "sleep 1"),
  block("bash {#boss-only on=boss}", act("boss-only")),
  // However fast the machine and slow the killer: it does not end before it was killed often enough, nor falls silent.
  block(
    "bash {#last on=all}",
    act("last"),
    'until [ -e "$HOME/enough" ]; do cd "$HOME"; echo waiting; sleep 0.1; done',
  ),
].join("\n");

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** No event is lost or doubled by any of the deaths. */
async function isContiguous(place: Place): Promise<void> {
  const journal = await place.journal();
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
  const finished = journal.filter((event) => event.type === "task-finished");
  expect(new Set(finished.map(({ step, host }) => `${step} ${host}`)).size).toBe(finished.length);
}

async function isNowhere(place: Place, secret: string): Promise<void> {
  const forms = formsOf(secret);
  // Were they not found in what the hosts really printed, finding them nowhere would mean nothing.
  const printed = `${secret} ${JSON.stringify(secret)} ${["", "x", "xy"].map((pad) => base64(pad + secret)).join(" ")}`;
  for (const form of forms) expect(printed).toContain(form);

  const files = await place.stateFiles();
  const shown = [...files].map(([path, bytes]) => ({ where: path, text: bytes.toString("latin1") }));
  const places = [...shown, ...place.printed.map((text) => ({ where: "its output", text }))];
  for (const form of forms) {
    expect(places.filter(({ text }) => text.includes(form)).map(({ where }) => where)).toEqual([]);
  }
  expect(place.printed.join("")).toContain("joining with «secret», and that is that");
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The secret as it is, inside JSON, and in base64 at each of its three alignments, without what its neighbours share. */
function formsOf(secret: string): readonly string[] {
  const aligned = ["", "x", "xy"].map((pad) => {
    const text = base64(pad + secret);
    const from = Math.ceil((pad.length * 8) / 6);
    const to = Math.floor(((pad.length + secret.length) * 8) / 6);
    return text.slice(from, to);
  });
  return [secret, JSON.stringify(secret).slice(1, -1), ...aligned];
}
