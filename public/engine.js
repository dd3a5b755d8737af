// Starts the engine: the program with WebGPU where a graphics processor can be used, else the one with threads where this
// page may share memory between workers (cross-origin isolation), else the first one on one thread. The other one is fetched only
// where threads turn out not to start.
import { checked } from "./checked.js";

// More gain little on models of this kind, and each takes a stack.
const MOST_THREADS = 8;
const HELPER = new URL("thread.js", import.meta.url).href;

// What the page wishes, behind the worker's name: "cpu", "gpu", or nothing where it leaves the choice.
const wish = self.name.split("#")[1] ?? "";

async function usesGpu() {
  if (wish !== "") return wish === "gpu";
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  if (!adapter) return false;
  const { info } = adapter;
  const name = `${info?.description} ${info?.vendor} ${info?.architecture}`.toLowerCase();
  // As app/web/src/adapter.rs knows software adapters; where the two disagree, the program that was started takes the CPU.
  return !(info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false)
    && !/swiftshader|llvmpipe|lavapipe|basic render|warp/.test(name);
}

async function onOneThread(hash) {
  const program = await checked("worker_bg.wasm", hash);
  const { default: init } = await import("./worker.js");
  await init({ module_or_path: program });
}

// A worker in which the program waits for work.
function helper(module, memory) {
  const worker = new Worker(HELPER, { type: "module" });
  return new Promise((ready, fail) => {
    worker.onmessage = () => ready(worker);
    worker.onerror = () => fail(new Error(`${HELPER} did not start`));
    worker.postMessage({ module, memory, engine: self.name });
  });
}

async function onThreads(program) {
  globalThis.trustedTypes?.createPolicy("default", { createScriptURL: (url) => (url === HELPER ? url : null) });
  const module = await WebAssembly.compileStreaming(program);
  const { default: init, start } = await import("./threads.js");
  const { memory } = await init({ module_or_path: module });
  const count = Math.min(navigator.hardwareConcurrency, MOST_THREADS);
  const helpers = count > 1 ? Array.from({ length: count }, () => helper(module, memory)) : [];
  await Promise.all(helpers);
  // A program with threads goes on in promises, so that a trap is a rejection and no error that the page would hear of.
  addEventListener("unhandledrejection", ({ reason }) => {
    if (reason instanceof WebAssembly.RuntimeError) reportError(reason);
  });
  start(helpers.length);
}

// A failure before the program runs is told as the protocol tells a panic.
export async function run({ worker, threads }) {
  try {
    if (globalThis.crossOriginIsolated && !(await usesGpu())) {
      const program = await checked("threads_bg.wasm", threads);
      // Without room for memory that can be shared, for example.
      const failed = await onThreads(program).then(() => null, (reason) => reason);
      if (failed === null) return;
      console.warn(failed);
    }
    await onOneThread(worker);
  } catch (error) {
    postMessage([JSON.stringify({ failed: { detail: error.message } })]);
  }
}
