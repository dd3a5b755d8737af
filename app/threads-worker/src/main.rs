//! The engine worker on the CPU path, with the processor's threads: the worker's own thread and those of a pool, which are
//! workers that run the same program in the same memory (`public/engine.js`, `public/thread.js`).

mod pool;

use std::sync::atomic::{AtomicBool, Ordering};
use wasm_bindgen::prelude::wasm_bindgen;

static RUNS: AtomicBool = AtomicBool::new(false);

/// Called in every thread when it loads the program.
fn main() {
    if !RUNS.swap(true, Ordering::Relaxed) {
        unimed_engine_worker::run_static_constructors();
    }
}

/// Begins to hear the page, with so many threads for long work; each of them has called, or is about to call, [`run_thread`].
/// None: the work is done by this thread.
#[wasm_bindgen]
pub fn start(threads: usize) {
    pool::start(threads);
    unimed_engine_worker::start();
}

/// Works for the pool as long as the engine lives.
#[wasm_bindgen(js_name = runThread)]
pub fn run_thread() {
    pool::run_thread();
}
