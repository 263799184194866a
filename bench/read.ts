import remarkParse from "remark-parse";
import { unified } from "unified";
import { readGuide } from "../src/document/read-guide.ts";
import { readHostsFile } from "../src/inventory/hosts-file.ts";
import { compile } from "../src/plan/compile.ts";
import { type Table, median, ratio } from "./table.ts";

const STEPS = 2000;
const ROUNDS = 5;

/** Reading and checking a guide of 2,000 steps, against what the Markdown parser alone needs for it. */
export function read(): Table {
  const text = guideOf(STEPS);
  const bytes = new TextEncoder().encode(text);
  const parser = unified().use(remarkParse);
  const { runbook, diagnostics } = readGuide("guide.md", bytes);
  if (runbook?.steps.length !== STEPS || diagnostics.length > 0) {
    throw new Error(`the guide is not read as it should: ${JSON.stringify(diagnostics.slice(0, 3))}`);
  }
  const { inventory } = readHostsFile("hosts.yaml", "hosts: { a: {}, b: {}, c: {} }", { cwd: "/", home: "/" });
  // What `waymark check` does, less the start of Node.js.
  const check = (): void => {
    const { runbook } = readGuide("guide.md", bytes);
    if (runbook !== undefined && inventory !== undefined)
      compile({ runbook, digest: "", inventory, inputs: { CIDR: "10.0.0.0/8" } });
  };
  const times = { parse: [] as number[], read: [] as number[], check: [] as number[] };
  for (let round = -1; round < ROUNDS; round++) {
    const parse = timed(() => parser.parse(text));
    const whole = timed(() => readGuide("guide.md", bytes));
    const checked = timed(check);
    if (round < 0) continue;
    times.check.push(checked);
    times.parse.push(parse);
    times.read.push(whole);
  }
  const [parse, whole, checked] = [median(times.parse), median(times.read), median(times.check)];
  return {
    title: `read: a guide of ${STEPS} steps, ${Math.round(bytes.length / 1024)} KiB; median of ${ROUNDS}`,
    head: ["", "ms", "of remark-parse", "goal"],
    rows: [
      ["remark-parse", parse.toFixed(0), "1.00×", ""],
      ["readGuide", whole.toFixed(0), ratio(whole, parse), ""],
      ["check", checked.toFixed(0), ratio(checked, parse), "≤ 3.00×"],
    ],
  };
}

function timed(work: () => unknown): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

/** Sections of ten steps: commands, checks in consoles, expectations, prose between them. */
function guideOf(steps: number): string {
  const lines = ["---", "title: A long guide", "runbook:", "  inputs:", "    CIDR: { default: 10.0.0.0/8 }", "---", ""];
  for (let step = 1; step <= steps; step++) {
    if (step % 10 === 1) lines.push(`## Part ${Math.ceil(step / 10)}`, "", "Why this part is *needed*, in a line.", "");
    lines.push(`Now number ${step} is done with \`tool ${step}\`, see [there](https://example.org/${step}).`, "");
    if (step % 2 === 0) {
      lines.push(
        `\`\`\`bash {#step-${step} on=all sudo timeout=5m}`,
        `tool --number ${step} --range "$CIDR"`,
        "```",
        "",
      );
      lines.push(`<!-- expect: stdout.contains("done") && exit == 0 -->`, "");
    } else {
      lines.push(`\`\`\`console {#step-${step} on=all verify}`, "$ tool --state", `number ${step}: [..]`, "```", "");
    }
  }
  return lines.join("\n");
}
