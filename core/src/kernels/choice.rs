//! Which device computes, and by which variant of the GPU kernels.
//!
//! The variants differ in what they cost, never in what they compute (beyond rounding), so the
//! choice is one setting of the process, like the GPU runtime itself. A first guess is made when
//! the GPU is opened; a [`super::probe`] replaces it with what was measured; a caller may override
//! both with [`set_gpu`].

use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

use crate::compute::Compute;

/// Up to this many rows of input a product reads the weights once, row by row (a decoded token, or
/// the branches of guidance); beyond, it works in tiles.
pub const VECTOR_ROWS: usize = 4;

/// A variant of a GPU kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// Every invocation works alone: no barriers, no shared memory. For software adapters, where
    /// a barrier means switching between threads.
    BarrierFree,
    /// Workgroups share tiles and sums. For graphics processors.
    SharedMemory,
}

/// The variant of each kind of product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GpuKernels {
    /// For up to [`VECTOR_ROWS`] rows of input.
    pub matvec: Variant,
    /// For more rows.
    pub matmul: Variant,
}

impl GpuKernels {
    /// One variant for everything.
    #[must_use]
    pub const fn all(variant: Variant) -> Self {
        Self {
            matvec: variant,
            matmul: variant,
        }
    }

    /// The guess before anything is measured.
    #[must_use]
    pub const fn guess(software: bool) -> Self {
        Self::all(if software {
            Variant::BarrierFree
        } else {
            Variant::SharedMemory
        })
    }

    /// The variant for an input of `rows` rows.
    #[must_use]
    pub fn for_rows(self, rows: usize) -> Variant {
        if rows <= VECTOR_ROWS {
            self.matvec
        } else {
            self.matmul
        }
    }
}

/// What a process should use; can be stored and loaded, so that an adapter is probed once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The adapter that this was found on; empty where the browser keeps its name secret.
    pub adapter: String,
    /// Where to compute.
    pub compute: Compute,
    /// How, where that is the GPU.
    pub kernels: GpuKernels,
}

impl Choice {
    /// Makes the GPU kernels of this choice those of the process.
    pub fn apply(&self) {
        set_gpu(self.kernels);
    }
}

const SHARED_MATVEC: u8 = 1;
const SHARED_MATMUL: u8 = 2;

static GPU: AtomicU8 = AtomicU8::new(SHARED_MATVEC | SHARED_MATMUL);

/// The GPU kernels that this process uses.
#[must_use]
pub fn gpu() -> GpuKernels {
    let bits = GPU.load(Ordering::Relaxed);
    let variant = |bit| {
        if bits & bit == 0 {
            Variant::BarrierFree
        } else {
            Variant::SharedMemory
        }
    };
    GpuKernels {
        matvec: variant(SHARED_MATVEC),
        matmul: variant(SHARED_MATMUL),
    }
}

/// Sets the GPU kernels that this process uses.
pub fn set_gpu(kernels: GpuKernels) {
    let bit = |variant, bit| {
        if variant == Variant::SharedMemory {
            bit
        } else {
            0
        }
    };
    GPU.store(
        bit(kernels.matvec, SHARED_MATVEC) | bit(kernels.matmul, SHARED_MATMUL),
        Ordering::Relaxed,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives_storing() {
        let choice = Choice {
            adapter: "llvmpipe".into(),
            compute: Compute::Cpu,
            kernels: GpuKernels {
                matvec: Variant::BarrierFree,
                matmul: Variant::SharedMemory,
            },
        };
        let json = serde_json::to_string(&choice).unwrap();
        assert_eq!(
            json,
            r#"{"adapter":"llvmpipe","compute":"cpu","kernels":{"matvec":"barrier-free","matmul":"shared-memory"}}"#
        );
        assert_eq!(serde_json::from_str::<Choice>(&json).unwrap(), choice);
    }

    #[test]
    fn the_last_setting_holds() {
        for matvec in [Variant::BarrierFree, Variant::SharedMemory] {
            for matmul in [Variant::SharedMemory, Variant::BarrierFree] {
                let kernels = GpuKernels { matvec, matmul };
                set_gpu(kernels);
                assert_eq!(gpu(), kernels);
                assert_eq!(gpu().for_rows(1), matvec);
                assert_eq!(gpu().for_rows(VECTOR_ROWS), matvec);
                assert_eq!(gpu().for_rows(VECTOR_ROWS + 1), matmul);
            }
        }
        set_gpu(GpuKernels::guess(false));
    }
}
