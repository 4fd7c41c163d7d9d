// The editor of a plan's text: line numbers beside it, the way from a fault to its line, and what was typed but not saved.
"use strict";
(() => {
  const form = document.querySelector("form.editor");
  if (!form) return;
  const area = form.querySelector("textarea");
  const gutter = form.querySelector(".gutter");
  const told = document.getElementById("told");
  let shown = 0;

  function number() {
    const lines = area.value.split("\n").length;
    if (lines !== shown) {
      const all = document.createDocumentFragment();
      for (let line = 1; line <= lines; line += 1) {
        const one = document.createElement("span");
        one.textContent = line;
        all.append(one);
      }
      gutter.replaceChildren(all);
      shown = lines;
    }
    mark();
    gutter.scrollTop = area.scrollTop;
  }

  function mark() {
    const wrong = new Set([...told.querySelectorAll("[data-line]")].map((link) => Number(link.dataset.line)));
    for (const [index, one] of [...gutter.children].entries()) one.classList.toggle("wrong", wrong.has(index + 1));
  }

  function go(line) {
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[line - 1] || "").length);
    const height = area.scrollHeight / Math.max(1, lines.length);
    area.scrollTop = Math.max(0, (line - 6) * height);
    area.scrollLeft = 0;
  }

  area.addEventListener("input", () => { number(); keep(); });
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  told.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    go(Number(link.dataset.line));
  });
  document.body.addEventListener("htmx:afterSettle", mark);

  // Kept until the tab is closed, in this browser only; offered again when it is not what the page shows.
  const key = `mutualaid-${form.dataset.keep}`;
  const restore = form.querySelector(".restore");
  function keep() {
    try { sessionStorage.setItem(key, area.value); } catch { /* full or switched off: the form still posts */ }
  }
  function kept() {
    try { return sessionStorage.getItem(key); } catch { return null; }
  }
  const before = kept();
  if (before && before !== area.value && !document.querySelector(".form-errors")) restore.hidden = false;
  restore.querySelector("button").addEventListener("click", () => {
    area.value = before;
    restore.hidden = true;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", () => {
    try { sessionStorage.removeItem(key); } catch { /* as above */ }
  });
  number();
})();
