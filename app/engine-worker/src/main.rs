//! The engine worker with the GPU path, and the CPU path on one thread.

fn main() {
    unimed_engine_worker::run_static_constructors();
    unimed_engine_worker::start();
}
