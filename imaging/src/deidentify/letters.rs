//! Letters in the pixels of a file.

use crate::{Crop, ImagingError, Samples, Series, burned_in_words, open};

/// What was seen.
pub(super) struct Seen {
    series: Vec<Series>,
    pub(super) frames: usize,
    /// Places with letters, once where frames share them.
    words: Vec<Crop>,
    pub(super) places: usize,
}

/// Looks through every frame as it is first shown; `None` where the file has no pixels.
///
/// # Errors
/// Why the pixels cannot be decoded.
pub(super) fn search(bytes: &[u8]) -> Result<Option<Seen>, String> {
    let series = match open("", bytes) {
        Ok(series) => series,
        Err(ImagingError::NoImage { .. }) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut seen = Seen {
        series: Vec::new(),
        frames: 0,
        words: Vec::new(),
        places: 0,
    };
    for one in &series {
        for frame in 0..one.frames.len() {
            let picture = one.rgb(frame, &one.info.first_voi(frame));
            let words = burned_in_words(&picture.map_err(|error| error.to_string())?);
            seen.frames += 1;
            seen.places += words.len();
            for word in words {
                if !seen.words.contains(&word) {
                    seen.words.push(word);
                }
            }
        }
    }
    seen.series = series;
    Ok(Some(seen))
}

impl Seen {
    /// The frames in the order of the file, with everything covered that was found in any of them: what devices write stands
    /// in the same place in all.
    ///
    /// # Errors
    /// Why the frames are not those of the file.
    pub(super) fn covered(self) -> Result<Vec<Samples>, String> {
        let mut frames: Vec<(usize, Samples)> = Vec::new();
        for series in self.series {
            let width = series.info.width;
            for (place, mut samples) in series.frames.into_iter().enumerate() {
                let dark = dark(&samples, series.info.is_inverted(place));
                for word in &self.words {
                    paint(&mut samples, width, *word, dark);
                }
                frames.push((series.info.frames[place].number, samples));
            }
        }
        frames.sort_by_key(|(number, _)| *number);
        let in_order = frames
            .iter()
            .enumerate()
            .all(|(at, (number, _))| at == *number);
        if !in_order {
            return Err("its frames are shown put together".to_owned());
        }
        Ok(frames.into_iter().map(|(_, samples)| samples).collect())
    }
}

/// The number that is shown darkest.
fn dark(samples: &Samples, inverted: bool) -> f64 {
    let range = samples.range();
    range.map_or(0.0, |(low, high)| if inverted { high } else { low })
}

/// Fills a rectangle; what lies outside of the frame is left out.
fn paint(samples: &mut Samples, width: usize, place: Crop, value: f64) {
    fn fill<T: Copy>(pixels: &mut [T], width: usize, place: Crop, value: T) {
        for row in pixels
            .chunks_exact_mut(width)
            .skip(place.top)
            .take(place.height)
        {
            let row = row.iter_mut().skip(place.left).take(place.width);
            row.for_each(|pixel| *pixel = value);
        }
    }
    match samples {
        Samples::U8(v) => fill(v, width, place, value as u8),
        Samples::U16(v) => fill(v, width, place, value as u16),
        Samples::I16(v) => fill(v, width, place, value as i16),
        Samples::F32(v) => fill(v, width, place, value as f32),
        Samples::F64(v) => fill(v, width, place, value),
        Samples::Rgb8(v) => fill(v.as_chunks_mut::<3>().0, width, place, [0; 3]),
    }
}
