import type { PlannedStep, Visit } from "../model/plan.ts";
import type { Section } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";

/** A step with the section it stands in. */
export interface PlacedStep {
  readonly step: PlannedStep;
  /** Index in the runbook's sections; absent before the first heading. */
  readonly section?: number;
}

/** A section whose hosts go through it so many at a time. */
export interface Rolling {
  readonly serial: number;
  readonly hosts: readonly string[];
}

type Problem = Omit<Diagnostic, "file">;

/**
 * In which order steps visit their hosts (FORMAT.md, sections 1 and 2): document order, all hosts of a step at once;
 * with `serial` on a step so many at a time; with `serial` on a section each batch of the section's hosts goes through
 * the whole section, subsections included, before the next. Sections within one another have batches within batches.
 *
 * @param hostsOf the hosts that go through a section in batches
 */
export function visitsOf(
  steps: readonly PlacedStep[],
  sections: readonly Section[],
  hostsOf: (section: Section) => readonly string[],
): {
  readonly order: readonly Visit[];
  readonly rolling: ReadonlyMap<number, Rolling>;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const rolling = new Map<number, Rolling>();
  const order = visits(
    steps.filter(({ step }) => step.role === "run"),
    { batch: undefined, first: true, open: 0 },
  );
  return { order, rolling, problems };

  /** @param around `open`: how many of the serial sections around the steps have been entered */
  function visits(part: readonly PlacedStep[], around: Around): readonly Visit[] {
    const order: Visit[] = [];
    for (let at = 0; at < part.length;) {
      const placed = part[at];
      if (placed === undefined) break;
      const entered = serialSectionsAround(placed.section, sections)[around.open];
      if (entered === undefined) {
        order.push(...visitsOfStep(placed.step, around));
        at++;
        continue;
      }
      // Sections are contiguous: its steps are those up to the first that stands elsewhere.
      const length = part.slice(at).findIndex(({ section }) => !isWithin(section, entered, sections));
      const own = length === -1 ? part.slice(at) : part.slice(at, at + length);
      order.push(...visitsOfSection(own, entered, around));
      at += own.length;
    }
    return order;
  }

  function visitsOfSection(own: readonly PlacedStep[], index: number, around: Around): readonly Visit[] {
    const section = sections[index];
    if (section?.serial === undefined) return [];
    const all = hostsOf(section);
    const through = new Set(all);
    rolling.set(index, { serial: section.serial.value, hosts: all });
    // Where it does not say who goes through it, that is what is wrong.
    if (section.on !== undefined) for (const { step } of own) reportStrangers(step, section, through);
    const batches = inBatches(within(all, around.batch), section.serial.value);
    return (batches.length === 0 ? [[]] : batches).flatMap((batch, number) => {
      return visits(own, { batch: new Set(batch), first: around.first && number === 0, open: around.open + 1 });
    });
  }

  function reportStrangers(step: PlannedStep, section: Section, through: ReadonlySet<string>): void {
    const stranger = step.hosts.find((host) => !through.has(host));
    if (stranger === undefined) return;
    problems.push({
      code: "WM3108",
      severity: "error",
      message: `Step \`${step.id}\` runs on \`${stranger}\`, which does not go through the section \`${section.title}\``,
      hint: `To run it there once for each host of the section, write at=${stranger}; else move it out of the section.`,
      span: step.span,
    });
  }
}

interface Around {
  /** The hosts that go through the sections around, now; absent: all. */
  readonly batch: ReadonlySet<string> | undefined;
  /** The first of their batches: what has no hosts is noted once. */
  readonly first: boolean;
  readonly open: number;
}

function visitsOfStep(step: PlannedStep, { batch, first }: Around): readonly Visit[] {
  if (step.hosts.length === 0) return first ? [{ step: step.index, hosts: [] }] : [];
  const hosts = within(step.hosts, batch);
  return inBatches(hosts, step.serial ?? Infinity).map((part) => ({ step: step.index, hosts: part }));
}

function within(hosts: readonly string[], batch: ReadonlySet<string> | undefined): readonly string[] {
  return batch === undefined ? hosts : hosts.filter((host) => batch.has(host));
}

function inBatches(hosts: readonly string[], size: number): readonly (readonly string[])[] {
  if (hosts.length === 0) return [];
  if (size >= hosts.length) return [hosts];
  return Array.from({ length: Math.ceil(hosts.length / size) }, (_, number) =>
    hosts.slice(number * size, (number + 1) * size),
  );
}

/** Indexes of the sections with `serial` that a section stands in, itself among them; outermost first. */
function serialSectionsAround(section: number | undefined, sections: readonly Section[]): readonly number[] {
  return lineOf(section, sections).filter((index) => sections[index]?.serial !== undefined);
}

function isWithin(section: number | undefined, outer: number, sections: readonly Section[]): boolean {
  return lineOf(section, sections).includes(outer);
}

/** A section and those around it, outermost first. */
function lineOf(section: number | undefined, sections: readonly Section[]): readonly number[] {
  if (section === undefined) return [];
  return [...lineOf(sections[section]?.parent, sections), section];
}
