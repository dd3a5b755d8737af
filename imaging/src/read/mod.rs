//! Files as people have them to series as a viewer shows them: the one entry for everything that can be opened.

mod animation;
mod archive;
mod kind;
mod multi_picture;
mod nifti;
mod picture;
mod picture_series;
mod tiff;
mod xmp;

use crate::budget::{Budget, Limits};
use crate::problem::Problem;
use crate::value_range::counts;
use crate::{ImagingError, Samples, Series, dicom};
use kind::Kind;

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

/// What is said where a picture is empty, so that nobody takes it for a dark one.
const NOTHING: &str = "No pixel of this image has a value: all are marked as padding, or are infinite or not a number.";

/// Whether no frame of a series has a number that is a measurement.
fn nothing_counts(series: &Series) -> bool {
    let mut frames = series.frames.iter().enumerate();
    frames.all(|(at, frame)| {
        let counts = counts(&series.info.frames, at);
        !matches!(frame, Samples::Rgb8(_))
            && !(0..frame.pixels()).any(|pixel| frame.value(pixel).is_some_and(counts))
    })
}
