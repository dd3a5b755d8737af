// Starts the page. A plain script, not a module: browsers refuse modules in a page that was opened from a file, and
// then someone has to say so.
"use strict";
(() => {
  const say = (sentence) => {
    const word = document.getElementById("boot-word");
    if (word) word.textContent = sentence;
  };
  try {
    // The look of the last visit, before the first paint.
    const kept = JSON.parse(localStorage.getItem("unimed.settings") || "{}");
    if (kept.theme === "light") document.documentElement.dataset.theme = "light";
  } catch {
    // No storage: the look stays dark.
  }
  if (location.protocol === "file:") {
    say(
      "You opened this page from a file. Browsers let such a page start no program, so nothing can run here. " +
        "Serve its folder instead, for instance with: python3 -m http.server 8080, and open http://127.0.0.1:8080",
    );
    return;
  }
  import("./app.js")
    .then((app) => app.default())
    .catch((reason) => {
      console.error(reason);
      say(
        "The page could not start. Load it again; if that does not help, use a current version of Chrome, Edge, " +
          "Firefox or Safari.",
      );
    });
})();
