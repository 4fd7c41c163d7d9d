// What pages of all portals do beyond plain HTML. Nothing here is needed to get work done: without it every form still posts.
"use strict";
(() => {
  const body = document.body;
  const toasts = document.getElementById("toasts");

  // A message at the foot of the page; `retry`, a function, gets a button.
  function toast(text, retry) {
    const box = document.createElement("div");
    box.className = "toast-note";
    const said = document.createElement("span");
    said.textContent = text;
    box.append(said);
    const button = (label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      made.addEventListener("click", () => { box.remove(); if (act) act(); });
      box.append(made);
    };
    if (retry) button(body.dataset.retry, retry);
    button(body.dataset.close);
    toasts.replaceChildren(box);
    return box;
  }

  // Requests for fragments that went wrong: what happened, and once more on demand (never by itself: it may have been done).
  const again = (event) => {
    const { elt, requestConfig } = event.detail;
    if (!elt || !requestConfig || requestConfig.verb !== "get") return undefined;
    return () => window.htmx.ajax("GET", requestConfig.path, { source: elt, target: event.detail.target });
  };
  body.addEventListener("htmx:responseError", (event) => {
    if ([401, 403].includes(event.detail.xhr.status)) location.reload(); // the whole page says why, and where to sign in
    else toast(body.dataset.failed, again(event));
  });
  body.addEventListener("htmx:sendError", (event) => toast(body.dataset.failed, again(event)));
  body.addEventListener("htmx:timeout", (event) => toast(body.dataset.late, again(event)));
  body.addEventListener("htmx:afterSettle", () => {
    const ended = document.querySelector(".job[data-go]");
    if (ended) location.assign(ended.dataset.go);
  });

  // A form that says data-unsaved asks before it is left with changes in it.
  let unsaved = false;
  body.addEventListener("input", (event) => { if (event.target.closest("form[data-unsaved]")) unsaved = true; });
  body.addEventListener("submit", (event) => {
    unsaved = false;
    if (event.target.action.endsWith("/sign-out")) sessionStorage.clear(); // whoever comes next finds nothing in this tab
    // A second press sends nothing twice; the button itself stays enabled, since its name and value are sent.
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  // Buttons: data-copy="text", data-print; <select data-submit> sends its form when another choice is made.
  body.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) navigator.clipboard.writeText(copy.dataset.copy).then(() => toast(body.dataset.copied));
    if (event.target.closest("[data-print]")) window.print();
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  body.addEventListener("change", (event) => { if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit(); });
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // The summary of errors is what is read first after a refused form.
  const errors = document.querySelector(".form-errors");
  if (errors) errors.focus();

  // No network: say so as long as it lasts.
  let banner;
  const connected = () => {
    if (banner) banner.remove();
    banner = navigator.onLine ? undefined : toast(body.dataset.offline);
  };
  window.addEventListener("offline", connected);
  window.addEventListener("online", connected);
  if (!navigator.onLine) connected();
  if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/sw.js").catch(() => {});
})();
