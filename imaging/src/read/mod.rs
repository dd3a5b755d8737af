//! Files as people have them to series as a viewer shows them: the one entry for everything that can be opened.

mod animation;
mod archive;
mod budget;
mod kind;
mod multi_picture;
mod nifti;
mod picture;
mod tiff;

pub(crate) use budget::Budget;

use crate::{FrameInfo, ImagingError, Rescale, Samples, Series, Voi, VoiWindow, dicom};
use kind::Kind;

/// What may be used while files are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory for decoded pixels, bytes.
    pub bytes: u64,
    /// Files, those inside of archives included.
    pub files: usize,
}

impl Default for Limits {
    /// 1.5 GiB, which leaves room in the 4 GiB of wasm32, and 20 000 files.
    fn default() -> Self {
        Self {
            bytes: 3 << 29,
            files: 20_000,
        }
    }
}

/// A file that could not be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Its name, with its folders and archives.
    pub file: String,
    /// Why, and what to do.
    pub error: ImagingError,
}

/// What a set of files turned out to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opened {
    /// What can be shown.
    pub series: Vec<Series>,
    /// What could not be opened; the rest opens all the same.
    pub problems: Vec<Problem>,
}

/// Opens files one after the other, so that each one's bytes are dropped before the next is read.
///
/// ```
/// use unimed_imaging::{Limits, Opener};
///
/// let mut opener = Opener::new(Limits::default());
/// opener.add("empty.dcm", []);
/// let opened = opener.finish();
/// assert_eq!(opened.series.len(), 0);
/// assert!(opened.problems[0].error.to_string().starts_with("This file is empty"));
/// ```
#[derive(Debug)]
pub struct Opener {
    budget: Budget,
    files_left: usize,
    instances: Vec<dicom::Instance>,
    series: Vec<Series>,
    problems: Vec<Problem>,
}

/// Archives inside of archives, at most.
const DEEPEST: usize = 3;

impl Opener {
    /// Nothing opened yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            budget: Budget::new(limits.bytes),
            files_left: limits.files,
            instances: Vec::new(),
            series: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Decodes a file, or every file of an archive. What it is follows from its bytes, never from its name.
    pub fn add(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.add_at(name, bytes.into(), 0);
    }

    fn add_at(&mut self, name: &str, bytes: Vec<u8>, depth: usize) {
        if let Err(error) = self.try_add(name, bytes, depth) {
            self.problems.push(Problem {
                file: name.to_owned(),
                error,
            });
        }
    }

    fn try_add(&mut self, name: &str, bytes: Vec<u8>, depth: usize) -> Result<(), ImagingError> {
        if self.files_left == 0 {
            return Err(ImagingError::TooManyFiles);
        }
        self.files_left -= 1;
        match kind::of(&bytes)? {
            Kind::Picture(format) => {
                self.series
                    .extend(picture::read(name, &bytes, format, &mut self.budget)?);
            }
            Kind::Dicom => self
                .instances
                .push(dicom::read(name, &bytes, &mut self.budget)?),
            Kind::Nifti => self
                .series
                .push(nifti::read(name, bytes, &mut self.budget)?),
            Kind::Gzip | Kind::Zip if depth >= DEEPEST => return Err(ImagingError::UnknownFile),
            Kind::Gzip => {
                let inner = archive::gunzip(&bytes, &self.budget)?;
                drop(bytes);
                let name = name.strip_suffix(".gz").unwrap_or(name);
                self.try_add(name, inner, depth + 1)?;
            }
            Kind::Zip => {
                let files = self.files_left;
                archive::unzip(&bytes, files, self.budget.left(), |entry, bytes| {
                    let name = format!("{name}/{entry}");
                    match bytes {
                        Ok(bytes) => self.add_at(&name, bytes, depth + 1),
                        Err(error) => self.problems.push(Problem { file: name, error }),
                    }
                })?;
            }
        }
        Ok(())
    }

    /// Sorts DICOM files into series and hands everything over.
    #[must_use]
    pub fn finish(self) -> Opened {
        let mut series = dicom::assemble(self.instances);
        series.extend(self.series);
        let mut problems = self.problems;
        if !series.is_empty() {
            // The table of contents of a disc is no image, and nobody misses it beside the images.
            problems.retain(|p| p.file.rsplit('/').next() != Some("DICOMDIR"));
        }
        Opened { series, problems }
    }
}

/// Opens one file, which may be an archive.
///
/// # Errors
/// Why it could not be opened; of an archive's files the first reason, when none of them could be opened.
pub fn open(name: &str, bytes: &[u8]) -> Result<Vec<Series>, ImagingError> {
    let mut opener = Opener::new(Limits::default());
    opener.add(name, bytes);
    let opened = opener.finish();
    match opened.problems.into_iter().next() {
        Some(problem) if opened.series.is_empty() => Err(problem.error),
        _ if opened.series.is_empty() => Err(ImagingError::NoImage {
            format: crate::Format::Zip,
            what: "an archive without any file".to_owned(),
        }),
        _ => Ok(opened.series),
    }
}

/// What is said where whole numbers have more digits than a 64-bit float.
pub(crate) const ROUNDED: &str = "Whole numbers of this file have more digits than a 64-bit float; they are rounded to the nearest one.";

