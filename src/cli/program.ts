/*
 * Every command with all of its flags, for that is what help, completion and docs are made of: longer than most files.
 */
import { readFileSync } from "node:fs";
import { Argument, Command, Option } from "commander";
import type { ExitCode } from "../model/errors.ts";
import { completion, SHELLS } from "./completion.ts";
import type { CheckFlags, HostsFlags, PlanFlags, ReachFlags, RunFlags, ShellFlags, VerifyFlags } from "./flags.ts";
import { REPORT_FORMS, type ReportFlags } from "./report-form.ts";
import { type Form, FORMS } from "../publish/markdown/form.ts";
import type { Surroundings } from "./terminal.ts";

/** The version in package.json. */
export function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Every command with its flags. What a command needs is loaded when it is used, so that `--help` stays quick. */
export function program(around: Surroundings, exit: (code: ExitCode) => void): Command {
  const waymark = new Command("waymark")
    .description("The guide you publish is the program you run.")
    .version(version(), "-V, --version")
    .option("--debug", "show stack traces")
    .configureOutput({
      writeOut: (text) => around.stdout.write(text),
      writeErr: (text) => around.stderr.write(text),
    })
    .showHelpAfterError("(waymark --help shows how it is used)")
    .exitOverride()
    .addHelpText("before", "Example: waymark run guide.md\n");

  const command = (name: string, description: string, example: string): Command =>
    waymark
      .command(name)
      .description(description)
      .option("--debug", "show stack traces")
      .addHelpText("before", `Example: ${example}\n`);

  runFlags(command("run", "run a guide", "waymark run guide.md -i hosts.yaml").argument("<guide>"))
    .option("--new", "start a new run even if one of this guide is unfinished")
    .action(async (guide: string, flags: RunFlags) => {
      const { run } = await import("./run.ts");
      exit(await run(around, guide, flags));
    });

  runFlags(command("resume", "go on with an unfinished run", "waymark resume guide.md"))
    .argument("[run|guide]", "default: the newest unfinished run")
    .option("--rerun <step>", "run this step again, on all its hosts", gather, [])
    .option("--skip <step>", "leave this step out where it has not passed", gather, [])
    .option("--done <step>", "call this step done where it has not passed", gather, [])
    .option("--fix <step>", "run the step that fixes this one where it has failed, then this one again", gather, [])
    .addOption(
      new Option("--set-aside <pattern>", "go on without these hosts: worker,!pi-3; may be repeated")
        .argParser(gather)
        .default([])
        .conflicts("retryFailed"),
    )
    .option("--rerun-changed", "run what has passed again where its text is another now")
    .option("--retry-failed", "bring hosts that were set aside up to date")
    .action(async (wanted: string | undefined, flags: RunFlags) => {
      const { resume } = await import("./resume.ts");
      exit(await resume(around, wanted, flags));
    });

  selectionFlags(planFlags(command("plan", "what would run where; connects to nothing", "waymark plan guide.md")))
    .argument("<guide>")
    .option("--parallel <n>", "as for run: the order does not depend on it")
    .option("--json", "the plan as JSON")
    .action(async (guide: string, flags: PlanFlags & { json?: boolean; parallel?: string }) => {
      const { plan } = await import("./plan.ts");
      exit(await plan(around, guide, flags));
    });

  reachFlags(
    selectionFlags(
      planFlags(
        stateFlag(command("verify", "look whether what a guide's checks saw is still so", "waymark verify guide.md")),
      ),
    ),
  )
    .argument("<guide>")
    .option("--parallel <n>", "hosts looked at at once (default: 100)")
    .option("-q, --quiet", "print nothing when all is well")
    .option("--json", "one check a line")
    .action(async (guide: string, flags: VerifyFlags) => {
      const { verify } = await import("./verify.ts");
      exit(await verify(around, guide, flags));
    });

  planFlags(command("check", "every problem in a guide, with its position", "waymark check guide.md"))
    .argument("<guide...>", "or folders of guides")
    .addOption(
      new Option("--for <form>", "what would not show there, or is hidden from readers of the plain page").choices(
        FORMS,
      ),
    )
    .option("--json", "one diagnostic a line")
    .action(async (guides: readonly string[], flags: CheckFlags) => {
      const { check } = await import("./check.ts");
      exit(await check(around, guides, flags));
    });

  stateFlag(command("report", "what happened in a run, as a page, for a ticket or for CI", "waymark report"))
    .argument("[run|guide]", "default: the newest run")
    .addOption(
      new Option("--to <form>", "a page, text for a ticket, results for CI, or all of it as JSON")
        .choices(REPORT_FORMS)
        .default("html"),
    )
    .option("-o, --out <file>", "write it there (default: standard output; of a page on a terminal: waymark-RUN.html)")
    .action(async (wanted: string | undefined, flags: ReportFlags) => {
      const { report } = await import("./report.ts");
      exit(await report(around, wanted, flags));
    });

  stateFlag(command("runs", "all runs, newest first", "waymark runs"))
    .option("--json", "one run a line")
    .action(async (flags: { stateDir?: string; json?: boolean }) => {
      const { runs } = await import("./show.ts");
      exit(await runs(around, flags));
    });

  stateFlag(command("show", "one run: its steps, hosts and outputs", "waymark show --step join --host pi-2"))
    .argument("[run|guide]", "default: the newest run")
    .option("--step <step>", "what this step printed")
    .option("--host <host>", "on this host only")
    .option("--json", "the events, one a line")
    .addOption(
      new Option(
        "--follow",
        "read it while it runs; elsewhere than on a terminal: what happens, as it does, until the run rests",
      ).conflicts(["step", "host"]),
    )
    .option("--plain", "with --follow: lines, also on a terminal")
    .action(
      async (
        wanted: string | undefined,
        flags: { stateDir?: string; step?: string; host?: string; json?: boolean; follow?: boolean; plain?: boolean },
      ) => {
        const { show } = await import("./show.ts");
        exit(await show(around, wanted, flags));
      },
    );

  reachFlags(
    stateFlag(
      command("shell", "a shell on a host, where a step stands: to look, and to mend", "waymark shell --step join"),
    ),
  )
    .argument("[run|guide]", "default: the newest run")
    .option("--step <step>", "default: the step that failed, or is next")
    .option("--host <host>", "default: the first host where it failed, or its first")
    .option("-i, --inventory <file>", "where the run's hosts are now, if not where it found them")
    .option("--input <name=value>", "value of an input", gather, [])
    .option("--inputs <file>", "values of inputs, YAML or JSON")
    .action(async (wanted: string | undefined, flags: ShellFlags) => {
      const { shell } = await import("./shell.ts");
      exit(await shell(around, wanted, flags));
    });

  performFlags(planFlags(command("undo", "revert what a run has done, newest first", "waymark undo guide.md")))
    .argument("[run|guide]", "default: the newest run")
    .option("-y, --yes", "do not ask first, and say yes to what is to be confirmed")
    .option("--rerun <step>", "revert this step again where nobody can say whether it was", gather, [])
    .option("--skip <step>", "leave this step as it is where it is not reverted", gather, [])
    .option("--done <step>", "call this step reverted where it is not", gather, [])
    .action(async (wanted: string | undefined, flags: RunFlags) => {
      const { undo } = await import("./undo.ts");
      exit(await undo(around, wanted, flags));
    });

  reachFlags(
    stateFlag(
      command("abandon", "give an unfinished run up: end its jobs, release its hosts", "waymark abandon 20261122-1841"),
    ),
  )
    .argument("<run>")
    .option("-i, --inventory <file>", "where the run's hosts are now, if not where it found them")
    .action(async (wanted: string, flags: ReleaseFlags) => {
      const { abandon } = await import("./abandon.ts");
      exit(await abandon(around, wanted, flags));
    });

  reachFlags(stateFlag(command("clean", "remove what runs left on hosts and here", "waymark clean 20261122-1841")))
    .argument("[run|guide]", "default: every run that is over")
    .option("--keep <n>", "keep the newest n runs")
    .option("--older-than <age>", "only runs older than this: 30d, 12h")
    .option("-i, --inventory <file>", "where the run's hosts are now, if not where it found them")
    .action(async (wanted: string | undefined, flags: CleanFlags) => {
      const { clean } = await import("./clean.ts");
      exit(await clean(around, wanted, flags));
    });

  reachFlags(hostFlags(command("hosts", "reach every host: is it ready for a run?", "waymark hosts -i hosts.yaml")))
    .argument("[guide]", "whose hosts; default: those of hosts.yaml in this folder")
    .option("-l, --limit <pattern>", "only hosts that match: worker,!pi-3")
    .option("--parallel <n>", "hosts at once (default: 100)")
    .option("--json", "one host a line")
    .action(async (guide: string | undefined, flags: HostsFlags) => {
      const { hosts } = await import("./hosts.ts");
      exit(await hosts(around, guide, flags));
    });

  stateFlag(command("publish", "guides as a site of static pages", "waymark publish guide.md --out site/"))
    .usage("[options] <path...>")
    .argument("[path...]", "guides, or folders of guides")
    .requiredOption("--out <folder>", "where to write the pages; other files in it stay")
    .addOption(
      new Option("--to <form>", "a site, or Markdown for somebody else's").choices(["site", ...FORMS]).default("site"),
    )
    .option(
      "--run [run]",
      "say when guides were last verified: by this run or verify; without a name, by the newest of each",
    )
    .action(
      async (
        paths: readonly string[],
        flags: { out: string; to: Form | "site"; run?: string | true; stateDir?: string },
        self: Command,
      ) => {
        const { publish } = await import("./publish.ts");
        // In `publish --run GUIDE` the guide was meant to be published: nothing else is.
        const { run } = flags;
        if (paths.length > 0) exit(await publish(around, paths, flags));
        else if (typeof run === "string") exit(await publish(around, [run], { ...flags, run: true }));
        else self.error("error: missing required argument 'path'");
      },
    );

  command("init", "a guide and its hosts, to begin with", "waymark init my-guide")
    .argument("[folder]", "where to put them", ".")
    .action(async (folder: string) => {
      const { init } = await import("./init.ts");
      exit(await init(around, folder));
    });

  const lab = command("lab", "throw-away SSH hosts on this machine, to try a guide on", "waymark lab up 3");
  lab
    .command("up")
    .argument("[count]", "how many hosts", "3")
    .option("--dir <folder>", "where the lab lives (default: in the state folder)")
    .action(async (count: string, flags: { dir?: string }) => {
      const { labUp } = await import("./lab.ts");
      exit(await labUp(around, count, flags));
    });
  for (const [name, description] of [
    ["down", "end the hosts and remove all they had"],
    ["status", "which hosts answer; exit 4 if one does not"],
  ] as const) {
    lab
      .command(name)
      .description(description)
      .option("--dir <folder>", "where the lab lives (default: in the state folder)")
      .action(async (flags: { dir?: string }) => {
        const { labDown, labStatus } = await import("./lab.ts");
        exit(await (name === "down" ? labDown : labStatus)(around, flags));
      });
  }

  command("completion", "shell completion", 'eval "$(waymark completion bash)"')
    .addArgument(new Argument("<shell>").choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) => exit(completion(around, shell)));
  return waymark;
}

