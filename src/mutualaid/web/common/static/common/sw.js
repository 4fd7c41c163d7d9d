// Keeps our own static files and one page that says there is no network. Pages of people are never kept.
"use strict";
const KEPT = "mutualaid-__VERSION__";
const FIRST = __FILES__;
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FIRST)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("/offline")));
  } else if (FIRST.includes(new URL(request.url).pathname)) {
    // From the network while there is one, so that a new release shows at once.
    event.respondWith(fetch(request).catch(() => caches.match(request)));
  }
});
