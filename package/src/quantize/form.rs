//! How packed values are laid out.

use serde::{Deserialize, Serialize};

use crate::{DType, TensorMeta};

/// Values of a row that share one scale.
pub const GROUP: usize = 32;

/// Width of the packed values of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackedForm {
    /// 8 bit: value + 128, four to a word.
    Q8,
    /// 4 bit: value + 8, eight to a word.
    Q4,
}

impl PackedForm {
    /// Bits of a stored value.
    #[must_use]
    pub fn bits(self) -> usize {
        match self {
            Self::Q8 => 8,
            Self::Q4 => 4,
        }
    }

    /// What is added to a value before it is stored; values run from `-offset` to `offset - 1`.
    #[must_use]
    pub fn offset(self) -> i32 {
        1 << (self.bits() - 1)
    }

    /// Values of a 32-bit word.
    #[must_use]
    pub fn per_word(self) -> usize {
        32 / self.bits()
    }

    /// 32-bit words that hold one group.
    #[must_use]
    pub fn words_per_group(self) -> usize {
        GROUP / self.per_word()
    }
}

/// Form and true size of a packed matrix, as the manifest lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedShape {
    /// Width of the values.
    pub form: PackedForm,
    /// Outputs.
    pub rows: usize,
    /// Inputs, without the zeros that fill up the last group of a row.
    pub columns: usize,
}

impl PackedShape {
    /// Groups of a row.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.columns.div_ceil(GROUP)
    }

    /// Words of a row: a whole number of groups, so every row starts at a multiple of 16 bytes.
    #[must_use]
    pub fn words(&self) -> usize {
        self.groups() * self.form.words_per_group()
    }

    /// Type and shape of the words, `[rows, words]`.
    #[must_use]
    pub fn words_meta(&self) -> TensorMeta {
        TensorMeta {
            dtype: DType::U32,
            shape: vec![self.rows, self.words()],
        }
    }

    /// Type and shape of the scales, `[rows, groups]`.
    #[must_use]
    pub fn scales_meta(&self) -> TensorMeta {
        TensorMeta {
            dtype: DType::F16,
            shape: vec![self.rows, self.groups()],
        }
    }

    /// Bytes of words and scales together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.rows as u64 * self.row_bytes()
    }

    /// Bytes of words and scales of one row.
    #[must_use]
    pub fn row_bytes(&self) -> u64 {
        (4 * self.words() + 2 * self.groups()) as u64
    }

    /// The most rows whose words fit into so many bytes.
    #[must_use]
    pub fn rows_within(&self, bytes: u64) -> usize {
        usize::try_from(bytes / (4 * self.words() as u64)).unwrap_or(usize::MAX)
    }

    /// Values of the matrix.
    #[must_use]
    pub fn values(&self) -> u64 {
        self.rows as u64 * self.columns as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_whole_groups() {
        // SigLIP's fc2: 4304 inputs are 134.5 groups.
        let shape = |form| PackedShape {
            form,
            rows: 1152,
            columns: 4304,
        };
        let q4 = shape(PackedForm::Q4);
        assert_eq!((q4.groups(), q4.words()), (135, 540));
        assert_eq!(q4.bytes(), 1152 * (540 * 4 + 135 * 2));
        assert_eq!(q4.words_meta().shape, [1152, 540]);
        let q8 = shape(PackedForm::Q8);
        assert_eq!((q8.groups(), q8.words()), (135, 1080));
        assert_eq!(q8.scales_meta().shape, [1152, 135]);
        assert_eq!(q4.rows_within(10 * 540 * 4 - 1), 9);
        assert_eq!(q4.rows_within(10 * 540 * 4), 10);
        assert_eq!((PackedForm::Q4.offset(), PackedForm::Q8.offset()), (8, 128));
    }
}
