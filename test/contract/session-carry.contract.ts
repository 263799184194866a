import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Carries, Job, JobEnd, JobKey, Keeps } from "../../src/engine/ports.ts";
import type { ShellLeft } from "../../src/model/event.ts";
import { openSession } from "../../src/transport/agent-session.ts";
import { PATIENCE_MS } from "./session-processes.ts";
import { SessionWorld, within } from "./session-world.ts";
import type { HostUnderTest } from "./session-world.ts";

/* What a shell hands on to the job after it. */

const KEEPS: Keeps = { except: [], hide: [], hideOutput: false };
const SHELLS = [
  ["sh", "-e"],
  ["bash", "-e", "-o", "pipefail"],
  ["dash", "-e"],
  ["busybox", "sh", "-e"],
  ["zsh", "-e", "-o", "pipefail"],
  ["ksh", "-e"],
].filter(([name = ""]) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0);

interface Done {
  readonly key: JobKey;
  readonly end: Extract<JobEnd, { type: "ended" }>;
  readonly stdout: string;
  readonly stderr: string;
  /** What a job after it takes up. */
  readonly carries: Carries;
  readonly left: ShellLeft | undefined;
}

export function carryContract(name: string, host: HostUnderTest): void {
  const it = test.extend<{ w: SessionWorld }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures that this one needs
    w: async ({}, use) => {
      const world = new SessionWorld(host);
      await world.open();
      await use(world);
      await world.end();
    },
  });

  const keep = async (w: SessionWorld, code: string, more: Partial<Job> = {}): Promise<Done> => {
    const key = more.key ?? w.key();
    const { end, stdout, stderr } = await w.run(code, { keeps: KEEPS, ...more, key });
    if (end.type !== "ended") throw new Error(`it is ${JSON.stringify(end)}`);
    return { key, end, stdout, stderr, carries: { exports: { task: key.task, attempt: key.attempt } }, left: end.left };
  };

  describe.concurrent(`${name} hands on what a shell leaves`, { timeout: 2 * PATIENCE_MS }, () => {
    it("to whoever looks from a folder of their own, which goes without it", async ({ w }) => {
      const { carries } = await keep(w, "export A=kept\n");
      const token = randomBytes(8).toString("hex");
      const other = await openSession(await host.connect(), { token, signal: within(PATIENCE_MS), login: host.login });
      const look = w.looking('echo "$A"', { carries: { ...carries, token: w.token } });
      expect((await other.look(look, within(PATIENCE_MS))).stdout).toBe("kept\n");
      expect((await other.look(w.looking("true", { carries }), within(PATIENCE_MS))).refused).toContain("no longer on");
      await other.clean(token);
      await other.close();
      expect((await w.run('echo "$A"', { carries })).stdout).toBe("kept\n");
    });

    describe.each(SHELLS)("%s", (...interpreter) => {
      it("exports, whatever they hold, to every other shell", async ({ w }) => {
        const { left, carries } = await keep(
          w,
          `A="it's"\nexport A B=' "$x" \`y\` \\z\nFAKE=1 '\nexport C\nC=$(printf '\\377x')\nD=local\n` +
            `export PATH="$PATH:/opt/it s/bin"\nreadonly E=kept\nexport E EMPTY=\n`,
          { interpreter },
        );
        expect(left).toMatchObject({ exports: "kept" });
        const show = `printf '%s|' "$A" "$B" "\${D-none}" "$E" "\${EMPTY-none}" "\${FAKE-none}" "\${PATH##*:}"; printf %s "$C" | od -An -tx1`;
        for (const other of SHELLS) {
          const { stdout } = await w.run(show, { interpreter: other, carries });
          expect(stdout, other.join(" ")).toBe(`it's| "$x" \`y\` \\z\nFAKE=1 |none|kept||none|/opt/it s/bin| ff 78\n`);
        }
        expect((await w.run(show, { interpreter })).stdout).toContain("|none||none|none|");
      });

      it("what they unset, and what they change again, from one to the next", async ({ w }) => {
        const first = await keep(w, "export A=1 B=2\nunset HOME\n", { interpreter });
        const second = await keep(w, "unset A\nB=3\n", { interpreter, carries: first.carries });
        const { stdout } = await w.run('echo "${A-none} $B"', { interpreter, carries: second.carries });
        expect(stdout).toBe("none 3\n");
        // zsh gives itself a home where there is none.
        expect((await w.run('echo "${HOME-none}"', { carries: first.carries })).stdout).toBe("none\n");
      });

      it("where they end, by the name they went there", async ({ w }) => {
        const place = join(tmpdir(), `waymark ${w.token} it's`);
        await mkdir(join(place, "real"), { recursive: true });
        const { left } = await keep(w, `ln -s real "${place}/link"; cd "${place}/link"\n`, { interpreter });
        expect(left).toEqual({ exports: "none", dir: `${place}/link` });
        const home = await keep(w, "cd /; cd\n", { interpreter });
        expect(home.left).toMatchObject({ exports: "none", home: true });
        expect(home.left?.dir).toBe((await w.run("pwd")).stdout.trim());
        await rm(place, { recursive: true, maxRetries: 5 });
      });

      it("whatever way they end, as which they still end", async ({ w }) => {
        for (const [code, exit] of [
          ["export A=1; cd /usr\nexit 3\n", 3],
          ["export A=1; cd /usr\nfalse\necho never\n", 1],
          ["export A=1; cd /usr\nset -u\nset +e\nfalse\n", 1],
          ["export A=1; cd /usr\nIFS=/ PATH=/nowhere\nexit 4\n", 4],
          ["export A=1; cd /usr\nunset PWD\nset -f\nexit 0\n", 0],
        ] as const) {
          const { end, left, stdout, stderr, carries } = await keep(w, code, { interpreter });
          expect({ exit: end.exit, left, stdout, stderr }, code).toEqual({
            exit,
            left: { exports: "kept", dir: "/usr" },
            stdout: "",
            stderr: "",
          });
          expect((await w.run("echo $A", { interpreter, carries, env: { PATH: "/bin" } })).stdout).toBe("1\n");
        }
      });

      it("unless they say what is to be done when they end, or become something else", async ({ w }) => {
        const own = await keep(w, "trap 'echo bye' EXIT\nexport A=1; cd /usr\nexit 3\n", { interpreter });
        expect(own).toMatchObject({ end: { exit: 3 }, stdout: "bye\n", left: { exports: "as-found" } });
        const other = await keep(w, "export A=1\ncd /usr\nexec sh -c 'echo $A; exit 4'\n", { interpreter });
        expect(other).toMatchObject({ end: { exit: 4 }, stdout: "1\n", left: { exports: "as-found" } });
      });

      it("and says nothing of that, also where it cannot be had or every command is shown", async ({ w }) => {
        const big = "export BIG=$(head -c 200000 /dev/zero | tr '\\0' x)\ncd /usr\n";
        const { end, stderr, left } = await keep(w, big, { interpreter });
        expect({ exit: end.exit, stderr, left: left?.exports }).toEqual({ exit: 0, stderr: "", left: "as-found" });
        // mksh shows what it does to stop that.
        if (interpreter[0] === "ksh") return;
        const traced = "export A=1\nset -x\ntrue\n";
        const script = (text: string): string => text.replaceAll(/\S*\.s\b/g, "script");
        const shown = await keep(w, traced, { interpreter });
        expect(script(shown.stderr)).toBe(script((await w.run(traced, { interpreter })).stderr));
        expect(shown.left).toMatchObject({ exports: "kept" });
      });

      it("and sees nothing of that", async ({ w }) => {
        const code = `export x=1; echo "$0 \${LINENO-}"\necho "\${LINENO-}"; env | grep wm_ || echo none\n(exit 0); echo "\${wm_pro-none}"\n`;
        const { stdout, stderr } = await keep(w, code, { interpreter });
        const plain = await w.run(code, { interpreter });
        const lines = (text: string): readonly string[] => text.replace(/^\S+/, "script").split("\n");
        expect(lines(stdout)).toEqual(lines(plain.stdout));
        expect(stderr).toBe("");
      });
    });

    it("to nobody who does not take it up", async ({ w }) => {
      await keep(w, "export A=1; cd /usr\n");
      expect((await w.run('echo "${A-none}"; pwd')).stdout).toMatch(/^none\n(?!\/usr\n)/);
    });

    it("less what it is told to leave out, and what the session sets itself", async ({ w }) => {
      const { carries } = await keep(
        w,
        'export DECLARED=2 COPY="<$TOKEN>" LINES="a\n$TOKEN\n" LANG=x LC_ALL=C COLUMNS=1 WAYMARK_X=1 FINE=1\n',
        {
          env: { TOKEN: "correct-horse" },
          keeps: { except: ["DECLARED", "TOKEN"], hide: ["correct-horse"], hideOutput: false },
        },
      );
      const own = await w.ownFiles();
      for (const file of (await readdir(own)).filter((entry) => entry.endsWith(".env"))) {
        expect(await readFile(join(own, file), "utf8")).not.toContain("correct-horse");
      }
      const { stdout } = await w.run(
        'echo "${DECLARED-none} ${TOKEN-none} ${COPY-none} ${LINES-none} ${WAYMARK_X-none} $FINE $COLUMNS $LANG"',
        { carries },
      );
      expect(stdout).toMatch(/^none none none none none 1 200 C.UTF-8\n$/);
    });

    it("less what a secret step has printed", async ({ w }) => {
      const keeps: Keeps = { except: [], hide: [], hideOutput: true };
      const { carries } = await keep(
        w,
        'export P=made-on-the-host Q="x of the host y" R=1\necho $P; echo of the host\n',
        { keeps },
      );
      const { stdout } = await w.run('echo "${P-none} ${Q-none} $R"', { carries });
      expect(stdout).toBe("none none 1\n");
    });

    it("to what its variables win over", async ({ w }) => {
      const { carries } = await keep(w, "export A=old B=old\n");
      expect((await w.run('echo "$A $B"', { carries, env: { A: "new" } })).stdout).toBe("new old\n");
    });

    it("to looks as well", async ({ w }) => {
      const { carries } = await keep(w, "export A=1\n");
      const look = await w.session.look(w.looking('echo "$A"; pwd', { carries, dir: "/usr" }), within(PATIENCE_MS));
      expect(look.stdout).toBe("1\n/usr\n");
    });

    it("to whoever comes back for it", async ({ w }) => {
      const { key, left, carries } = await keep(w, "export A=1; cd /usr\n");
      await w.open();
      expect(await w.attached(key).end).toMatchObject({ left });
      expect((await w.run("echo $A", { carries })).stdout).toBe("1\n");
      const long = await keep(w, "cd /usr; sleep 1\n");
      expect(long.left).toMatchObject({ dir: "/usr" });
    });

    it("and refuses to go on without it", async ({ w }) => {
      const { carries } = await keep(w, "export A=1\n");
      await w.session.clean(w.token);
      const session = await w.open();
      const job = w.job("echo ran", { carries });
      const end = await session.run(job, { stdout: 0, stderr: 0 }, () => {}, within(PATIENCE_MS));
      expect(end).toEqual({ type: "refused", reason: expect.stringContaining("no longer on this host") });
    });

    it("where a directory cannot be entered, at home only if it is a home", async ({ w }) => {
      expect((await w.run("true", { dir: "/nonexistent" })).end).toMatchObject({ type: "refused" });
      const home = (await w.run("pwd")).stdout;
      expect((await w.run("pwd", { dir: "/nonexistent", carries: { orHome: true } })).stdout).toBe(home);
      expect((await w.run("pwd", { dir: "/usr", carries: { orHome: true } })).stdout).toBe("/usr\n");
    });

    it.skipIf(host.other === undefined)("where a user has no home either, at the root", async ({ w }) => {
      const key = w.key({ user: host.other ?? "" });
      const { end, stdout } = await w.run("pwd", { key, dir: "/nonexistent", carries: { orHome: true } });
      expect({ end, stdout }).toMatchObject({
        end: { exit: 0 },
        stdout: (await w.run("pwd", { key: { ...key, attempt: 2 } })).stdout,
      });
    });

    it("of a script that changes nothing: where it was, without a word around it", async ({ w }) => {
      const { left, stdout } = await keep(w, "cat $0\n", { dir: "/usr" });
      expect({ left, stdout }).toEqual({ left: { exports: "as-found", dir: "/usr" }, stdout: "cat $0\n" });
    });

    it("of a script that changes nothing: at home, where it could not be where it was to be", async ({ w }) => {
      const { left, stdout } = await keep(w, "pwd\n", { dir: "/nonexistent", carries: { orHome: true } });
      expect(left).toEqual({ exports: "as-found", dir: stdout.trim(), home: true });
    });

    it("of a script that sets variables: exports only where they are exported already", async ({ w }) => {
      const first = await keep(w, "export A=1\n");
      const none = await keep(w, "A=2; b=1; cat $0\n", {});
      expect(none).toMatchObject({ left: { exports: "as-found" } });
      const changed = await keep(w, "for A in 2 3; do b=1; done\n", { carries: first.carries });
      expect(changed).toMatchObject({ left: { exports: "kept" } });
      expect((await w.run('echo "$A $b"', { carries: changed.carries })).stdout).toBe("3 \n");
    });

    it("and keeps that alone once it is settled", async ({ w }) => {
      const { carries } = await keep(w, "export A=1; echo out\n");
      const own = await w.ownFiles();
      await mkdir(join(own, "keep", "x"), { recursive: true });
      await w.session.settle(w.token);
      expect((await readdir(own)).toSorted()).toEqual([`${carries.exports?.task}.1.env`, "keep"]);
      const session = await w.open();
      expect((await w.run("echo $A", { carries })).stdout).toBe("1\n");
      await session.settle(w.token);
      await session.clean(w.token);
      expect(await w.directory()).toBeUndefined();
      await session.settle(w.token);
    });

    it("and nothing at all where there is nothing to keep", async ({ w }) => {
      await keep(w, "true\n");
      await w.session.settle(w.token);
      expect(await w.directory()).toBeUndefined();
    });

    it.skipIf(host.other === undefined)("to another user only where it is", async ({ w }) => {
      const user = host.other ?? "";
      const theirs = await keep(w, "export A=1; cd /usr\n", { key: w.key({ user }) });
      expect(
        (await w.run('echo "$A"; pwd', { key: w.key({ user }), carries: theirs.carries, dir: "/usr" })).stdout,
      ).toBe("1\n/usr\n");
      await w.session.settle(w.token);
      const session = await w.open();
      expect((await w.run('echo "$A"', { key: w.key({ user }), carries: theirs.carries })).stdout).toBe("1\n");
      await session.clean(w.token);
      expect(await w.directory()).toBeUndefined();
    });
  });
}