/// Whether a stored number of a frame is a measurement. Frames that `infos` lacks have no padding.
fn counts(infos: &[FrameInfo], frame: usize) -> impl Fn(f64) -> bool + Copy + '_ {
    let info = infos.get(frame);
    move |stored| stored.is_finite() && !info.is_some_and(|info| info.is_padding(stored))
}

/// Smallest and largest real value of some frames, without their padding as far as there is anything else; 0 to 255 for
/// colour.
pub(crate) fn real_range(frames: &[Samples], infos: &[FrameInfo], rescale: &Rescale) -> (f64, f64) {
    let widest = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    let measured = || {
        let ranges = frames.iter().enumerate();
        let ranges = ranges.filter_map(|(at, f)| match rescale {
            Rescale::Linear { .. } => f.range_of(counts(infos, at)),
            // The least and the greatest number need not have the least and the greatest entry.
            Rescale::Table(_) => (0..f.pixels())
                .filter_map(|i| f.value(i))
                .filter(|v| counts(infos, at)(*v))
                .map(|v| (rescale.value(v), rescale.value(v)))
                .reduce(widest),
        });
        let (a, b) = ranges.reduce(widest)?;
        Some(match rescale {
            Rescale::Linear { .. } => (rescale.value(a), rescale.value(b)),
            Rescale::Table(_) => (a, b),
        })
    };
    let padded = || frames.iter().filter_map(Samples::range).reduce(widest);
    let padded = || padded().map(|(a, b)| (rescale.value(a), rescale.value(b)));
    let (a, b) = measured().or_else(padded).unwrap_or((0.0, 255.0));
    (a.min(b), a.max(b))
}

/// A window over all but the darkest and brightest half percent of the values, for files that bring no window: a few
/// hot pixels shall not turn the rest black, nor shall padding. `None` for 8 bit and colour, and where that leaves no
/// range.
pub(crate) fn middle_window(
    frames: &[Samples],
    infos: &[FrameInfo],
    rescale: &Rescale,
) -> Option<Voi> {
    const MOST: usize = 1 << 17;
    let wide = |f: &Samples| !matches!(f, Samples::U8(_) | Samples::Rgb8(_));
    let wide = || frames.iter().enumerate().filter(|(_, f)| wide(f));
    let total: usize = wide().map(|(_, f)| f.pixels()).sum();
    // An odd stride does not walk down a column of a picture whose width is a power of two.
    let stride = (total / MOST) | 1;
    let mut values: Vec<f64> = wide()
        .flat_map(|(at, f)| {
            let stored = (0..f.pixels()).step_by(stride).filter_map(|i| f.value(i));
            let counts = counts(infos, at);
            stored.filter(move |v| counts(*v))
        })
        .map(|v| rescale.value(v))
        .collect();
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    let (low, high) = (values[last / 200], values[last - last / 200]);
    (high > low).then(|| {
        Voi::Window(VoiWindow {
            name: "middle 99 %".to_owned(),
            ..VoiWindow::spanning(low, high)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    fn padded(low: f64, high: f64) -> FrameInfo {
        FrameInfo {
            padding: Some([low, high]),
            ..FrameInfo::default()
        }
    }

    #[test]
    fn padding_counts_for_no_automatic_window_and_no_range() {
        let rescale = Rescale::Linear {
            slope: -2.0,
            intercept: 10.0,
        };
        let mut values: Vec<i16> = (0..400).map(|i| i % 50).collect();
        values.extend([-2000; 1000]);
        values.extend([-1999; 1000]);
        let frames = [Samples::I16(values), Samples::I16(vec![-2000, 60])];
        let infos = [padded(-2000.0, -1999.0), FrameInfo::default()];
        // The second frame's -2000 is a measurement.
        assert_eq!(real_range(&frames, &infos, &rescale), (-110.0, 4010.0));
        let infos = [infos[0].clone(), infos[0].clone()];
        assert_eq!(real_range(&frames, &infos, &rescale), (-110.0, 10.0));
        let Some(Voi::Window(window)) = middle_window(&frames, &infos, &rescale) else {
            panic!("no window");
        };
        // 2 of 401 at either end are left out: 0, 0 and 60, 49.
        assert_eq!(
            window,
            VoiWindow {
                name: "middle 99 %".into(),
                ..VoiWindow::spanning(-88.0, 10.0)
            }
        );
        // Where everything is padding, it is shown.
        let all = [padded(-2000.0, 100.0), padded(-2000.0, 100.0)];
        assert_eq!(real_range(&frames, &all, &rescale), (-110.0, 4010.0));
        assert_eq!(middle_window(&frames, &all, &rescale), None);
    }

    #[test]
    fn the_range_through_a_table_is_that_of_the_values() {
        let table = Rescale::Table(Table {
            name: String::new(),
            first: 0,
            bits: 16,
            values: vec![9, 500, 3, 40_000],
        });
        let frames = [Samples::U8(vec![0, 1, 2])];
        assert_eq!(real_range(&frames, &[], &table), (3.0, 500.0));
        assert_eq!(real_range(&frames, &[padded(1.0, 1.0)], &table), (3.0, 9.0));
    }
}
