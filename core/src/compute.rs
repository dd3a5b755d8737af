//! The ways to compute.

use serde::{Deserialize, Serialize};

/// The two ways to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compute {
    /// burn-flex: SIMD, natively and in wasm, on one core or on those of [`cpu_threads`](crate::device::cpu_threads).
    Cpu,
    /// wgpu: WebGPU in a browser, Vulkan, Metal or Direct3D natively.
    Gpu,
}
