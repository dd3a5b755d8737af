//! Memory for decoded pixels, asked for before it is allocated.

use crate::ImagingError;

/// What is left of the memory that may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    limit: u64,
    used: u64,
}

impl Budget {
    /// All of it.
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, used: 0 }
    }

    /// Bytes left.
    pub(crate) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Takes some bytes, or says that there are not enough.
    pub(crate) fn take(&mut self, bytes: u64) -> Result<(), ImagingError> {
        if bytes > self.left() {
            return Err(self.exceeded(bytes));
        }
        self.used += bytes;
        Ok(())
    }

    /// The error for something that needs `bytes` more.
    pub(crate) fn exceeded(&self, bytes: u64) -> ImagingError {
        ImagingError::TooLarge {
            needed_mib: self.used.saturating_add(bytes).div_ceil(1 << 20),
            limit_mib: self.limit >> 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_beyond_the_limit() {
        let mut budget = Budget::new(3 << 20);
        assert_eq!(budget.take(2 << 20), Ok(()));
        assert_eq!(
            budget.take(2 << 20),
            Err(ImagingError::TooLarge {
                needed_mib: 4,
                limit_mib: 3
            })
        );
        assert_eq!(budget.left(), 1 << 20);
    }
}
