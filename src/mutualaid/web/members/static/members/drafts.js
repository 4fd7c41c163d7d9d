// What a step of a claim does so that nothing typed is lost: it is saved while somebody types and when they leave; without a network
// or after the session has ended it waits in this tab, and is put back and saved as soon as that is possible.
"use strict";
(() => {
  const PREFIX = "unsaved:";
  const KEY = PREFIX + location.pathname;
  const kept = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };
  // What another step sent has arrived: this page came after it.
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX) && key !== KEY && (kept(key) || {}).sent) sessionStorage.removeItem(key);

  const saver = document.getElementById("saver");
  const form = saver && saver.closest("form");
  if (!form) return;
  const OWN = ["csrfmiddlewaretoken", "seen"];
  const entries = () => Object.fromEntries([...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OWN.includes(name)));
  let typed = 0; // counts what was typed; `sent` is as far as the last attempt went
  let sent = 0;
  let saved = 0;
  let lost = false;
  let leaving = false;
  let wanted; // the button that was pressed while nothing could be sent

  function keep(more) {
    try { sessionStorage.setItem(KEY, JSON.stringify({ entries: entries(), ...more })); } catch { /* full or forbidden: nothing to be done */ }
  }
  function say(text) {
    const line = document.createElement("p");
    line.className = "kept kept-odd";
    line.textContent = text;
    saver.replaceChildren(line);
  }
  const save = () => window.htmx && window.htmx.trigger(form, "change");

  form.addEventListener("input", () => { typed += 1; keep(); });
  saver.addEventListener("htmx:beforeRequest", () => { sent = typed; });
  saver.addEventListener("htmx:sendError", (event) => event.stopPropagation()); // the line below says it
  saver.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, successful } = event.detail;
    if (xhr && xhr.getResponseHeader("HX-Redirect")) return; // to sign in: what is kept waits for the way back
    lost = !successful;
    if (lost) { say(saver.dataset.offline); return; }
    saved = sent;
    if (saved === typed) sessionStorage.removeItem(KEY);
    if (wanted) { const button = wanted; wanted = undefined; form.requestSubmit(button); }
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine && !lost) { leaving = true; keep({ sent: true }); return; }
    event.preventDefault();
    wanted = event.submitter;
    say(saver.dataset.offline);
    save();
  });
  window.addEventListener("online", () => { if (lost || saved < typed) save(); });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("pagehide", () => {
    if (leaving || saved >= typed) return;
    fetch(location.pathname, { method: "POST", body: new FormData(form), keepalive: true, headers: { "HX-Request": "true" } }).catch(() => {});
  });

  // Put back what did not arrive.
  const before = kept(KEY);
  if (before && before.entries && Object.entries(before.entries).some(([name, value]) => (entries()[name] || "") !== value)) {
    for (const field of form.elements) {
      if (!field.name || OWN.includes(field.name) || field.type === "hidden") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = before.entries[field.name] === field.value;
      else if (field.name in before.entries) field.value = before.entries[field.name];
    }
    typed += 1;
    keep();
    say(saver.dataset.restored);
    window.addEventListener("load", save);
  } else sessionStorage.removeItem(KEY);
})();
