/*
 * What a page does in the browser: buttons that copy, values that appear in commands, tabs, boxes to tick, light and
 * dark. It is read from top to bottom by anyone who wants to know what a page does; everything works without it, but for
 * what it adds. Nothing that is typed leaves the browser, and secrets do not even leave their fields.
 */
(() => {
  const page = `waymark:${location.pathname}`;

  /** What the browser keeps for this page; some browsers keep nothing. */
  const store = {
    /** @param {string} key */
    get(key) {
      try {
        return localStorage.getItem(`${page}:${key}`);
      } catch {
        return null;
      }
    },
    /** @param {string} key @param {string | null} value */
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem(`${page}:${key}`);
        else localStorage.setItem(`${page}:${key}`, value);
      } catch {
        // It is there until the page is left.
      }
    },
  };

  /**
   * The elements of a kind, as such.
   * @template {Element} T
   * @param {string} selector @param {new () => T} type @param {ParentNode} [within]
   */
  const all = (selector, type, within = document) =>
    [...within.querySelectorAll(selector)].flatMap((element) => (element instanceof type ? [element] : []));

  /** Tells those who do not see the page. */
  const status = document.createElement("p");
  status.className = "sr-only";
  status.setAttribute("role", "status");
  document.querySelector("main")?.append(status);

  // --- Copying ---------------------------------------------------------------------------------------------------

  /** The code of a block; of a terminal session, what is typed. @param {HTMLElement} pre */
  function codeOf(pre) {
    const text = pre.textContent ?? "";
    if (!pre.classList.contains("session")) return text;
    let line = { typed: false, text: "" };
    const lines = [line];
    for (const node of pre.querySelector("code")?.childNodes ?? []) {
      const classes = node instanceof Element ? node.classList : undefined;
      if (classes?.contains("t-prompt")) {
        line.typed = true;
        continue;
      }
      for (const [index, part] of (node.textContent ?? "").split("\n").entries()) {
        // A line that goes on has no prompt.
        if (index > 0) lines.push((line = { typed: goesOn(line), text: "" }));
        if (classes?.contains("t-output")) line.typed = false;
        line.text += part;
      }
    }
    return lines
      .filter(({ typed }) => typed)
      .map(({ text }) => text)
      .join("\n");
  }

  /** @param {{ typed: boolean, text: string }} line */
  function goesOn({ typed, text }) {
    return typed && /(?<!\\)(?:\\\\)*\\$/.test(text);
  }

  /** @param {string} text */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Only pages that came safely may use the clipboard so; the old way is open to all.
      const before = document.activeElement;
      const field = document.createElement("textarea");
      field.value = text;
      field.className = "sr-only";
      // A phone would show its keyboard.
      field.readOnly = true;
      document.body.append(field);
      field.focus({ preventScroll: true });
      field.select();
      const copied = document.execCommand("copy");
      field.remove();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
      return copied;
    }
  }

  /** @param {HTMLButtonElement} button @param {() => string} text */
  function copies(button, text) {
    button.hidden = false;
    button.addEventListener("click", () => {
      void copy(text()).then((copied) => {
        button.textContent = copied ? "Copied" : "Not copied";
        button.classList.toggle("done", copied);
        status.textContent = button.textContent;
        setTimeout(() => {
          button.textContent = "Copy";
          button.classList.remove("done");
          status.textContent = "";
        }, 1500);
      });
    });
  }

  for (const button of all("button.copy", HTMLButtonElement)) {
    const pre = button.parentElement?.querySelector("pre");
    if (pre) copies(button, () => codeOf(pre));
  }
  for (const button of all("button.copy-secret", HTMLButtonElement)) {
    const field = button.parentElement?.querySelector("input");
    if (field) copies(button, () => field.value);
  }

  // --- Values ----------------------------------------------------------------------------------------------------

  /** @typedef {HTMLInputElement | HTMLSelectElement} Field */

  const fields = /** @type {Field[]} */ (all("[data-input]", HTMLElement));
  /** What stands in the page for a variable as long as it has no value. */
  const uses = all("[data-var]", HTMLElement).map((element) => ({
    element,
    name: element.dataset.var ?? "",
    place: element.dataset.place ?? "",
    empty: [...element.childNodes].map((node) => node.cloneNode(true)),
  }));

  /** @param {string} value */
  const quoted = (value) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);

  /** A value as it must be written where its variable stands. @param {string} value @param {string} place */
  function written(value, place) {
    switch (place) {
      case "quoted":
        return value.replaceAll(/["$`\\]/g, "\\$&");
      case "document":
        return value.replaceAll(/[$`\\]/g, "\\$&");
      case "word":
        return value.trim().split(/\s+/).map(quoted).join(" ");
      case "part":
      case "assigned":
        return quoted(value);
      default:
        return value;
    }
  }

  /** What is wrong with a value; empty where nothing is. @param {Field} field */
  function problemOf(field) {
    const { pattern, type } = field.dataset;
    const value = field.value;
    if (value === "") return "";
    if (type === "integer" && !/^[+-]?\d+$/.test(value)) return "This must be a whole number.";
    if (type === "number" && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return "This must be a number.";
    if (pattern === undefined) return "";
    try {
      return new RegExp(`^(?:${pattern})$`, "u").test(value) ? "" : `This does not fit ${pattern}`;
    } catch {
      return "";
    }
  }

  /** Shows a value wherever it belongs. @param {string} name @param {Field} from */
  function show(name, from) {
    const problem = problemOf(from);
    for (const field of fields) {
      if (field.dataset.input !== name) continue;
      if (field !== from) field.value = from.value;
      field.setAttribute("aria-invalid", String(problem !== ""));
      const wrong = field.closest(".value")?.querySelector(".wrong");
      if (wrong) wrong.textContent = problem;
    }
    const value = problem === "" ? from.value : "";
    for (const use of uses) {
      if (use.name !== name) continue;
      const { element, place, empty } = use;
      element.classList.toggle("filled", value !== "");
      if (value === "") element.replaceChildren(...empty.map((node) => node.cloneNode(true)));
      else element.textContent = written(value, place);
      element.title = name;
    }
    for (const tabs of all("[data-tabs]", HTMLElement)) if (tabs.dataset.tabs === name) choose(tabs, from.value);
  }

  for (const element of all(".value, .for-scripts", HTMLElement)) element.hidden = false;
  for (const element of all("details.exports", HTMLDetailsElement)) {
    element.open = false;
    element.hidden = element.closest(".values") === null;
    const summary = element.querySelector("summary");
    if (summary) summary.textContent = "Or export these first";
  }

  // --- Tabs ------------------------------------------------------------------------------------------------------

  for (const [number, tabs] of all("[data-tabs]", HTMLElement).entries()) {
    const panels = all(":scope > [data-choice]", HTMLElement, tabs);
    const list = document.createElement("div");
    list.className = "tab-list";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", `Choose ${tabs.dataset.tabs ?? ""}`);
    for (const [index, panel] of panels.entries()) {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `tab:${number}:${index}`;
      tab.textContent = panel.querySelector("h2,h3,h4,h5,h6")?.firstChild?.textContent ?? panel.dataset.choice ?? "";
      tab.dataset.tab = panel.dataset.choice ?? "";
      tab.setAttribute("role", "tab");
      panel.id ||= `panel:${number}:${index}`;
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => pick(tabs, tab.dataset.tab ?? ""));
      tab.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        const next = all("[role=tab]", HTMLButtonElement, list)[(index + step + panels.length) % panels.length];
        if (step === 0 || !next) return;
        event.preventDefault();
        pick(tabs, next.dataset.tab ?? "");
        next.focus();
      });
      list.append(tab);
    }
    tabs.prepend(list);
    tabs.classList.add("ready");
    choose(tabs, panels[0]?.dataset.choice ?? "");
  }

  /** A tab is a choice, for the form as well. @param {HTMLElement} tabs @param {string} choice */
  function pick(tabs, choice) {
    choose(tabs, choice);
    const field = fields.find(({ dataset }) => dataset.input === tabs.dataset.tabs);
    if (!field || field.value === choice) return;
    field.value = choice;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Shows the panel of a choice, if there is one. @param {HTMLElement} tabs @param {string} choice */
  function choose(tabs, choice) {
    const panels = all(":scope > [data-choice]", HTMLElement, tabs);
    if (!panels.some(({ dataset }) => dataset.choice === choice)) return;
    for (const panel of panels) panel.hidden = panel.dataset.choice !== choice;
    for (const tab of all(":scope > .tab-list > [role=tab]", HTMLButtonElement, tabs)) {
      const chosen = tab.dataset.tab === choice;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  }

  // Once there are tabs: values choose among them.
  for (const field of fields) {
    const name = field.dataset.input ?? "";
    const kept = store.get(`value:${name}`);
    const possible = !(field instanceof HTMLSelectElement) || [...field.options].some(({ value }) => value === kept);
    if (kept !== null && possible) field.value = kept;
    field.addEventListener("input", () => {
      store.set(`value:${name}`, field.value === (field.dataset.default ?? null) ? null : field.value);
      show(name, field);
    });
  }
  for (const field of fields) {
    const name = field.dataset.input ?? "";
    if (fields.find(({ dataset }) => dataset.input === name) === field) show(name, field);
  }

  /** What a link leads to may be in a panel that is not shown, or folded up. */
  function reveal() {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // Then it is the name itself.
    }
    const target = document.getElementById(id);
    if (!target) return;
    for (let element = target.parentElement; element; element = element.parentElement) {
      if (element instanceof HTMLDetailsElement) element.open = true;
      if (element.dataset.choice !== undefined && element.parentElement)
        pick(element.parentElement, element.dataset.choice);
    }
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  // A link to where one is already changes nothing that browsers would tell of.
  document.addEventListener("click", ({ target }) => {
    const link = target instanceof Element ? target.closest("a") : null;
    if (link && link.hash !== "" && link.href === location.href) reveal();
  });

  // --- Ticking ---------------------------------------------------------------------------------------------------

  for (const box of all("input[data-tick]", HTMLInputElement)) {
    const key = `tick:${box.dataset.tick ?? ""}`;
    const kept = store.get(key);
    if (kept !== null) box.checked = kept === "1";
    box.addEventListener("change", () => {
      store.set(key, box.checked === box.defaultChecked ? null : box.checked ? "1" : "0");
    });
  }

  // --- Light and dark --------------------------------------------------------------------------------------------

  const theme = document.querySelector("button.theme");
  if (theme instanceof HTMLButtonElement) {
    theme.hidden = false;
    theme.addEventListener("click", () => {
      const root = document.documentElement;
      const dark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try {
        localStorage.setItem("waymark:theme", root.dataset.theme);
      } catch {
        // It is so until the page is left.
      }
    });
  }

  // --- Contents --------------------------------------------------------------------------------------------------

  const contents = document.querySelector("nav.contents details");
  if (contents instanceof HTMLDetailsElement) {
    // On a phone they would stand in the way of the guide.
    if (matchMedia("(max-width: 60rem)").matches) contents.open = false;
    const links = new Map(
      all("a", HTMLAnchorElement, contents).map((link) => [decodeURIComponent(link.hash.slice(1)), link]),
    );
    const headings = [...links.keys()].flatMap((id) => document.getElementById(id) ?? []);
    let due = false;
    const follow = () => {
      due = false;
      const top = headings.filter((heading) => heading.offsetParent && heading.getBoundingClientRect().top < 120);
      const here = top[top.length - 1];
      for (const [id, link] of links) {
        if (id !== here?.id) link.removeAttribute("aria-current");
        else if (!link.hasAttribute("aria-current")) {
          link.setAttribute("aria-current", "true");
          // Beside the guide, the list is as high as the window and scrolls in itself.
          const list = contents.parentElement;
          if (list) list.scrollTop = link.offsetTop - list.clientHeight / 2;
        }
      }
    };
    const soon = () => {
      if (!due) requestAnimationFrame(follow);
      due = true;
    };
    // Not when a heading passes by: a jump leaves out those between.
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    soon();
  }

  // Now that all has its place.
  if (location.hash !== "") reveal();
})();
