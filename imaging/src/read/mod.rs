//! Files as people have them to series as a viewer shows them: the one entry for everything that can be opened.

mod animation;
mod archive;
mod budget;
mod kind;
mod multi_picture;
mod nifti;
mod picture;
mod tiff;
mod xmp;

pub(crate) use budget::{Budget, DEFLATE_MOST};

use crate::{FrameInfo, ImagingError, Rescale, Samples, Series, Voi, VoiWindow, dicom};
use kind::Kind;

/// What may be used while files are opened, by all of them together. Memory beside pixels, work and what archives are
/// inflated to are limited as well, by the bytes that are opened.
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
    instances: Vec<dicom::Instance>,
    series: Vec<Series>,
    problems: Vec<Problem>,
}

/// Archives that lie in each other, at most: a NIfTI file in gzip, in an archive of a series, in an archive of a study.
const DEEPEST: usize = 3;

/// The error for an archive that lies in `depth` others.
fn nested(depth: usize) -> ImagingError {
    ImagingError::NestedArchive {
        found: depth + 1,
        limit: DEEPEST,
    }
}

/// Whether a file in `depth` archives is worth inflating, by its first bytes.
fn check(head: &[u8], depth: usize) -> Result<(), ImagingError> {
    match kind::of(head)? {
        Kind::Gzip | Kind::Zip if depth >= DEEPEST => Err(nested(depth)),
        _ => Ok(()),
    }
}

impl Opener {
    /// Nothing opened yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            budget: Budget::new(limits),
            instances: Vec::new(),
            series: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Decodes a file, or every file of an archive. What it is follows from its bytes, never from its name. A file that
    /// fails is a [`Problem`] of [`Opener::finish`] and takes nothing from those that follow.
    pub fn add(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.add_watched(name, bytes, &mut |_| true);
    }

    /// As [`Opener::add`]; `watch` is told the name of each file, also of those in archives, before it is read, and says
    /// whether it is. So a file is known that ends the program in spite of all, and the next program passes it over.
    ///
    /// ```
    /// use unimed_imaging::{Limits, Opener};
    ///
    /// let mut opener = Opener::new(Limits::default());
    /// let mut last = String::new();
    /// opener.add_watched("scan.dcm", [1, 2, 3], &mut |name| {
    ///     last = name.to_owned();
    ///     name != "scan.dcm"
    /// });
    /// assert_eq!(last, "scan.dcm");
    /// assert!(opener.finish().problems.is_empty());
    /// ```
    pub fn add_watched(
        &mut self,
        name: &str,
        bytes: impl Into<Vec<u8>>,
        watch: &mut dyn FnMut(&str) -> bool,
    ) {
        let bytes = bytes.into();
        self.budget.dropped(bytes.len());
        if watch(name) {
            self.add_at(name, bytes, 0, watch);
        }
    }

    fn add_at(
        &mut self,
        name: &str,
        bytes: Vec<u8>,
        depth: usize,
        watch: &mut dyn FnMut(&str) -> bool,
    ) {
        if let Err(error) = self.try_add(name, bytes, depth, watch) {
            self.fail(name, error);
        }
    }

    fn fail(&mut self, name: &str, error: ImagingError) {
        self.problems.push(Problem {
            file: name.to_owned(),
            error,
        });
    }

    fn try_add(
        &mut self,
        name: &str,
        bytes: Vec<u8>,
        depth: usize,
        watch: &mut dyn FnMut(&str) -> bool,
    ) -> Result<(), ImagingError> {
        self.budget.take_file()?;
        match kind::of(&bytes)? {
            Kind::Picture(format) => {
                let read = |budget: &mut _| picture::read(name, &bytes, format, budget);
                let series = self.within_budget(read)?;
                self.series.extend(series);
            }
            Kind::Dicom => {
                let instance = self.within_budget(|budget| dicom::read(name, &bytes, budget))?;
                self.instances.push(instance);
            }
            Kind::Nifti => {
                let series = self.within_budget(|budget| nifti::read(name, bytes, budget))?;
                self.series.push(series);
            }
            Kind::Gzip | Kind::Zip if depth >= DEEPEST => return Err(nested(depth)),
            Kind::Gzip => {
                let check = |head: &[u8]| check(head, depth + 1);
                let inner = archive::gunzip(&bytes, &mut self.budget, check)?;
                drop(bytes);
                let name = name.strip_suffix(".gz").unwrap_or(name);
                self.try_add(name, inner, depth + 1, watch)?;
            }
            Kind::Zip => self.unzip(name, &bytes, depth, watch)?,
        }
        Ok(())
    }

    /// Opens every file of an archive.
    fn unzip(
        &mut self,
        name: &str,
        bytes: &[u8],
        depth: usize,
        watch: &mut dyn FnMut(&str) -> bool,
    ) -> Result<(), ImagingError> {
        let mut archive = archive::Zip::new(bytes, self.budget.files_left())?;
        while let Some(entry) = archive.next() {
            let name = format!("{name}/{entry}");
            if !watch(&name) {
                continue;
            }
            let inner = archive.inflate(&mut self.budget, |head| check(head, depth + 1));
            match inner {
                Ok(inner) => self.add_at(&name, inner, depth + 1, watch),
                Err(error) => {
                    // It counts as a file all the same.
                    let error = self.budget.take_file().err().unwrap_or(error);
                    self.fail(&name, error);
                }
            }
        }
        Ok(())
    }

    /// What a reader makes of a file; one that fails gives its memory back.
    fn within_budget<T>(
        &mut self,
        read: impl FnOnce(&mut Budget) -> Result<T, ImagingError>,
    ) -> Result<T, ImagingError> {
        let mark = self.budget.mark();
        let made = read(&mut self.budget);
        if made.is_err() {
            // What ends the work of a drop says more than what one of its files ends with.
            self.budget.give_back(mark)?;
        }
        made
    }

    /// Sorts DICOM files into series and hands everything over.
    #[must_use]
    pub fn finish(mut self) -> Opened {
        let (mut series, unbuilt) = dicom::assemble(self.instances, &mut self.budget);
        series.extend(self.series);
        for one in series.iter_mut().filter(|one| nothing_counts(one)) {
            one.info.notes.push(NOTHING.to_owned());
        }
        let mut problems = self.problems;
        problems.extend(unbuilt);
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

/// What is said where a picture is empty, so that nobody takes it for a dark one.
pub(crate) const NOTHING: &str = "No pixel of this image has a value: all are marked as padding, or are infinite or not a number.";

/// Whether no frame of a series has a number that is a measurement.
fn nothing_counts(series: &Series) -> bool {
    let mut frames = series.frames.iter().enumerate();
    frames.all(|(at, frame)| {
        let counts = counts(&series.info.frames, at);
        !matches!(frame, Samples::Rgb8(_))
            && !(0..frame.pixels()).any(|pixel| frame.value(pixel).is_some_and(counts))
    })
}

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
            Rescale::Linear { .. } if infos.get(at).is_none_or(|info| info.padding.is_none()) => {
                f.range()
            }
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
