//! ImageJ's stacks: one directory, and the other images behind the pixels of the first one.

use super::directory::File;
use super::page::{DESCRIPTION, Meaning, Numbers, Page, STRIP_BYTES, STRIP_OFFSETS};
use crate::budget::Budget;
use crate::{ImagingError, Samples};

/// What ImageJ writes into the description of the first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) images: usize,
    pub(super) channels: usize,
    pub(super) slices: usize,
    pub(super) times: usize,
    /// Values are shown through a calibration function.
    pub(super) calibrated: bool,
    /// The unit of its resolution; empty where none is set.
    pub(super) unit: String,
}

impl Description {
    pub(super) fn of(file: &File<'_>, page: &Page) -> Option<Self> {
        Self::parse(&file.text(&page.directory, DESCRIPTION)?)
    }

    fn parse(text: &str) -> Option<Self> {
        if !text.starts_with("ImageJ=") {
            return None;
        }
        let value = |key: &str| {
            text.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                (name.trim() == key).then(|| value.trim())
            })
        };
        let number = |key| value(key).and_then(|v| v.parse().ok()).unwrap_or(1).max(1);
        Some(Self {
            images: number("images"),
            channels: number("channels"),
            slices: number("slices"),
            times: number("frames"),
            calibrated: value("cf").is_some(),
            unit: value("unit").unwrap_or_default().to_owned(),
        })
    }
}

/// The images of a stack with one directory, the first one included; `None` where the pixels do not lie in one piece.
pub(super) fn frames(
    file: &File<'_>,
    page: &Page,
    images: usize,
    budget: &mut Budget,
) -> Result<Option<Vec<Samples>>, ImagingError> {
    let channels = if page.meaning == Meaning::Rgb { 3 } else { 1 };
    let plain = page.compression(file) == 1 && page.samples == channels;
    let each = match (page.meaning, page.bits, page.numbers) {
        (Meaning::Gray, 8, Numbers::Unsigned) => 1,
        (Meaning::Gray, 16, Numbers::Unsigned | Numbers::Signed) => 2,
        (Meaning::Gray, 32, Numbers::Float) => 4,
        (Meaning::Rgb, 8, Numbers::Unsigned) => 3,
        _ => return Ok(None),
    };
    let Some(start) = in_one_piece(file, page).filter(|_| plain) else {
        return Ok(None);
    };
    let bytes = page.pixels() * each;
    let rest = file.bytes.get(start..).unwrap_or_default();
    let whole = images.min(rest.len() / bytes);
    budget.take_frames(whole, "")?;
    budget.take(bytes as u64 * whole as u64)?;
    let frame = |pixels: &[u8]| match each {
        1 => Samples::U8(pixels.to_vec()),
        2 if page.numbers == Numbers::Signed => {
            Samples::I16(numbers(pixels, file.big, i16::from_le_bytes))
        }
        2 => Samples::U16(numbers(pixels, file.big, u16::from_le_bytes)),
        4 => Samples::F32(numbers(pixels, file.big, f32::from_le_bytes)),
        _ => Samples::Rgb8(pixels.to_vec()),
    };
    Ok(Some(
        rest.chunks_exact(bytes).take(whole).map(frame).collect(),
    ))
}

/// Where the pixels begin, if every strip follows the one before.
fn in_one_piece(file: &File<'_>, page: &Page) -> Option<usize> {
    let offsets = file.numbers(&page.directory, STRIP_OFFSETS);
    let lengths = file.numbers(&page.directory, STRIP_BYTES);
    let first = usize::try_from(*offsets.first()?).ok()?;
    let follows = |i: usize| {
        let end = offsets[i].checked_add(*lengths.get(i)?)?;
        Some(offsets[i + 1] == end)
    };
    (0..offsets.len() - 1)
        .all(|i| follows(i) == Some(true))
        .then_some(first)
}

/// Numbers of N bytes.
fn numbers<const N: usize, T>(bytes: &[u8], big: bool, make: impl Fn([u8; N]) -> T) -> Vec<T> {
    let number = |chunk: &[u8; N]| {
        let mut raw = *chunk;
        if big {
            raw.reverse();
        }
        make(raw)
    };
    bytes.as_chunks::<N>().0.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_told_from_others() {
        let text = "ImageJ=1.53t\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\nunit=micron\ncf=0\nc0=-32768\n";
        let found = Description::parse(text).unwrap();
        assert_eq!(
            (found.images, found.channels, found.slices, found.times),
            (12, 2, 3, 2)
        );
        assert!(found.calibrated);
        assert_eq!(found.unit, "micron");
        let plain = Description::parse("ImageJ=1.53t\n").unwrap();
        assert_eq!((plain.images, plain.calibrated), (1, false));
        assert_eq!(Description::parse("images=12"), None);
    }
}
