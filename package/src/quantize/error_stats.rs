//! How far stored values are from the given ones.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Sums over compared values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorStats {
    /// Compared values.
    pub values: u64,
    /// Sum of the squares of the given values.
    pub square: f64,
    /// Sum of the squared differences.
    pub error_square: f64,
    /// Largest absolute difference.
    pub max_abs: f64,
}

impl ErrorStats {
    /// Compares two lists of the same length.
    pub fn compare(&mut self, given: &[f32], stored: &[f32]) {
        debug_assert_eq!(given.len(), stored.len());
        self.values += given.len() as u64;
        for (&a, &b) in given.iter().zip(stored) {
            let (a, b) = (f64::from(a), f64::from(b));
            self.square += a * a;
            self.error_square += (a - b) * (a - b);
            self.max_abs = self.max_abs.max((a - b).abs());
        }
    }

    /// `||given - stored|| / ||given||`; 0 where everything is 0.
    #[must_use]
    pub fn relative(&self) -> f64 {
        if self.error_square == 0.0 {
            0.0
        } else {
            (self.error_square / self.square).sqrt()
        }
    }
}

impl AddAssign for ErrorStats {
    fn add_assign(&mut self, other: Self) {
        self.values += other.values;
        self.square += other.square;
        self.error_square += other.error_square;
        self.max_abs = self.max_abs.max(other.max_abs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_add_up() {
        let mut stats = ErrorStats::default();
        stats.compare(&[3.0, 0.0], &[2.5, 0.0]);
        let mut other = ErrorStats::default();
        other.compare(&[-4.0], &[-4.0]);
        stats += other;
        assert_eq!((stats.values, stats.square), (3, 25.0));
        assert_eq!((stats.relative(), stats.max_abs), (0.1, 0.5));
        assert_eq!(ErrorStats::default().relative(), 0.0);
    }
}
