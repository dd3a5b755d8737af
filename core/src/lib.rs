//! The UniMed engine: a unified medical vision-language model, native and in the browser.
//!
//! One decoder with two experts per layer reads text and images and either answers in text or
//! paints an image with a rectified flow. The crate knows nothing of browsers: callers hand it
//! files through [`package::Source`] and their event loop through [`host::Host`].
//!
//! Read it in this order: [`config`], [`nn`], [`model`], [`context`], [`ask`], [`paint`],
//! [`engine`].

pub mod ask;
pub mod config;
pub mod context;
#[cfg(not(target_arch = "wasm32"))]
pub mod convert;
pub mod device;
pub mod engine;
pub mod error;
pub mod host;
pub mod kernels;
pub mod model;
pub mod nn;
pub mod package;
pub mod paint;
pub mod plan;
pub mod tokenizer;
pub mod transforms;
pub mod verify;
