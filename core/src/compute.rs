//! The ways to compute.

use serde::{Deserialize, Serialize};

/// The two ways to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compute {
    /// burn-flex: SIMD on one core, natively and in wasm.
    Cpu,
    /// wgpu: WebGPU in a browser, Vulkan, Metal or Direct3D natively.
    Gpu,
}
