/*
 * Search over all pages of the site. What it searches is a script, since a page that was opened from the file system can
 * load nothing else; it is loaded when somebody is about to search.
 */
(() => {
  /** @typedef {{ readonly id: number, readonly title: string, readonly page: string, readonly url: string, readonly text: string }} Entry */
  /** @typedef {{ createScriptURL(name: string): string }} Rules */

  const form = document.querySelector("form.search");
  const field = form?.querySelector("input");
  const found = form?.querySelector(".found");
  const said = form?.querySelector("[role=status]");
  const own = document.currentScript;
  if (!(form instanceof HTMLFormElement) || !field || !(found instanceof HTMLElement) || !said) return;
  if (!(own instanceof HTMLScriptElement)) return;
  /**
   * What is global besides what browsers have for sure.
   * @type {{
   *   readonly trustedTypes?: { createPolicy(name: string, rules: Rules): Rules },
   *   readonly MiniSearch: typeof import("minisearch").default<Entry>,
   *   readonly waymarkSearch: readonly Entry[],
   * }}
   */
  const world = /** @type {any} */ (globalThis);
  const root = form.dataset.root ?? "";

  const files = { minisearch: "minisearch.js", index: "search-index.js" };
  const policy = world.trustedTypes?.createPolicy("waymark", {
    /** @param {string} name */
    createScriptURL(name) {
      if (!Object.values(files).includes(name)) throw new TypeError(`not a script of this site: ${name}`);
      return new URL(name, own.src).href;
    },
  });

  /** @param {string} name */
  const load = (name) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = policy ? policy.createScriptURL(name) : new URL(name, own.src).href;
      script.addEventListener("load", () => resolve(undefined));
      script.addEventListener("error", () => reject(new Error(name)));
      document.head.append(script);
    });

  /** @type {Promise<InstanceType<typeof world.MiniSearch>> | undefined} */
  let ready;
  const searcher = () => {
    ready ??= Promise.all([load(files.minisearch), load(files.index)]).then(async () => {
      const search = new world.MiniSearch({
        fields: ["title", "page", "text"],
        storeFields: ["title", "page", "text", "url"],
        searchOptions: { boost: { title: 4, page: 2 }, prefix: true, fuzzy: 0.15, combineWith: "AND" },
      });
      await search.addAllAsync(world.waymarkSearch, { chunkSize: 200 });
      return search;
    });
    return ready;
  };

  let asked = 0;
  const search = async () => {
    const number = ++asked;
    const words = field.value.trim();
    if (words === "") return show([], "");
    if (found.hidden) show([], "Searching…");
    const results = (await searcher()).search(words).slice(0, 20);
    // What was asked for since comes first.
    if (number === asked) show(results, results.length === 0 ? "Nothing found" : `${results.length} found`);
  };

  /** @param {import("minisearch").SearchResult[]} results @param {string} words */
  const show = (results, words) => {
    said.textContent = words;
    found.hidden = words === "";
    found.replaceChildren(
      ...results.map((result) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = root + result.url;
        const title = document.createElement("strong");
        title.textContent = result.title;
        const where = document.createElement("span");
        where.textContent = result.title === result.page ? "" : result.page;
        const text = document.createElement("span");
        text.className = "excerpt";
        text.append(...excerpt(result.text, result.terms));
        link.append(title, where, text);
        link.addEventListener("click", () => show([], ""));
        item.append(link);
        return item;
      }),
    );
    if (results.length > 0 || words === "") return;
    const none = document.createElement("li");
    none.className = "none";
    none.textContent = words;
    found.append(none);
  };

  /** Some words around the first that was found. @param {string} text @param {string[]} terms */
  function excerpt(text, terms) {
    const lower = text.toLowerCase();
    const hits = terms.map((term) => ({ at: lower.indexOf(term), length: term.length })).filter(({ at }) => at >= 0);
    const first = hits.sort((a, b) => a.at - b.at)[0];
    if (!first) return [text.slice(0, 120)];
    const start = Math.max(0, first.at - 40);
    const mark = document.createElement("mark");
    mark.textContent = text.slice(first.at, first.at + first.length);
    const before = text.slice(start, first.at);
    return [start > 0 ? `…${before}` : before, mark, text.slice(first.at + first.length, first.at + 100)];
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    found.querySelector("a")?.click();
  });
  field.addEventListener("focus", () => void searcher().catch(() => undefined));
  field.addEventListener("input", () => {
    search().catch(() => {
      // It may be there the next time.
      ready = undefined;
      show([], "The search could not be loaded");
    });
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      show([], "");
      field.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const stops = [field, ...found.querySelectorAll("a")];
    const next = stops[stops.indexOf(/** @type {any} */ (document.activeElement)) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus({ preventScroll: true });
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !form.contains(event.target)) show([], "");
  });
})();
