// Runs before the pages with lessons, certificate and benchmark: which programs they may start, and their look.
"use strict";
(() => {
  // No text becomes markup here, so that there is no rule for it, as there is in boot.js.
  const programs = ["lessons_loader.js", "player/src/workers/engine.js"].map((file) => new URL(file, document.baseURI).href);
  globalThis.trustedTypes?.createPolicy("default", {
    createScriptURL: (url) => (programs.includes(url) ? url : null),
  });
  try {
    // The look of the main page.
    const kept = JSON.parse(localStorage.getItem("unimed.settings") || "{}");
    if (kept.theme === "light") document.documentElement.dataset.theme = "light";
  } catch {
    // No storage: the look stays dark.
  }
  // Where the page's program does not come, somebody must say so.
  addEventListener("error", (event) => {
    if (!(event.target instanceof HTMLScriptElement)) return;
    document.getElementById("boot-word").textContent =
      location.protocol === "file:"
        ? "You opened this page from a file. Browsers let such a page start no program: serve its folder instead, for instance with python3 -m http.server 8080."
        : "The page could not be loaded. Load it again; if that does not help, tell whoever runs this site.";
  }, true);
})();
