//! The engine worker: it owns the model and the GPU.

/// Static constructors of the module, made by the linker.
#[cfg(target_arch = "wasm32")]
#[expect(
    unsafe_code,
    reason = "the linker makes this function; there is no safe name for it"
)]
fn run_static_constructors() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker defines this function with exactly this type, and it is called once, before anything else.
    // When nothing calls it, the linker wraps every export so that each call from JavaScript runs all constructors
    // again, and every GPU call then costs milliseconds.
    unsafe { __wasm_call_ctors() }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    run_static_constructors();
    unimed_app::engine::run();
}
