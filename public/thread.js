// A thread of the engine's pool: the same program in the same memory, until the engine ends.
import init, { runThread } from "./threads.js";

globalThis.onmessage = async ({ data: { module, memory, engine } }) => {
  await init({ module_or_path: module, memory });
  postMessage("ready");
  try {
    runThread();
  } catch (reason) {
    console.error(reason);
    // The engine waits for this thread and hears nothing any more. Its page hears of it when the lock that an engine holds as
    // long as it lives is taken away.
    await navigator.locks.request(engine, { steal: true }, () => {});
  }
};
