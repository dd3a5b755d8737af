//! A packed matrix in memory.

use half::f16;

use super::{ErrorStats, PackError, PackedForm, PackedShape, pack::unpack_word, pack_rows};

/// Words or scales that do not make a matrix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackedError {
    /// Too few or too many bytes.
    #[error(
        "a matrix of {rows} rows and {columns} columns needs {expected} bytes of {what} in \
         {bits} bit, got {found}"
    )]
    Size {
        /// Words or scales.
        what: &'static str,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix, before padding.
        columns: usize,
        /// Bits of a value.
        bits: usize,
        /// Bytes by shape and form.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// A scale is NaN or infinite.
    #[error("the scale of group {group} in row {row} is not finite")]
    NotFinite {
        /// Row of the matrix.
        row: usize,
        /// Group of the row.
        group: usize,
    },
}

/// Words and scales that make a matrix, on their way to a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct PackedData {
    shape: PackedShape,
    words: Vec<u32>,
    scales: Vec<f16>,
}

impl PackedData {
    /// Words and scales, row after row.
    ///
    /// # Shapes
    ///
    /// - words: `[rows, shape.words()]`
    /// - scales: `[rows, shape.groups()]`
    ///
    /// # Errors
    ///
    /// [`PackedError`] when they do not fit the shape, or a scale is not finite.
    pub fn new(shape: PackedShape, words: Vec<u32>, scales: Vec<f16>) -> Result<Self, PackedError> {
        check_sizes(shape, 4 * words.len(), 2 * scales.len())?;
        if let Some(at) = scales.iter().position(|scale| !scale.is_finite()) {
            let (row, group) = (at / shape.groups(), at % shape.groups());
            return Err(PackedError::NotFinite { row, group });
        }
        Ok(Self {
            shape,
            words,
            scales,
        })
    }

    /// From the stored bytes, little endian.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn from_bytes(
        shape: PackedShape,
        words: &[u8],
        scales: &[u8],
    ) -> Result<Self, PackedError> {
        check_sizes(shape, words.len(), scales.len())?;
        let (words, scales) = (words.as_chunks::<4>().0, scales.as_chunks::<2>().0);
        Self::new(
            shape,
            words.iter().map(|&b| u32::from_le_bytes(b)).collect(),
            scales.iter().map(|&b| f16::from_le_bytes(b)).collect(),
        )
    }

    /// Packs `values`, row after row.
    ///
    /// # Errors
    ///
    /// [`PackError`] for a value that cannot be packed.
    ///
    /// # Panics
    ///
    /// When `columns` is 0 or `values` are not whole rows.
    pub fn pack(form: PackedForm, columns: usize, values: &[f32]) -> Result<Self, PackError> {
        let (mut words, mut scales) = (Vec::new(), Vec::new());
        let mut stats = ErrorStats::default();
        pack_rows(form, columns, values, &mut words, &mut scales, &mut stats)?;
        let shape = PackedShape {
            form,
            rows: values.len() / columns,
            columns,
        };
        Ok(Self::from_bytes(shape, &words, &scales)
            .expect("invariant: packing fills whole rows with finite scales"))
    }

    /// Form and true size.
    #[must_use]
    pub fn shape(&self) -> PackedShape {
        self.shape
    }

    /// `[rows, shape.words()]`
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// `[rows, shape.groups()]`
    #[must_use]
    pub fn scales(&self) -> &[f16] {
        &self.scales
    }

    /// Gives up the words; nothing is copied.
    #[must_use]
    pub fn into_words(self) -> Vec<u32> {
        self.words
    }

    /// The matrix in blocks of so many rows, the last of what is left; nothing is copied where that is one block.
    ///
    /// # Panics
    ///
    /// When `rows` is 0.
    #[must_use]
    pub fn row_blocks(self, rows: usize) -> Vec<Self> {
        if self.shape.rows <= rows {
            return vec![self];
        }
        let words = self.words.chunks(rows * self.shape.words());
        let scales = self.scales.chunks(rows * self.shape.groups());
        words
            .zip(scales)
            .map(|(words, scales)| Self {
                shape: PackedShape {
                    rows: words.len() / self.shape.words(),
                    ..self.shape
                },
                words: words.to_vec(),
                scales: scales.to_vec(),
            })
            .collect()
    }

    /// The values again, `[rows, columns]`: `scale * (stored - offset)`, without the padding.
    #[must_use]
    pub fn unpack(&self) -> Vec<f32> {
        let Self { shape, .. } = self;
        let per_group = shape.form.words_per_group();
        let mut values = Vec::with_capacity(shape.rows * shape.columns);
        let rows = self.words.chunks_exact(shape.words());
        for (words, scales) in rows.zip(self.scales.chunks_exact(shape.groups())) {
            let row = words
                .chunks_exact(per_group)
                .zip(scales)
                .flat_map(|(words, &scale)| {
                    words
                        .iter()
                        .flat_map(move |&word| unpack_word(shape.form, word, scale))
                });
            values.extend(row.take(shape.columns));
        }
        values
    }
}

