//! The engine worker with the GPU path, and the CPU path on one thread.

fn main() {
    #[cfg(target_arch = "wasm32")]
    unimed_engine_worker::run_static_constructors();
    unimed_engine_worker::start();
}
