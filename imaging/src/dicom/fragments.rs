//! Which fragments of compressed pixel data make up which frame (DICOM PS3.5, A.4).

use std::borrow::Cow;
use std::ops::Range;

use crate::{Format, ImagingError};

/// The compressed bytes of each announced frame: borrowed where a frame is one fragment.
pub(super) fn frames<'a>(
    data: &'a [u8],
    offsets: &[u64],
    fragments: &[Range<usize>],
    count: usize,
) -> Result<Vec<Cow<'a, [u8]>>, ImagingError> {
    let starts = starts(data, offsets, fragments, count);
    let starts = starts
        .filter(|starts| starts.len() >= count)
        .ok_or_else(|| too_few(count, fragments.len()))?;
    let ends = starts[1..].iter().copied().chain([fragments.len()]);
    let frames = starts.iter().zip(ends).take(count);
    Ok(frames
        .map(|(&start, end)| match &fragments[start..end] {
            [one] => Cow::Borrowed(&data[one.clone()]),
            many => {
                let parts: Vec<&[u8]> = many.iter().map(|r| &data[r.clone()]).collect();
                Cow::Owned(parts.concat())
            }
        })
        .collect())
}

/// The error for frames that cannot be told apart in so many fragments.
pub(super) fn too_few(frames: usize, fragments: usize) -> ImagingError {
    ImagingError::Corrupt {
        format: Format::Dicom,
        reason: format!("{frames} frames, but {fragments} fragments of pixel data"),
    }
}

/// The first fragment of each frame that is there, announced or not; `None` when they do not add up.
pub(super) fn starts(
    data: &[u8],
    offsets: &[u64],
    fragments: &[Range<usize>],
    count: usize,
) -> Option<Vec<usize>> {
    if fragments.is_empty() {
        return None;
    }
    if fragments.len() == count {
        return Some((0..count).collect());
    }
    let tabled = by_offsets(offsets, fragments);
    let marked = by_mark(data, fragments);
    let exactly = |starts: &&Vec<usize>| starts.len() == count;
    if let Some(starts) = tabled.iter().chain(&marked).find(exactly) {
        return Some(starts.clone());
    }
    // More frames than announced; but fragments of a single frame have no need of a table or marks.
    let more = marked.or(tabled).filter(|starts| starts.len() > count);
    more.or_else(|| (count == 1).then(|| vec![0]))
}

/// The first fragment of each frame, by the offset table: distances from the first fragment's item tag.
fn by_offsets(offsets: &[u64], fragments: &[Range<usize>]) -> Option<Vec<usize>> {
    let base = fragments.first()?.start as u64;
    let find = |offset: &u64| {
        let start = base.checked_add(*offset)?;
        fragments
            .binary_search_by_key(&start, |f| f.start as u64)
            .ok()
    };
    let starts: Vec<usize> = offsets.iter().map(find).collect::<Option<_>>()?;
    (starts.first() == Some(&0) && starts.is_sorted_by(|a, b| a < b)).then_some(starts)
}

/// The first fragment of each frame, by how the first fragment begins.
fn by_mark(data: &[u8], fragments: &[Range<usize>]) -> Option<Vec<usize>> {
    let mark = |fragment: &Range<usize>| Mark::of(data.get(fragment.clone())?);
    let first = mark(fragments.first()?)?;
    let begins = |i: &usize| mark(&fragments[*i]) == Some(first);
    Some((0..fragments.len()).filter(begins).collect())
}

/// What a frame begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// JPEG and JPEG-LS: start of image.
    Jpeg,
    /// JPEG 2000: start of code stream and its size.
    Jpeg2000,
    /// RLE: so many segments, of which the first one follows the header of 64 bytes (PS3.5, G.5).
    Rle(u8),
}

impl Mark {
    fn of(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0xff, 0x4f, 0xff, 0x51, ..] => Some(Self::Jpeg2000),
            [segments @ 1..=15, 0, 0, 0, 64, 0, 0, 0, ..] => Some(Self::Rle(segments)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_by_table_or_by_mark() {
        let data = [0xff, 0xd8, 0xff, 1, 2, 0xff, 0xd8, 0xff, 3];
        let parts = [0..3, 3..5, 5..9];
        let sizes = |offsets: &[u64], count| {
            frames(&data, offsets, &parts, count)
                .map(|f| f.iter().map(|b| b.len()).collect::<Vec<_>>())
        };
        assert_eq!(sizes(&[], 3).unwrap(), [3, 2, 4]);
        assert_eq!(sizes(&[], 2).unwrap(), [5, 4]);
        assert_eq!(sizes(&[0, 3], 2).unwrap(), [3, 6]);
        assert!(sizes(&[], 4).is_err());
        // A table of one entry says that all of it is one frame.
        assert_eq!(sizes(&[0], 1).unwrap(), [9]);
        // More frames than announced: the announced ones.
        assert_eq!(sizes(&[], 1).unwrap(), [5]);
        let found = |offsets: &[u64]| starts(&data, offsets, &parts, 1).map(|starts| starts.len());
        assert_eq!([found(&[]), found(&[0])], [Some(2), Some(1)]);
    }

    #[test]
    fn run_lengths_have_a_header_of_their_own() {
        let frame = [1, 0, 0, 0, 64, 0, 0, 0];
        let data = [&frame[..], &[7; 4], &frame].concat();
        let parts = [0..8, 8..12, 12..20];
        let joined = frames(&data, &[], &parts, 2).unwrap();
        assert_eq!([joined[0].len(), joined[1].len()], [12, 8]);
    }

    #[test]
    fn a_single_frame_may_lie_in_fragments_without_any_mark() {
        let data = [9, 9, 9, 9];
        let found = frames(&data, &[], &[0..2, 2..4], 1).unwrap();
        assert_eq!(found[0].len(), 4);
        assert!(frames(&data, &[], &[], 1).is_err());
    }
}
