//! The UniMed engine: a unified medical vision-language model, native and in the browser.
//!
//! One decoder with two experts per layer reads text and images and either answers in text or
//! paints an image with a rectified flow. The crate knows nothing of browsers: callers hand it
//! files through [`unimed_package::Source`] and their event loop through [`unimed_package::host::Host`].
//!
//! Read it in this order: [`unimed_package::config`], [`nn`], [`model`], [`context`], [`ask`], [`paint`],
//! [`engine`].

pub mod ask;
mod compute;
pub mod context;
pub mod device;
pub mod device_memory;
pub mod engine;
pub mod error;
pub mod kernels;
pub mod model;
pub mod nn;
pub mod paint;
pub mod transforms;
pub mod verify;
