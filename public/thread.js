// A thread of the engine's pool: the same program in the same memory, until the engine ends.
import init, { runThread } from "./threads.js";

globalThis.onmessage = async ({ data: { module, memory } }) => {
  await init({ module_or_path: module, memory });
  postMessage("ready");
  runThread();
};
