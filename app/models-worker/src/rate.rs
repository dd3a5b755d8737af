//! How fast a download is, and how long it will still take.

use std::collections::VecDeque;

/// The pace is that of so many last milliseconds, so that it follows the connection.
const WINDOW_MS: f64 = 8_000.0;
/// No pace is told before so much time was measured.
const LEAST_MS: f64 = 500.0;

/// Times and bytes of the last seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate(VecDeque<(f64, u64)>);

impl Rate {
    /// So many bytes are done now.
    pub(crate) fn note(&mut self, now_ms: f64, done: u64) {
        self.0.push_back((now_ms, done));
        while self
            .0
            .front()
            .is_some_and(|(at_ms, _)| now_ms - at_ms > WINDOW_MS)
            && self.0.len() > 2
        {
            self.0.pop_front();
        }
    }

    /// Bytes per second.
    pub(crate) fn per_second(&self) -> Option<f64> {
        let ((first_ms, first), (last_ms, last)) = (self.0.front()?, self.0.back()?);
        let ms = last_ms - first_ms;
        (ms >= LEAST_MS && last > first).then(|| (last - first) as f64 / ms * 1e3)
    }

    /// Seconds until `total` bytes are done.
    pub(crate) fn left_s(&self, total: u64) -> Option<f64> {
        let done = self.0.back()?.1;
        Some(total.saturating_sub(done) as f64 / self.per_second()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_seconds() {
        let mut rate = Rate::default();
        rate.note(0.0, 1_000_000);
        assert_eq!((rate.per_second(), rate.left_s(5)), (None, None));
        rate.note(100.0, 3_000_000);
        assert_eq!(rate.per_second(), None, "too early to tell");
        rate.note(1_000.0, 3_000_000);
        assert_eq!(rate.per_second(), Some(2_000_000.0));
        assert_eq!(rate.left_s(9_000_000), Some(3.0));
        // It then slows down to 1 MB/s; what was before no longer counts.
        for second in 2..=20 {
            rate.note(
                f64::from(second) * 1e3,
                2_000_000 + 1_000_000 * second as u64,
            );
        }
        assert_eq!(rate.per_second(), Some(1_000_000.0));
    }
}
