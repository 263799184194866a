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
  /** New ids of the steps that do what they did, and whose expectations, or the variable they keep, are others. */
  readonly rejudged: readonly string[];
  /** New ids of the steps that stand elsewhere: in another order among those that live on, or under another heading. */
  readonly moved: readonly string[];
  /** Old ids of steps that may live on as one of those added: somebody has to say. */
  readonly ambiguous: readonly string[];
}

/** What somebody has said of ambiguous steps: old id → new id, or undefined where it is gone. */
export type Said = ReadonlyMap<string, string | undefined>;

/**
 * Matches the steps of an edited guide to those of the revision before (FORMAT.md, section 7): by `#id`; as was said;
 * by the digest of the effect, the n-th with the n-th where both have as many; a lone unmatched step between matched
 * neighbours under the same heading. Two steps with different `#id`s and different effects are never the same.
 *
 * @param isStarted by old id; what has not been started anywhere need not be found again, so it is never ambiguous
 */
export function compareRevisions(
  before: readonly PlannedStep[],
  after: readonly PlannedStep[],
  isStarted: (id: string) => boolean = () => true,
  said: Said = new Map(),
): RevisionChanges {
  const matches = new Map<PlannedStep, PlannedStep>();
  const taken = new Set<PlannedStep>();
  const match = (pairs: readonly Pair[]): void => {
    for (const [old, now] of pairs) {
      matches.set(old, now);
      taken.add(now);
    }
  };
  const gone = new Set([...said].flatMap(([id, now]) => (now === undefined ? [id] : [])));
  const lost = (): readonly PlannedStep[] => before.filter((step) => !matches.has(step) && !gone.has(step.id));
  const fresh = (): readonly PlannedStep[] => after.filter((step) => !taken.has(step));
  match(sameId(before, after));
  match(asSaid(lost(), fresh(), said));
  match(sameEffect(lost(), fresh()));
  match(samePlace(before, after, matches, taken, gone));

  const added = fresh();
  const mayLiveOn = (old: PlannedStep): boolean =>
    isStarted(old.id) && !gone.has(old.id) && candidates(old, added).length > 0;
  const [ambiguous, removed] = partition(
    before.filter((step) => !matches.has(step)),
    mayLiveOn,
  );
  const pairs = [...matches];
  const [same, changed] = partition(pairs, ([old, now]) => old.effectDigest === now.effectDigest);
  return {
    renamed: Object.fromEntries(pairs.map(([old, now]) => [old.id, now.id])),
    added: ids(added),
    removed: ids(removed),
    changed: inGuide(changed),
    rejudged: inGuide(same.filter(([old, now]) => isJudgedOtherwise(old, now))),
    moved: inGuide(movedAmong(pairs, before, after)),
    ambiguous: ids(ambiguous),
  };
}

/** Those of the new steps as which an old one may live on: with an `#id` each, two steps are never the same. */
export function candidates(old: PlannedStep, added: readonly PlannedStep[]): readonly PlannedStep[] {
  return added.filter((step) => !(old.explicitId && step.explicitId));
}

type Pair = readonly [old: PlannedStep, now: PlannedStep];

/** What it printed has to be looked at once more. */
function isJudgedOtherwise(old: PlannedStep, now: PlannedStep): boolean {
  return old.expectDigest !== now.expectDigest || (now.capture !== undefined && old.capture !== now.capture);
}

/** The fewest steps without which the rest stands in the order it had, and those that are under another heading. */
function movedAmong(
  pairs: readonly Pair[],
  before: readonly PlannedStep[],
  after: readonly PlannedStep[],
): readonly Pair[] {
  const [headings, newHeadings] = [new Set(before.map(headingOf)), new Set(after.map(headingOf))];
  const [stayed, away] = partition(pairs, ([old, now]) => {
    const [from, to] = [headingOf(old), headingOf(now)];
    // A heading that is called otherwise moves nothing.
    return from === to || (!newHeadings.has(from) && !headings.has(to));
  });
  const inOrder = stayed.toSorted(([, a], [, b]) => a.index - b.index);
  const still = new Set(longestRising(inOrder.map(([old]) => old.index)));
  return [...away, ...inOrder.filter((_, position) => !still.has(position))];
}

/** Positions of a longest rising subsequence (https://en.wikipedia.org/wiki/Longest_increasing_subsequence). */
function longestRising(values: readonly number[]): readonly number[] {
  // `ends[n]`: position of the least value that ends a rising row of n + 1.
  const ends: number[] = [];
  const previous = values.map((value, position) => {
    const longer = ends.findIndex((end) => (values[end] ?? 0) > value);
    const length = longer === -1 ? ends.length : longer;
    ends[length] = position;
    return length === 0 ? undefined : ends[length - 1];
  });
  const row: number[] = [];
  for (let at = ends.at(-1); at !== undefined; at = previous[at]) row.push(at);
  return row;
}

function headingOf({ sections }: PlannedStep): string {
  return JSON.stringify(sections);
}

/** New ids, in the order of the guide. */
function inGuide(pairs: readonly Pair[]): readonly string[] {
  return ids(pairs.map(([, now]) => now).toSorted((a, b) => a.index - b.index));
}

function asSaid(lost: readonly PlannedStep[], fresh: readonly PlannedStep[], said: Said): readonly Pair[] {
  return lost.flatMap((old): readonly Pair[] => {
    const now = fresh.find(({ id }) => id === said.get(old.id));
    return now === undefined ? [] : [[old, now]];
  });
}

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
  gone: ReadonlySet<string>,
): readonly Pair[] {
  const now = Map.groupBy(after, headingOf);
  return [...Map.groupBy(before, headingOf)].flatMap(([title, olds]) => {
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
      if (matches.has(old) || gone.has(old.id) || above === undefined || below !== above + 2) return [];
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
