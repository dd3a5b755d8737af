//! Amounts in the words people use, for the page and for the worker that keeps models.

/// A number of bytes: "812 kB", "7.1 MB", "8.0 GB".
#[must_use]
pub fn bytes(count: f64) -> String {
    match count {
        n if n < 1e3 => format!("{n:.0} B"),
        n if n < 1e6 => format!("{:.0} kB", n / 1e3),
        n if n < 1e9 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.1} GB", n / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_are_counted_in_thousands() {
        let said = [812.0, 9_400.0, 7_140_000.0, 7.96e9].map(bytes);
        assert_eq!(said, ["812 B", "9 kB", "7.1 MB", "8.0 GB"]);
    }
}
