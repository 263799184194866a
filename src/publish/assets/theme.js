// Before anything is painted: the reader's choice of light or dark, where there is one.
(() => {
  try {
    const chosen = localStorage.getItem("waymark:theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Nothing is kept where the browser forbids it.
  }
})();
