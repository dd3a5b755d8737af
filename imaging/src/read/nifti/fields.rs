//! The numbers and texts of a header, in both versions and byte orders.

/// The bytes of a header in either byte order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) big: bool,
    /// NIfTI-2.
    pub(super) second: bool,
}

impl Fields<'_> {
    pub(super) fn raw<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut raw = [0; N];
        if let Some(bytes) = self.bytes.get(at..at + N) {
            raw.copy_from_slice(bytes);
        }
        if self.big {
            raw.reverse();
        }
        raw
    }

    /// The i-th of a list of whole numbers: 16 bit in NIfTI-1, 64 bit in NIfTI-2.
    pub(super) fn int(&self, first: usize, second: usize, i: usize) -> i64 {
        if self.second {
            i64::from_le_bytes(self.raw(second + 8 * i))
        } else {
            i64::from(i16::from_le_bytes(self.raw(first + 2 * i)))
        }
    }

    /// A code: 16 bit in NIfTI-1, 32 bit in NIfTI-2.
    pub(super) fn code(&self, first: usize, second: usize) -> i32 {
        if self.second {
            i32::from_le_bytes(self.raw(second))
        } else {
            i32::from(i16::from_le_bytes(self.raw(first)))
        }
    }

    /// The i-th of a list of floats: 32 bit in NIfTI-1, 64 bit in NIfTI-2.
    pub(super) fn float(&self, first: usize, second: usize, i: usize) -> f64 {
        if self.second {
            f64::from_le_bytes(self.raw(second + 8 * i))
        } else {
            f64::from(f32::from_le_bytes(self.raw(first + 4 * i)))
        }
    }

    pub(super) fn text(&self, at: usize, length: usize) -> String {
        let bytes = self.bytes.get(at..at + length).unwrap_or_default();
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
    }
}
