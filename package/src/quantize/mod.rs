//! Packed matrices: 4 or 8 bit per value, one scale for every 32 values of a row (docs/reference/package.md).
//!
//! Pure functions: [`pack_rows`] packs floats, [`PackedData::unpack`] is its twin,
//! [`packed_form`] says which tensors are packed at all.

mod data;
mod error_stats;
mod form;
mod index;
mod pack;
mod policy;
mod scale;

pub use data::{PackedData, PackedError};
pub use error_stats::ErrorStats;
pub use form::{GROUP, PackedForm, PackedShape};
pub use index::QuantizedIndex;
pub use pack::{PackError, pack_rows};
pub use policy::{Quantization, packed_form, scales_name};
