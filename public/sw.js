// Keeps the whole site on the device, so that it opens without a network, and sends the site's security headers with
// every file where the host does not. What it keeps is listed in sw-site.js, which `cargo xtask build` writes.
"use strict";
// The one script that this worker may run beside itself, where the browser has Trusted Types.
self.trustedTypes?.createPolicy("default", { createScriptURL: (url) => (url === "sw-site.js" ? url : null) });
importScripts("sw-site.js");

const { files, headers, ownHeaders } = self.SITE;
const SHELF = "unimed-site";
const AT_ONCE = 3;

/// The engine's programs, of which a device needs one. It is kept when an engine first asks for it.
const ENGINES = ["threads_bg.wasm", "worker_bg.wasm"];

/// The shelf's name of a file; a changed file has another.
const place = (path) => new URL(`${path}?v=${files[path].sha256}`, self.registration.scope).href;

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function tell(message) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage(message);
}

/// Fetches one file, unless an earlier version of the site left it here, and refuses it when it is not the file that
/// was built: a host may be in the middle of an update.
async function keep(shelf, path) {
  if (await shelf.match(place(path))) return;
  const url = new URL(path, self.registration.scope).href;
  const at = Date.now();
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  const body = await response.arrayBuffer();
  await tell({ request: { url, at, bytes: body.byteLength } });
  const found = hex(await crypto.subtle.digest("SHA-256", body));
  if (found !== files[path].sha256) throw new Error(`${url}: SHA-256 ${found}, expected ${files[path].sha256}`);
  const kind = response.headers.get("Content-Type") ?? "application/octet-stream";
  await shelf.put(place(path), new Response(body, { headers: { "Content-Type": kind } }));
}

async function keepAll() {
  const shelf = await caches.open(SHELF);
  const before = new Set((await shelf.keys()).map(({ url }) => new URL(url).pathname));
  const isUsed = (path) => before.has(new URL(path, self.registration.scope).pathname);
  const waiting = Object.keys(files).filter((path) => !ENGINES.includes(path) || isUsed(path));
  const total = waiting.reduce((sum, path) => sum + files[path].bytes, 0);
  let done = 0;
  const work = async () => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      await keep(shelf, path);
      done += files[path].bytes;
      await tell({ kept: { done, total } });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function forgetOld() {
  const shelf = await caches.open(SHELF);
  const wanted = new Set(Object.keys(files).map(place));
  for (const request of await shelf.keys()) if (!wanted.has(request.url)) await shelf.delete(request);
}

// A version waits until no page of the one before is open, or its only page asks for it: their programs belong together.
self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOld().then(() => self.clients.claim())));

// A page asks for its successor. It is told when other pages of the site are open: they would go on with the programs of
// the old version and get files of the new one.
self.addEventListener("message", (event) => {
  if (event.data !== "take over") return;
  const takeOver = async () => {
    const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const pages = all.filter((page) => page.url.startsWith(self.registration.scope));
    if (pages.length > 1) event.source.postMessage({ others: pages.length - 1 });
    else await self.skipWaiting();
  };
  event.waitUntil(takeOver());
});

/// The response with the site's headers, or with those that are the file's alone.
function guarded(path, body, { status, statusText, headers: own }) {
  const all = new Headers(own);
  for (const [name, value] of Object.entries({ ...headers, ...ownHeaders[path] })) all.set(name, value);
  return new Response(body, { status, statusText, headers: all });
}

/// Start and end (behind the last byte) of `bytes=a-b`, `bytes=a-` or `bytes=-n`; null when it asks for something else.
function bounds(range, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range);
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const start = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? size : Math.min(size, Number(match[2]) + 1);
  return start < end ? [start, end] : null;
}

async function answer(request, path) {
  const shelf = await caches.open(SHELF);
  // What cannot be kept is fetched for this once.
  if (ENGINES.includes(path)) await keep(shelf, path).catch(() => {});
  const kept = await shelf.match(place(path));
  if (!kept) {
    const response = await fetch(request);
    return guarded(path, response.body, response);
  }
  const kind = kept.headers.get("Content-Type");
  const size = files[path].bytes;
  const own = { "Content-Type": kind, "Accept-Ranges": "bytes", ETag: `"${files[path].sha256}"` };
  if (request.method === "HEAD") return guarded(path, null, { status: 200, headers: { ...own, "Content-Length": size } });
  const range = request.headers.get("Range");
  if (range === null) return guarded(path, kept.body, { status: 200, headers: { ...own, "Content-Length": size } });
  const asked = bounds(range, size);
  if (asked === null) return guarded(path, null, { status: 416, headers: { ...own, "Content-Range": `bytes */${size}` } });
  const [start, end] = asked;
  const part = (await kept.blob()).slice(start, end, kind);
  const told = { "Content-Length": end - start, "Content-Range": `bytes ${start}-${end - 1}/${size}` };
  return guarded(path, part, { status: 206, headers: { ...own, ...told } });
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const folder = new URL(self.registration.scope);
  if (url.origin !== folder.origin || !url.pathname.startsWith(folder.pathname)) return;
  if (request.method !== "GET" && request.method !== "HEAD") return;
  const path = url.pathname.slice(folder.pathname.length) || "index.html";
  if (Object.hasOwn(files, path)) event.respondWith(answer(request, path));
});
