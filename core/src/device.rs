//! Where the engine computes.

use burn::tensor::Device;

pub use crate::compute::Compute;

/// A device that is ready for use.
#[derive(Debug, Clone)]
pub struct ComputeDevice {
    /// Which way it computes.
    pub compute: Compute,
    /// The adapter's own name; empty where the browser keeps it secret.
    pub adapter: String,
    /// True when the adapter is itself software on the CPU.
    pub software: bool,
    /// Largest buffer, in bytes.
    pub max_buffer_bytes: u64,
    /// Largest part of a buffer that a kernel sees, in bytes.
    pub max_binding_bytes: u64,
    /// burn's handle.
    pub device: Device,
    /// wgpu's handle; `None` on the CPU.
    #[cfg(feature = "gpu")]
    pub gpu: Option<burn::tensor::wgpu::wgpu::Device>,
}

#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
impl ComputeDevice {
    /// Calls `tell` with the reason when the browser takes the GPU away, also when it has done so already; never on the CPU.
    /// Commands to a lost device are dropped without a word until a result is read, which can be much later. Natively wgpu
    /// has room for one listener only, which is the runtime's.
    pub fn when_lost(&self, tell: impl Fn(String) + Send + 'static) {
        if let Some(gpu) = &self.gpu {
            gpu.set_device_lost_callback(move |reason, words| tell(format!("{reason:?}: {words}")));
        }
    }
}

/// No device could be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// Built without this way to compute.
    #[error("this build has no {what} path; build it with the feature `{feature}`")]
    NotBuilt {
        /// `GPU` or `CPU`.
        what: &'static str,
        /// The cargo feature.
        feature: &'static str,
    },
    /// wgpu found no adapter or could not open it.
    #[error("no usable GPU: {why}; use the CPU instead, or update the browser or the driver")]
    NoAdapter {
        /// wgpu's words.
        why: String,
    },
}

/// Threads that share long work on the CPU: those of rayon's pool with the feature `threads`, else one.
#[must_use]
pub fn cpu_threads() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    1
}

/// Opens a device. On the GPU this can be done once per process or worker.
///
/// # Errors
///
/// [`DeviceError`] says why and what to do.
pub async fn open_device(compute: Compute) -> Result<ComputeDevice, DeviceError> {
    match compute {
        Compute::Cpu => open_cpu(),
        Compute::Gpu => open_gpu().await,
    }
}

#[cfg(feature = "cpu")]
fn open_cpu() -> Result<ComputeDevice, DeviceError> {
    Ok(ComputeDevice {
        compute: Compute::Cpu,
        adapter: String::new(),
        software: false,
        max_buffer_bytes: u64::MAX,
        max_binding_bytes: u64::MAX,
        device: Device::flex(),
        #[cfg(feature = "gpu")]
        gpu: None,
    })
}

#[cfg(not(feature = "cpu"))]
fn open_cpu() -> Result<ComputeDevice, DeviceError> {
    Err(DeviceError::NotBuilt {
        what: "CPU",
        feature: "cpu",
    })
}

#[cfg(feature = "gpu")]
async fn open_gpu() -> Result<ComputeDevice, DeviceError> {
    use crate::kernels::choice::{self, GpuKernels};
    use burn::tensor::wgpu::wgpu::DeviceType;
    // Many dispatches per submit: a submit costs more than the work of a small layer.
    let (device, setup) = Device::wgpu_options()
        .tasks_max(128)
        .init_with_setup_async()
        .await
        .map_err(|error| DeviceError::NoAdapter {
            why: error.to_string(),
        })?;
    let info = setup.adapter.get_info();
    let software = info.device_type == DeviceType::Cpu;
    choice::set_gpu(GpuKernels::guess(software));
    let limits = setup.device.limits();
    Ok(ComputeDevice {
        compute: Compute::Gpu,
        adapter: info.name,
        software,
        max_buffer_bytes: limits.max_buffer_size,
        max_binding_bytes: limits.max_storage_buffer_binding_size,
        device,
        gpu: Some(setup.device),
    })
}

#[cfg(not(feature = "gpu"))]
async fn open_gpu() -> Result<ComputeDevice, DeviceError> {
    Err(DeviceError::NotBuilt {
        what: "GPU",
        feature: "gpu",
    })
}
