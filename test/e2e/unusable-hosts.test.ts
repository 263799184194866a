import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { silentServer } from "../lab/trap-server.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * Hosts that must not be trusted, or cannot be reached: nothing runs on them, and it is said why and what to do.
 */

const GUIDE = ["# Touch", block("bash {#touch on=all}", 'echo touched >> "$HOME/effects"')].join("\n");

/** As `ssh-keygen -l` prints it. */
const fingerprint = (publicKey: string): string => {
  const key = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
};

describe("host keys", () => {
  const lab = useLoopbackLab({ names: ["known", "stranger", "changed", "revoked"] });
  const place = usePlace();
  const effects = async (): Promise<Readonly<Record<string, number>>> =>
    Object.fromEntries(
      await Promise.all(
        lab().hosts.map(async ({ name }) => [name, (await linesOf(join(lab().home(name), "effects"))).length]),
      ),
    );

  test("that are unknown, changed or revoked are refused before the login, with where the file says so", async () => {
    const [knownHosts = ""] = lab().host("known").knownHosts;
    const [line = ""] = (await readFile(knownHosts, "utf8")).split("\n");
    const publicKey = line.split(" ").slice(1).join(" ");
    const empty = await place().write("empty_known_hosts", "# nobody yet\n");
    const { address, port } = lab().host("revoked");
    const revoked = await place().write(
      "revoked_known_hosts",
      `# two lines\n@revoked [${address}]:${port} ${publicKey}\n`,
    );
    const newKey = await lab().changeHostKey("changed");
    const changes = { stranger: { known_hosts: empty }, revoked: { known_hosts: revoked } };
    await place().write("hosts.yaml", hostsFile(lab().hosts, changes));
    await place().write("guide.md", GUIDE);

    const { stdout } = expectCode(4, await place().waymark("run", "guide.md", "--json"));
    const finished = eventsOf(stdout, "task-finished");
    const reasons = new Map(finished.map(({ host, reason }) => [host, reason]));
    expect(new Map(finished.map(({ host, status }) => [host, status]))).toEqual(
      new Map([
        ["known", "ok"],
        ["stranger", "unreachable"],
        ["changed", "unreachable"],
        ["revoked", "unreachable"],
      ]),
    );
    expect(eventsOf(stdout, "host-connected").map(({ host }) => host)).toEqual(["known"]);
    expect(await effects()).toEqual({ known: 1, stranger: 0, changed: 0, revoked: 0 });

    expect(reasons.get("stranger")).toContain(fingerprint(publicKey));
    expect(reasons.get("stranger")).toContain("--accept-new");
    expect(reasons.get("changed")).toContain(fingerprint(newKey));
    const changedLine = lab().hosts.findIndex(({ name }) => name === "changed") + 1;
    expect(reasons.get("changed")).toContain(`${knownHosts}:${changedLine} says ${fingerprint(publicKey)}`);
    expect(reasons.get("changed")).toContain("ssh-keygen -R");
    expect(reasons.get("revoked")).toContain(`${revoked}:2 revokes ${fingerprint(publicKey)}`);

    // What people see without --json says as much; --accept-new lets the stranger in, and nobody else.
    const again = expectCode(4, await place().waymark("resume", "guide.md", "--accept-new"));
    expect(again.stdout).toContain(fingerprint(newKey));
    expect(again.stdout).toContain(`${revoked}:2`);
    expect(await effects()).toEqual({ known: 1, stranger: 1, changed: 0, revoked: 0 });
    expect(await readFile(empty, "utf8")).toContain(publicKey.split(" ")[1]);
  });

  test("and a login that is refused leave the host untouched", async () => {
    const identity = join(lab().dir, "host_key");
    await place().write("hosts.yaml", hostsFile([lab().host("known")], { known: { identity } }));
    await place().write("guide.md", GUIDE);
    const before = await effects();
    const { stdout } = expectCode(4, await place().waymark("run", "guide.md"));
    expect(stdout).toContain("authorized_keys");
    expect(stdout).toContain(identity);
    expect(await effects()).toEqual(before);
  });
});

describe("a host that accepts connections and never answers", () => {
  const lab = useLoopbackLab({ names: ["fine"] });
  const place = usePlace();

  test(
    "is unreachable within the deadline; hosts that are set aside for it leave exit 4",
    { timeout: 180_000 },
    async () => {
      const silent = await silentServer();
      try {
        const fine = lab().host("fine");
        const mute = { ...fine, name: "mute", address: "127.0.0.1", port: silent.port };
        await place().write("hosts.yaml", hostsFile([fine, mute]));
        const after = block("bash {#after on=all}", 'echo after >> "$HOME/effects"');
        await place().write("guide.md", `${GUIDE.replace("on=all", "on=all max-failures=1")}\n${after}`);
        const { stdout } = expectCode(4, await place().waymark("run", "guide.md", "--json"));
        expect(eventsOf(stdout, "host-set-aside")).toMatchObject([
          { host: "mute", reason: expect.stringContaining("does not speak SSH: gave up after 20 s") },
        ]);
        expect(eventsOf(stdout, "run-finished")).toMatchObject([{ status: "failed", setAside: ["mute"] }]);
        expect(await linesOf(join(lab().home("fine"), "effects"))).toEqual(["touched", "after"]);
        expect(silent.accepted()).toBe(1);
      } finally {
        await silent.stop();
      }
    },
  );
});
