//! What a job needs of a device, before anything is downloaded: bytes per phase, what is resident
//! when, how tensors are split, and what it costs where not everything fits.
//!
//! Pure functions of configurations and numbers; [`inventory`] lists the tensors, [`plan`] adds
//! them up.

#[cfg(test)]
mod configs;
mod inventory;
mod job;
mod memory;
mod requirements;
mod storage;
mod working;

pub use inventory::{Part, Weight, inventory};
pub use job::{Job, PlanError};
pub use memory::{Limits, MemoryPlan, Phase, Residency, Streaming, plan};
pub use storage::{Split, Storage, vision_layers};
pub use working::{BLOCK_TOKENS, REMEMBERED_BYTES};
