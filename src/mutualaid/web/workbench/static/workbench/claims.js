// A claim in three panes: one page of its papers at a time, keys, tabs on narrow screens. Without it all pages stand below each
// other and every form still posts. What is turned or enlarged is the view alone; nothing is sent.
"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- papers ---------------------------------------------------------------------------------------------------------
  const viewer = one("[data-viewer]");
  const sheets = viewer ? all("[data-sheet]", viewer) : [];
  const turns = sheets.map(() => ({ zoom: 1, angle: 0 }));
  let now = 0;

  function laid() {
    const sheet = sheets[now];
    const picture = one("img", sheet);
    if (!picture || !picture.naturalWidth) return;
    const stage = one("[data-stage]", viewer);
    const box = one(".sheet-box", sheet);
    const { zoom, angle } = turns[now];
    const lying = angle % 180 !== 0;
    const width = lying ? picture.naturalHeight : picture.naturalWidth;
    const height = lying ? picture.naturalWidth : picture.naturalHeight;
    const caption = one("figcaption", sheet).offsetHeight + 20;
    const fit = Math.min((stage.clientWidth - 16) / width, (stage.clientHeight - caption) / height);
    const scale = Math.max(fit, 0.02) * zoom;
    box.style.width = `${width * scale}px`;
    box.style.height = `${height * scale}px`;
    picture.style.width = `${picture.naturalWidth * scale}px`;
    picture.style.transform = `translate(-50%, -50%) rotate(${angle}deg)`;
  }

  function show(place) {
    if (!sheets.length) return;
    now = Math.min(Math.max(place, 0), sheets.length - 1);
    sheets.forEach((sheet, at) => { sheet.hidden = at !== now; });
    all("[data-page]", viewer).forEach((link) => {
      if (Number(link.dataset.page) === now + 1) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const picture = one("img", sheets[now]);
    if (picture && !picture.complete) { picture.loading = "eager"; picture.addEventListener("load", laid, { once: true }); }
    laid();
    one("[data-stage]", viewer).scrollTo(0, 0);
  }

  const MOST = 8;
  function zoomed(by) {
    turns[now].zoom = by ? Math.min(Math.max(turns[now].zoom * by, 0.25), MOST) : 1;
    laid();
  }
  const doings = {
    "page-before": () => show(now - 1),
    "page-after": () => show(now + 1),
    smaller: () => zoomed(1 / 1.25),
    larger: () => zoomed(1.25),
    fit: () => zoomed(0),
    rotate: () => { turns[now].angle = (turns[now].angle + 90) % 360; laid(); },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : viewer.requestFullscreen && viewer.requestFullscreen()),
  };
  if (sheets.length) {
    viewer.classList.add("viewer-on");
    one(".viewer-tools", viewer).hidden = false;
    viewer.addEventListener("click", (event) => {
      const tool = event.target.closest("[data-turn]");
      const link = event.target.closest("[data-page]");
      if (tool) doings[tool.dataset.turn]();
      if (link) { event.preventDefault(); show(Number(link.dataset.page) - 1); }
    });
    new ResizeObserver(laid).observe(one("[data-stage]", viewer));
    show(0);
  }

  // --- tabs on narrow screens -----------------------------------------------------------------------------------------
  const panes = one(".panes");
  const tabs = all(".pane-tabs a");
  function open(id) {
    all(".pane").forEach((pane) => pane.classList.toggle("pane-now", pane.id === id));
    tabs.forEach((tab) => { if (tab.hash === `#${id}`) tab.setAttribute("aria-current", "page"); else tab.removeAttribute("aria-current"); });
    laid();
  }
  if (panes && tabs.length) {
    panes.classList.add("tabs-on");
    tabs.forEach((tab) => tab.addEventListener("click", (event) => { event.preventDefault(); open(tab.hash.slice(1)); }));
    open(one(".act[open]") || !sheets.length ? "calculation" : "papers");
  }

  // --- acts -----------------------------------------------------------------------------------------------------------
  function act(key) {
    const found = all(".act").find((each) => each.dataset.key === key);
    if (!found) return false;
    if (panes) open("calculation");
    found.open = true;
    found.scrollIntoView({ block: "nearest" });
    const first = one("input:not([type=hidden]), select, textarea, form .button", found) || one("summary", found);
    first.focus();
    return true;
  }
  const preview = one("[data-preview]");
  if (preview) {
    const form = preview.closest("form");
    const told = () => {
      const ticked = all("input[type=checkbox]:checked", form).map((box) => box.closest("label").textContent.trim());
      const text = one("textarea", form).value.trim();
      const papers = [...ticked, ...(text ? [text] : [])].join("、") || preview.dataset.lacking;
      preview.textContent = preview.dataset.preview.replace("{papers}", papers);
    };
    form.addEventListener("input", told);
    told();
  }

  // --- keys: never while somebody types -------------------------------------------------------------------------------
  const keys = one("[data-keys]");
  const help = one("[data-help]");
  if (keys && help) {
    help.hidden = false;
    help.addEventListener("click", () => keys.showModal());
  }
  const follow = (id) => { const link = document.getElementById(id); if (link) link.click(); };
  const pressed = {
    j: () => follow("claim-after"), ArrowRight: () => follow("claim-after"),
    k: () => follow("claim-before"), ArrowLeft: () => follow("claim-before"),
    "[": doings["page-before"], "]": doings["page-after"], "+": doings.larger, "=": doings.larger, "-": doings.smaller,
    0: doings.fit, t: doings.rotate, z: doings.full,
  };
  const OF_PAPERS = new Set(["[", "]", "+", "=", "-", "0", "t", "z"]);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (keys && event.key === "?" && !typing(event.target)) {
      event.preventDefault();
      if (keys.open) keys.close(); else keys.showModal();
      return;
    }
    if (typing(event.target) || (keys && keys.open)) return;
    if (event.key === "Escape") { all(".act[open]").forEach((each) => { each.open = false; }); return; }
    if (OF_PAPERS.has(event.key) && !sheets.length) return;
    if (pressed[event.key]) { event.preventDefault(); pressed[event.key](); }
    else if (act(event.key)) event.preventDefault();
  });
  function typing(target) {
    return target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select");
  }
})();
