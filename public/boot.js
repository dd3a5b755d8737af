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
  // A network that is lost while the page loads comes back, mostly; a module that failed to load is not asked for again
  // until the page is loaded anew. Three times, because a host or a browser may lack something that no waiting brings.
  const COUNT = "unimed.reloads";
  const count = () => Number(sessionStorage.getItem(COUNT));
  const goOn = async () => {
    for (let there = false; !there; ) {
      await new Promise((later) => setTimeout(later, 1000));
      there = await fetch("app_bg.wasm", { method: "HEAD", cache: "no-store" }).then((answer) => answer.ok, () => false);
    }
    sessionStorage.setItem(COUNT, count() + 1);
    location.reload();
  };
  import("./app.js")
    .then((app) => app.default())
    .then(() => sessionStorage.removeItem(COUNT))
    .catch((reason) => {
      console.error(reason);
      if (reason instanceof TypeError && count() < 3) {
        say("The network was lost while the page was loading. It goes on by itself as soon as the network is back.");
        goOn().catch(console.error);
        return;
      }
      say(
        "The page could not start. Load it again; if that does not help, use a current version of Chrome, Edge, " +
          "Firefox or Safari.",
      );
    });
})();