/** Flags of `abandon`. */
export interface ReleaseFlags extends ReachFlags {
  readonly stateDir?: string;
  readonly inventory?: string;
}

/** Flags of `clean`. */
export interface CleanFlags extends ReleaseFlags {
  readonly keep?: string;
  readonly olderThan?: string;
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function stateFlag(command: Command): Command {
  return command.option("--state-dir <folder>", "where runs are kept (default: ~/.local/state/waymark)");
}

function hostFlags(command: Command): Command {
  return command
    .option("-i, --inventory <file>", "hosts file (default: hosts.yaml beside the guide, else its front matter)")
    .option("--host <group=hosts>", "ad hoc: master=pi@192.168.0.27,…", gather, []);
}

/** What decides about the plan: hosts and inputs. */
function planFlags(command: Command): Command {
  return hostFlags(command)
    .option("--input <name=value>", "value of an input", gather, [])
    .option("--inputs <file>", "values of inputs, YAML or JSON");
}

/** What is left out of a guide. */
function selectionFlags(command: Command): Command {
  return command
    .option("-l, --limit <pattern>", "only on hosts that match: worker,!pi-3")
    .option("--from <step>", "only from this step on")
    .option("--until <step>", "only up to this step")
    .option("--only <step>", "only this step; may be repeated", gather, []);
}

function runFlags(command: Command): Command {
  return performFlags(selectionFlags(planFlags(command)))
    .option("-y, --yes", "pass checkpoints, and say yes to what is to be confirmed")
    .option("--confirm <step>", "say yes to this step; may be repeated", gather, [])
    .addOption(
      new Option("--rest-after [step]", "rest once this step is over; without a name, after one step").conflicts(
        "dryRun",
      ),
    );
}

/** How something is done on hosts, and shown. */
function performFlags(command: Command): Command {
  return reachFlags(stateFlag(command))
    .option("--dry-run", "look at the hosts and show what would be done; nothing is changed, and no run is kept")
    .option("--parallel <n>", "hosts at work at once (default: 100)")
    .option("--wait <duration>", "wait for a host that another run has: 10m, 90s (default: pause)")
    .addOption(
      new Option("--tui", "a screen to read the guide on while it runs (the default on a terminal)").conflicts([
        "plain",
        "json",
      ]),
    )
    .option("--plain", "plain lines (the default elsewhere)")
    .addOption(new Option("--json", "events, one a line").conflicts("plain"));
}

/** How hosts are reached, and who answers what they ask. */
function reachFlags(command: Command): Command {
  return command
    .option("--accept-new", "accept keys of unknown hosts and remember them")
    .option("--sudo-password-from <command>", "prints the password that sudo asks for on hosts")
    .option("--password-from <command>", "prints the password of logins without a key")
    .option("--passphrase-from <command>", "prints the passphrase of private key files");
}
