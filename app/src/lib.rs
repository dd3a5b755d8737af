//! The UniMed page, its engine worker and its decoding worker.
//!
//! Three programs share this crate, one per feature: `page` (what people see; never links the engine), `engine` (the
//! worker that owns the model and the GPU) and `decoder` (the worker that turns files into pixels). They meet only in
//! messages of `unimed-protocol`, sent by [`wire`], and each counts its own network requests with [`ledger`].

#[cfg(any(feature = "engine", feature = "page"))]
mod amounts;
mod browser;
pub mod ledger;
pub mod wire;

#[cfg(feature = "decoder")]
pub mod decoder;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "page")]
#[expect(
    unreachable_pub,
    reason = "leptos' component macro writes `pub` for every component"
)]
pub mod page;
