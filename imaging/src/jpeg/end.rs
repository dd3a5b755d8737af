//! Whether a JPEG is complete. The decoder fills what is missing with grey and says nothing, and half a scan must
//! not pass for a whole one.

/// True when the end marker follows the first scan. Walks the segments, so that the end marker of an embedded
/// thumbnail does not count.
pub(crate) fn has_end(bytes: &[u8]) -> bool {
    let mut at = 2; // after the start marker
    let mut in_scan = false;
    loop {
        let Some(rest) = bytes.get(at..) else {
            return false;
        };
        let Some(skip) = rest.iter().position(|&b| b == 0xff) else {
            return false;
        };
        at += skip + 1;
        // Any number of fill bytes may stand before the code of a marker.
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let Some(&code) = bytes.get(at) else {
            return false;
        };
        at += 1;
        match code {
            // A stuffed zero, a restart marker or a marker without a body.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            0xd9 => return in_scan,
            _ => {
                let Some(&[high, low]) = bytes.get(at..at + 2) else {
                    return false;
                };
                at += usize::from(u16::from_be_bytes([high, low])).max(2);
                in_scan |= code == 0xda;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_end;

    #[test]
    fn end_counts_only_after_a_scan_and_outside_of_segments() {
        let start = [0xff, 0xd8];
        let thumbnail = [0xff, 0xe1, 0, 4, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0, 3, 1, 7, 0xff, 0, 9, 0xff, 0xd0, 5];
        let end = [0xff, 0xff, 0xd9];
        assert!(has_end(&[&start[..], &thumbnail, &scan, &end].concat()));
        assert!(!has_end(&[&start[..], &thumbnail, &scan].concat()));
        assert!(!has_end(&[&start[..], &thumbnail, &end].concat()));
        assert!(!has_end(&start));
        assert!(!has_end(&[0xff]));
    }
}
