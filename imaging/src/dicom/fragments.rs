//! Which fragments of compressed pixel data make up which frame (DICOM PS3.5, A.4).

use std::borrow::Cow;
use std::ops::Range;

use crate::{Format, ImagingError};

/// The compressed bytes of each frame: borrowed where a frame is one fragment.
pub(super) fn frames<'a>(
    data: &'a [u8],
    offsets: &[u64],
    fragments: &[Range<usize>],
    count: usize,
) -> Result<Vec<Cow<'a, [u8]>>, ImagingError> {
    let groups = group(data, offsets, fragments, count).ok_or_else(|| ImagingError::Corrupt {
        format: Format::Dicom,
        reason: format!(
            "{count} frames, but {} fragments of pixel data",
            fragments.len()
        ),
    })?;
    let join = |group: &[Range<usize>]| match group {
        [one] => Cow::Borrowed(&data[one.clone()]),
        many => {
            let parts: Vec<&[u8]> = many.iter().map(|r| &data[r.clone()]).collect();
            Cow::Owned(parts.concat())
        }
    };
    Ok(groups.into_iter().map(join).collect())
}

/// Fragments frame by frame; `None` when they do not add up.
fn group<'r>(
    data: &[u8],
    offsets: &[u64],
    fragments: &'r [Range<usize>],
    count: usize,
) -> Option<Vec<&'r [Range<usize>]>> {
    if count == 1 && !fragments.is_empty() {
        return Some(vec![fragments]);
    }
    if fragments.len() == count {
        return Some(fragments.chunks(1).collect());
    }
    if fragments.len() < count {
        return None;
    }
    let starts =
        by_offsets(offsets, fragments, count).or_else(|| by_marker(data, fragments, count))?;
    let ends = starts[1..].iter().copied().chain([fragments.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| fragments.get(start..end))
        .collect()
}

/// The first fragment of each frame, by the offset table: distances from the first fragment's item tag.
fn by_offsets(offsets: &[u64], fragments: &[Range<usize>], count: usize) -> Option<Vec<usize>> {
    if offsets.len() != count {
        return None;
    }
    let base = fragments.first()?.start as u64;
    let find = |offset: &u64| {
        let start = base.checked_add(*offset)?;
        fragments
            .binary_search_by_key(&start, |f| f.start as u64)
            .ok()
    };
    let starts: Vec<usize> = offsets.iter().map(find).collect::<Option<_>>()?;
    (starts[0] == 0 && starts.is_sorted_by(|a, b| a < b)).then_some(starts)
}

/// The first fragment of each frame, by the mark that every JPEG (FFD8) and JPEG 2000 (FF4F) stream begins with.
fn by_marker(data: &[u8], fragments: &[Range<usize>], count: usize) -> Option<Vec<usize>> {
    let begins = |f: &Range<usize>| {
        matches!(
            data.get(f.start..f.start + 3),
            Some([0xff, 0xd8 | 0x4f, 0xff])
        )
    };
    let starts: Vec<usize> = (0..fragments.len())
        .filter(|&i| begins(&fragments[i]))
        .collect();
    (starts.len() == count && starts.first() == Some(&0)).then_some(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_by_table_or_by_mark() {
        let data = [0xff, 0xd8, 0xff, 1, 2, 0xff, 0xd8, 0xff, 3];
        let parts = [0..3, 3..5, 5..9];
        let texts = |offsets: &[u64], count| {
            frames(&data, offsets, &parts, count)
                .map(|f| f.iter().map(|b| b.len()).collect::<Vec<_>>())
        };
        assert_eq!(texts(&[], 1).unwrap(), [9]);
        assert_eq!(texts(&[], 3).unwrap(), [3, 2, 4]);
        assert_eq!(texts(&[], 2).unwrap(), [5, 4]);
        assert_eq!(texts(&[0, 3], 2).unwrap(), [3, 6]);
        assert!(texts(&[], 4).is_err());
    }
}
