// Runs before the page that other sites frame: which program it may start, and its look, which the frame's address names.
"use strict";
(() => {
  const program = new URL("player/src/workers/engine.js", document.baseURI).href;
  globalThis.trustedTypes?.createPolicy("default", {
    createScriptURL: (url) => (url === program ? url : null),
  });
  if (new URLSearchParams(location.search).get("theme") === "light") document.documentElement.dataset.theme = "light";
  // Where the page's own script does not come, somebody must say so.
  addEventListener("error", (event) => {
    if (!(event.target instanceof HTMLScriptElement)) return;
    document.getElementById("status").textContent =
      "UniMed could not be loaded. Load the page again; if that does not help, tell whoever runs this site.";
  }, true);
})();
