//! Floats to words and scales, row by row.

use half::f16;

use super::{ErrorStats, GROUP, PackedForm, scale::fit};

/// A value that cannot be packed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "row {row}, column {column} is {value}, expected a finite value of at most 65504; the weight \
     file is damaged"
)]
pub struct PackError {
    /// Row, from the first one that was given.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// What stands there.
    pub value: f32,
}

/// Packs whole rows of `columns` values and appends the words and the scales, little endian.
///
/// Each row is filled up with zeros to whole groups of 32.
///
/// # Errors
///
/// [`PackError`] for a value that is not finite or beyond f16.
///
/// # Panics
///
/// When `columns` is 0 or `values` are not whole rows.
pub fn pack_rows(
    form: PackedForm,
    columns: usize,
    values: &[f32],
    words: &mut Vec<u8>,
    scales: &mut Vec<u8>,
    stats: &mut ErrorStats,
) -> Result<(), PackError> {
    assert!(
        columns > 0 && values.len().is_multiple_of(columns),
        "whole rows"
    );
    let offset = form.offset() as f32;
    for (row, values) in values.chunks_exact(columns).enumerate() {
        for (index, given) in values.chunks(GROUP).enumerate() {
            let mut w = [0.0; GROUP];
            w[..given.len()].copy_from_slice(given);
            if let Some(at) = w.iter().position(|w| w.is_nan() || w.abs() > 65_504.0) {
                return Err(PackError {
                    row,
                    column: index * GROUP + at,
                    value: w[at],
                });
            }
            let group = fit(form, &w);
            stats.values += given.len() as u64;
            let scale = group.scale.to_f32();
            for (w, q) in w.iter().zip(group.values) {
                let difference = f64::from(w - scale * q);
                stats.square += f64::from(*w) * f64::from(*w);
                stats.error_square += difference * difference;
                stats.max_abs = stats.max_abs.max(difference.abs());
            }
            scales.extend_from_slice(&group.scale.to_le_bytes());
            let stored = group.values.map(|q| (q + offset) as u8);
            match form {
                PackedForm::Q8 => words.extend_from_slice(&stored),
                // Bits 4i..4i+3 of a little-endian word: the first of a pair is the low half.
                PackedForm::Q4 => {
                    words.extend(stored.as_chunks::<2>().0.iter().map(|[a, b]| a | b << 4));
                }
            }
        }
    }
    Ok(())
}

/// One stored value: bits of a word, less the offset, times the scale.
pub(super) fn unpack_word(form: PackedForm, word: u32, scale: f16) -> impl Iterator<Item = f32> {
    let (bits, offset) = (form.bits(), form.offset());
    let mask = (1_u32 << bits) - 1;
    (0..form.per_word()).map(move |i| {
        let stored = (word >> (bits * i)) & mask;
        scale.to_f32() * (stored as i32 - offset) as f32
    })
}
