import type { PlannedStep } from "../model/plan.ts";

/** What became of the steps between two revisions of a guide. */
export interface RevisionChanges {
  /** Old id → new id of every step that lives on, most of them unchanged. */
  readonly renamed: Readonly<Record<string, string>>;
  /** New ids. */
  readonly added: readonly string[];
  /** Old ids. */
  readonly removed: readonly string[];
  /** New ids of the steps that live on with another effect. */
  readonly changed: readonly string[];
  /** Old ids of steps that may live on as one of those added: somebody has to say. */
  readonly ambiguous: readonly string[];
}

/**
 * Matches the steps of an edited guide to those of the revision before (FORMAT.md, section 7): by `#id`; by the digest
 * of the effect, the n-th with the n-th where both have as many; a lone unmatched step between matched neighbours under
 * the same heading. Two steps with different `#id`s and different effects are never the same.
 *
 * @param isStarted by old id; what has not been started anywhere need not be found again, so it is never ambiguous
 */
export function compareRevisions(
  before: readonly PlannedStep[],
  after: readonly PlannedStep[],
  isStarted: (id: string) => boolean = () => true,
): RevisionChanges {
  const matches = new Map<PlannedStep, PlannedStep>();
  const taken = new Set<PlannedStep>();
  const match = (pairs: readonly Pair[]): void => {
    for (const [old, now] of pairs) {
      matches.set(old, now);
      taken.add(now);
    }
  };
  const lost = (): readonly PlannedStep[] => before.filter((step) => !matches.has(step));
  const fresh = (): readonly PlannedStep[] => after.filter((step) => !taken.has(step));
  match(sameId(before, after));
  match(sameEffect(lost(), fresh()));
  match(samePlace(before, after, matches, taken));

  const added = fresh();
  const mayLiveOn = (old: PlannedStep): boolean =>
    isStarted(old.id) && added.some((step) => !(old.explicitId && step.explicitId));
  const [ambiguous, removed] = partition(lost(), mayLiveOn);
  return {
    renamed: Object.fromEntries([...matches].map(([old, now]) => [old.id, now.id])),
    added: ids(added),
    removed: ids(removed),
    changed: ids([...matches].filter(([old, now]) => old.effectDigest !== now.effectDigest).map(([, now]) => now)),
    ambiguous: ids(ambiguous),
  };
}

type Pair = readonly [old: PlannedStep, now: PlannedStep];

function sameId(before: readonly PlannedStep[], after: readonly PlannedStep[]): readonly Pair[] {
  const named = new Map(after.filter(({ explicitId }) => explicitId).map((step) => [step.id, step]));
  return before.flatMap((old): readonly Pair[] => {
    const now = old.explicitId ? named.get(old.id) : undefined;
    return now === undefined ? [] : [[old, now]];
  });
}

function sameEffect(lost: readonly PlannedStep[], fresh: readonly PlannedStep[]): readonly Pair[] {
  const now = Map.groupBy(fresh, ({ effectDigest }) => effectDigest);
  return [...Map.groupBy(lost, ({ effectDigest }) => effectDigest)].flatMap(([digest, olds]) => {
    const same = now.get(digest) ?? [];
    return same.length === olds.length ? zip(olds, same) : [];
  });
}

/** Heading by heading: where exactly one step is new between two that live on, or the ends, as one was lost there. */
function samePlace(
  before: readonly PlannedStep[],
  after: readonly PlannedStep[],
  matches: ReadonlyMap<PlannedStep, PlannedStep>,
  taken: ReadonlySet<PlannedStep>,
): readonly Pair[] {
  const heading = ({ sections }: PlannedStep): string => JSON.stringify(sections);
  const now = Map.groupBy(after, heading);
  return [...Map.groupBy(before, heading)].flatMap(([title, olds]) => {
    const steps = now.get(title) ?? [];
    const place = (old: PlannedStep | undefined, end: number): number | undefined => {
      if (old === undefined) return end;
      const step = matches.get(old);
      const index = step === undefined ? -1 : steps.indexOf(step);
      return index === -1 ? undefined : index;
    };
    return olds.flatMap((old, index): readonly Pair[] => {
      const above = place(olds[index - 1], -1);
      const below = place(olds[index + 1], steps.length);
      if (matches.has(old) || above === undefined || below !== above + 2) return [];
      const step = steps[above + 1];
      if (step === undefined || taken.has(step) || (old.explicitId && step.explicitId)) return [];
      return [[old, step]];
    });
  });
}

function zip(olds: readonly PlannedStep[], now: readonly PlannedStep[]): readonly Pair[] {
  return olds.flatMap((old, index): readonly Pair[] => {
    const step = now[index];
    return step === undefined ? [] : [[old, step]];
  });
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function ids(steps: readonly PlannedStep[]): readonly string[] {
  return steps.map(({ id }) => id);
}