/// Both are of the size that the shape asks for.
fn check_sizes(shape: PackedShape, words: usize, scales: usize) -> Result<(), PackedError> {
    for (what, expected, found) in [
        ("words", 4 * shape.rows * shape.words(), words),
        ("scales", 2 * shape.rows * shape.groups(), scales),
    ] {
        if found != expected {
            return Err(PackedError::Size {
                what,
                rows: shape.rows,
                columns: shape.columns,
                bits: shape.form.bits(),
                expected,
                found,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of docs/reference/package.md.
    #[test]
    fn the_worked_example() {
        // Row 0: -1, -0.875, .. 0.875, 0 .. 0; row 1: 0.5 at column 32, alone in its second group.
        let mut values = vec![0.0; 2 * 33];
        for (i, value) in values[..16].iter_mut().enumerate() {
            *value = (i as f32 - 8.0) / 8.0;
        }
        values[33 + 32] = 0.5;
        let packed = PackedData::pack(PackedForm::Q4, 33, &values).unwrap();
        assert_eq!((packed.shape.groups(), packed.shape.words()), (2, 8));
        assert_eq!(
            packed.words[..4],
            [0x7654_3210, 0xfedc_ba98, 0x8888_8888, 0x8888_8888]
        );
        assert_eq!(packed.words[4..8], [0x8888_8888; 4]);
        assert_eq!(packed.scales[..2], [f16::from_f32(0.125), f16::ZERO]);
        assert_eq!(packed.words[8..12], [0x8888_8888; 4]);
        assert_eq!(
            packed.words[12..],
            [0x8888_8880, 0x8888_8888, 0x8888_8888, 0x8888_8888]
        );
        assert_eq!(packed.scales[2..], [f16::ZERO, f16::from_f32(-0.0625)]);
        assert_eq!(packed.unpack(), values);

        let bytes: Vec<u8> = packed.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        assert_eq!(bytes[..8], [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]);
        let eight = PackedData::pack(PackedForm::Q8, 33, &values).unwrap();
        assert_eq!(eight.shape.words(), 16);
        assert_eq!(eight.words[4], 0x8080_8080);
        assert_eq!(eight.unpack()[..16], values[..16]);
    }

    #[test]
    fn blocks_of_rows_are_the_matrix_again() {
        let values: Vec<f32> = (0..7 * 33).map(|i| (i % 13) as f32).collect();
        for form in [PackedForm::Q4, PackedForm::Q8] {
            let whole = PackedData::pack(form, 33, &values).unwrap();
            let blocks = whole.clone().row_blocks(3);
            let rows: Vec<_> = blocks.iter().map(|block| block.shape.rows).collect();
            assert_eq!(rows, [3, 3, 1]);
            let again: Vec<f32> = blocks.iter().flat_map(PackedData::unpack).collect();
            assert_eq!(again, whole.unpack());
            assert_eq!(whole.clone().row_blocks(7), [whole]);
        }
    }

    #[test]
    fn bytes_of_another_size_are_no_matrix() {
        let shape = PackedShape {
            form: PackedForm::Q4,
            rows: 2,
            columns: 40,
        };
        let (words, scales) = (vec![0x88; 2 * 8 * 4], vec![0; 2 * 2 * 2]);
        let matrix = PackedData::from_bytes(shape, &words, &scales).unwrap();
        assert_eq!(matrix.unpack(), vec![0.0; 80]);
        let refused = |words: &[u8], scales: &[u8]| {
            let error = PackedData::from_bytes(shape, words, scales).unwrap_err();
            error.to_string()
        };
        let short = refused(&words[1..], &scales);
        assert!(
            short.contains("64 bytes of words in 4 bit, got 63"),
            "{short}"
        );
        let short = refused(&words, &scales[2..]);
        assert!(short.contains("8 bytes of scales"), "{short}");
        // Infinity, as the scale of the second group in the second row.
        let odd = refused(&words, &[0, 0, 0, 0, 0, 0, 0, 0x7c]);
        assert!(odd.contains("group 1 in row 1 is not finite"), "{odd}");
    }

    #[test]
    fn values_that_cannot_be_packed_are_placed() {
        let mut values = vec![0.5; 3 * 70];
        values[2 * 70 + 65] = f32::NAN;
        let error = PackedData::pack(PackedForm::Q8, 70, &values).unwrap_err();
        assert_eq!((error.row, error.column), (2, 65));
        values[71] = -1e6;
        let error = PackedData::pack(PackedForm::Q8, 70, &values).unwrap_err();
        assert!(
            error.to_string().contains("row 1, column 1 is -1000000"),
            "{error}"
        );
    }
}
