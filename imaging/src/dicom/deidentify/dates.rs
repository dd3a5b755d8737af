//! Dates some days earlier.

use dicom_core::chrono::{Datelike, Days, NaiveDate};

/// A value of DA or DT (PS3.5, 6.2) so many days earlier, as exact as it was; `None` where it holds no date.
///
/// Of a year or a month alone the first day is shifted. The old form with dots becomes today's.
pub(super) fn earlier(value: &str, days: u32) -> Option<String> {
    let value = value.trim_matches([' ', '\0']);
    if value.is_empty() {
        return Some(String::new());
    }
    let plain = match value.as_bytes() {
        [_, _, _, _, b'.', _, _, b'.', _, _] => value.replace('.', ""),
        _ => value.to_owned(),
    };
    let digits = plain.bytes().take_while(u8::is_ascii_digit).count();
    // What is more exact than a day follows unchanged.
    let exact = match digits {
        4 | 6 => digits,
        8.. => 8,
        _ => return None,
    };
    let (date, rest) = plain.split_at(exact);
    let part = |from: usize, to: usize| date.get(from..to).map_or(Some(1), |d| d.parse().ok());
    let year = date.get(..4)?.parse().ok()?;
    let date = NaiveDate::from_ymd_opt(year, part(4, 6)?, part(6, 8)?)?;
    let date = date.checked_sub_days(Days::new(days.into()))?;
    let shifted = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    Some(format!("{}{rest}", &shifted[..exact]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_move_and_what_is_finer_stays() {
        let found = |value| earlier(value, 31);
        assert_eq!(found("20240301").unwrap(), "20240130");
        assert_eq!(
            found("20240131123456.789+0100").unwrap(),
            "20231231123456.789+0100"
        );
        assert_eq!(found("2024").unwrap(), "2023");
        assert_eq!(found("202403-0500").unwrap(), "202401-0500");
        assert_eq!(found("2024.03.01").unwrap(), "20240130");
        assert_eq!(found(" ").unwrap(), "");
        for wrong in ["20241301", "Monday", "24", "20240230", "２０２４"] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
