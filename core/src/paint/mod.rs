//! Painting: a rectified flow from noise to a latent, with guidance, then the autoencoder.

mod back_projection;
mod guidance;
mod noise;
mod sampler;
mod schedule;

pub(crate) use back_projection::back_project;
pub use guidance::{Guidance, Renorm, Velocities, guide};
pub use noise::{Mt19937, normal_noise};
pub use sampler::{Canvas, FlowStep, Sampling};
pub use schedule::{Schedule, ScheduleError};
