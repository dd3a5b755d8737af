// Starts the page. A plain script, not a module, so that it can say what is wrong where browsers refuse modules.
"use strict";
(() => {
  // All strings that a browser would run or read as markup come through here, where it has Trusted Types: the programs
  // beside the page, and the few pieces of markup without scripts and addresses that leptos makes of words.
  const PROGRAMS = ["decoder_loader.js", "models_loader.js", "worker_loader.js", "sw.js"];
  const ELEMENT = "(?:br|code|div|em|h[1-6]|kbd|li|ol|p|small|span|strong|ul)";
  const MARKUP = new RegExp(`^(?:[^<]|</${ELEMENT}>|<${ELEMENT}(?: (?:aria-[a-z]+|class|role)="[^"<>]*")*>)*$`);
  globalThis.trustedTypes?.createPolicy("default", {
    createScriptURL: (url) => (PROGRAMS.includes(url) ? url : null),
    createHTML: (markup) => (MARKUP.test(markup) ? markup : null),
  });
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
    // Chromium does not even run this script, because it cannot compare its hash; the page itself says what to do.
    say("You opened this page from a file. Browsers let such a page start no program, so nothing can run here.");
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
  // The file, if it has the hash that the page's head names for it.
  const checked = async (file) => {
    const { integrity } = document.querySelector(`link[href$="${file}"]`);
    return (await import("./checked.js")).checked(file, integrity);
  };
  const program = checked("app_bg.wasm");
  // Why a module does not come, the browser does not say.
  const glue = import("./app.js").catch((reason) => checked("app.js").then(() => Promise.reject(reason)));
  Promise.all([glue, program])
    .then(([app, program]) => app.default({ module_or_path: program }))
    .then(() => sessionStorage.removeItem(COUNT))
    .catch((reason) => {
      console.error(reason);
      if (/not the file that was built/.test(reason)) {
        say(`${reason.message} Load the page again; if that does not help, tell whoever runs this site that it was changed or damaged.`);
        return;
      }
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
  // By its hash the list of the page's files names them all; About shows it. Asked for now, because nothing is later on.
  fetch("files.json", { priority: "low" })
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)))
    .then((list) => crypto.subtle.digest("SHA-256", list))
    .then((hash) => {
      globalThis.filesHash = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
    })
    // Without a network, or over plain http, About has the link alone.
    .catch(() => {});
})();
