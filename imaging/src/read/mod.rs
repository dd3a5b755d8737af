//! Files as people have them to series as a viewer shows them: the one entry for everything that can be opened.

mod animation;
mod archive;
mod budget;
mod kind;
mod nifti;
mod picture;
mod tiff;

pub(crate) use budget::Budget;

use crate::{ImagingError, Rescale, Samples, Series, Voi, VoiWindow, dicom};
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

/// What is said where whole numbers have more digits than a 32-bit float.
pub(crate) const ROUNDED: &str = "Whole numbers of this file have more digits than are kept; they are rounded to the nearest 32-bit float.";

/// Smallest and largest real value of some frames; 0 to 255 for colour.
pub(crate) fn real_range(frames: &[Samples], rescale: &Rescale) -> (f64, f64) {
    let ranges = frames.iter().filter_map(Samples::range);
    let stored = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Some((low, high)) = stored else {
        return (0.0, 255.0);
    };
    match rescale {
        Rescale::Linear { .. } => {
            let (a, b) = (rescale.value(low), rescale.value(high));
            (a.min(b), a.max(b))
        }
        Rescale::Table(table) => {
            let values = || table.values.iter().map(|v| f64::from(*v));
            (
                values().fold(f64::MAX, f64::min),
                values().fold(f64::MIN, f64::max),
            )
        }
    }
}

/// A window over all but the darkest and brightest half percent of the values, for files that bring no window: a few
/// hot pixels shall not turn the rest black. `None` for 8 bit and colour, and where that leaves no range.
pub(crate) fn middle_window(frames: &[Samples], rescale: &Rescale) -> Option<Voi> {
    const MOST: usize = 1 << 17;
    let wide = |f: &&Samples| !matches!(f, Samples::U8(_) | Samples::Rgb8(_));
    let total: usize = frames.iter().filter(wide).map(Samples::pixels).sum();
    // An odd stride does not walk down a column of a picture whose width is a power of two.
    let stride = (total / MOST) | 1;
    let mut values: Vec<f64> = frames
        .iter()
        .filter(wide)
        .flat_map(|f| (0..f.pixels()).step_by(stride).filter_map(|i| f.value(i)))
        .filter(|v| v.is_finite())
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
