//! How far a share of few may be off.

use super::report::rounded;

/// Wilson's score interval of a share at 95 % (Wilson 1927, J. Am. Stat. Assoc. 22:209), for a normal
/// quantile `z`: `(p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)`.
pub(crate) fn wilson(right: u64, n: u64) -> (f64, f64) {
    /// The 97.5 % quantile of N(0, 1).
    const Z: f64 = 1.959_963_984_540_054;
    if n == 0 {
        return (0.0, 1.0);
    }
    let (count, share) = (n as f64, right as f64 / n as f64);
    let square = Z * Z / count;
    let center = share + square / 2.0;
    let half = Z * (share * (1.0 - share) / count + square / (4.0 * count)).sqrt();
    let end = |value: f64| rounded((value / (1.0 + square)).clamp(0.0, 1.0));
    (end(center - half), end(center + half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        assert_eq!(wilson(7, 10), (0.3968, 0.8922));
        assert_eq!(wilson(0, 10), (0.0, 0.2775));
        assert_eq!(wilson(15, 15), (0.7961, 1.0));
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
