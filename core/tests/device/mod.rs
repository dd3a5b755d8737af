//! What test programs that run natively and in a browser share.

use unimed_core::device::{Compute, ComputeDevice, open_device};

/// Must come first in every test.
pub(crate) fn start() {
    #[cfg(target_arch = "wasm32")]
    constructors::call_once();
}

/// A GPU runtime can be opened once per process or worker.
pub(crate) async fn shared_device(compute: Compute) -> ComputeDevice {
    use std::sync::OnceLock;
    static GPU: OnceLock<ComputeDevice> = OnceLock::new();
    if compute == Compute::Cpu {
        return open_device(Compute::Cpu).await.expect("CPU device");
    }
    if let Some(device) = GPU.get() {
        return device.clone();
    }
    // Two native tests may arrive here together; the runtime refuses the second opening, so one
    // waits for the other.
    #[cfg(not(target_arch = "wasm32"))]
    {
        static OPENING: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _guard = OPENING.lock();
        GPU.get_or_init(|| pollster::block_on(open_device(Compute::Gpu)).expect("GPU device"))
            .clone()
    }
    #[cfg(target_arch = "wasm32")]
    {
        let device = open_device(Compute::Gpu).await.expect("GPU device");
        GPU.get_or_init(|| device).clone()
    }
}

#[cfg(target_arch = "wasm32")]
mod constructors {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }

    /// Without this every call into the module runs all static constructors again.
    pub(super) fn call_once() {
        static DONE: std::sync::Once = std::sync::Once::new();
        // SAFETY: the linker defines this function; running it once before use is its purpose.
        DONE.call_once(|| unsafe { __wasm_call_ctors() });
    }
}
