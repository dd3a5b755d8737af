//! TIFF (TIFF 6.0, BigTIFF): every directory is a picture; those of one size and kind are a stack.

mod directory;
mod edge;
mod fill_order;
mod imagej;
mod jpeg;
mod page;
mod patched;
mod pixels;
mod strips;

use crate::budget::Budget;
use crate::pixel_limit::MAX_PIXELS;
use crate::value_range::ROUNDED;
use crate::{ImagingError, Orientation, SampleKind, Samples};
use directory::{Chain, Directory, File};
use page::{NEW_SUBFILE_TYPE, PHOTOMETRIC, Page, SUB_DIRECTORIES, SUBFILE_TYPE, size_of};
use pixels::Picture;

/// Pages of one size and kind.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) frames: Vec<Frame>,
    /// Bits a sample, for those that are kept in bytes.
    pub(crate) bits: u32,
    /// What ImageJ calls the unit of the file's resolution.
    pub(crate) unit: String,
}

/// One picture of a file.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) samples: Samples,
    /// Zero is white.
    pub(crate) invert: bool,
    /// Its place among the pictures of the file, from 0.
    pub(crate) number: usize,
}

/// What a file holds, and what is not shown of it.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) stacks: Vec<Stack>,
    pub(crate) notes: Vec<String>,
}

/// A directory, and whether it is a copy or a mask of another one.
struct Listed {
    directory: Directory,
    aside: bool,
}

/// All directories in the order of the file, inner ones behind theirs.
fn list(file: &File<'_>, chain: Chain) -> Vec<Listed> {
    let mut all = Vec::new();
    for directory in chain.directories {
        let inner = file.inner(&directory, SUB_DIRECTORIES);
        all.push(directory);
        all.extend(inner);
    }
    let pixels = |directory: &Directory| {
        size_of(file, directory).map_or(0, |(w, h)| u64::from(w) * u64::from(h))
    };
    let is_copy = |directory: &Directory| {
        file.first(directory, NEW_SUBFILE_TYPE).unwrap_or(0) & 1 == 1
            || file.first(directory, SUBFILE_TYPE) == Some(2)
    };
    let is_mask = |directory: &Directory| {
        file.first(directory, NEW_SUBFILE_TYPE).unwrap_or(0) & 4 == 4
            || file.first(directory, PHOTOMETRIC) == Some(4)
    };
    // A copy is smaller than what it is a copy of; some writers mark whole pages.
    let most = all.iter().filter(|d| !is_copy(d)).map(pixels).max();
    let aside: Vec<bool> = all
        .iter()
        .map(|d| is_mask(d) || is_copy(d) && most.is_some_and(|most| pixels(d) < most))
        .collect();
    let nothing_else = aside.iter().all(|aside| *aside);
    all.into_iter()
        .zip(aside)
        .map(|(directory, aside)| Listed {
            directory,
            aside: aside && !nothing_else,
        })
        .collect()
}

/// Reads every picture of a file, turned as the file asks for.
///
/// # Errors
/// Why the first picture cannot be read, when none can.
pub(crate) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Contents, ImagingError> {
    let file = File::new(bytes)?;
    let chain = file.chain()?;
    let (broken, listed) = (
        chain.broken.then_some(chain.directories.len()),
        list(&file, chain),
    );
    let mut notes = Vec::new();
    let mut stacks: Vec<Stack> = Vec::new();
    let mut failed = Vec::new();
    let (mut dropped, mut channels, mut rounded) = (0, 1, false);
    let aside = listed.iter().filter(|l| l.aside).count();
    for (number, Listed { directory, .. }) in listed.iter().enumerate().filter(|(_, l)| !l.aside) {
        let page = match Page::read(&file, directory, MAX_PIXELS) {
            Ok(page) => page,
            Err(error) => {
                failed.push(error);
                continue;
            }
        };
        let described = match number {
            0 => imagej::Description::of(&file, &page),
            _ => None,
        };
        let picture = match decode(&file, &page, described.as_ref(), listed.len(), budget) {
            Ok(picture) => picture,
            // What does not fit into memory will not fit with the next page either.
            Err(
                error @ (ImagingError::TooLarge { .. }
                | ImagingError::TooManyFrames { .. }
                | ImagingError::TooMuchWork { .. }),
            ) => return Err(error),
            Err(error) => {
                failed.push(error);
                continue;
            }
        };
        dropped = dropped.max(picture.dropped);
        rounded |= picture.rounded;
        if let Some(said) = &described {
            tell(said, picture.frames.len().max(listed.len()), &mut notes);
        } else {
            channels = channels.max(picture.frames.len());
        }
        let unit = described.map(|said| said.unit).unwrap_or_default();
        add(&mut stacks, &page, picture, number, &unit);
    }
    if stacks.is_empty() {
        return Err(failed.swap_remove(0));
    }
    for stack in &mut stacks {
        budget.take(Samples::unified_growth(
            stack.frames.iter().map(|f| &f.samples),
        ))?;
        Samples::unify(stack.frames.iter_mut().map(|frame| &mut frame.samples));
    }
    let all = listed.len();
    if stacks.len() > 1 {
        notes.push(format!(
            "The pages of this file differ in size or kind, so they are shown as {} images.",
            stacks.len()
        ));
    }
    if aside > 0 {
        notes.push(format!(
            "Not shown: {aside} of {all} pages, which the file marks as smaller copies or masks of others."
        ));
    }
    if let Some(error) = failed.first() {
        notes.push(format!(
            "{} of {all} pages could not be read. {error}",
            failed.len()
        ));
    }
    if let Some(count) = broken {
        notes.push(format!(
            "The list of pages breaks off after page {count}; there may be more."
        ));
    }
    if channels > 1 {
        notes.push(format!(
            "A page has {channels} channels, which are shown one after the other."
        ));
    }
    if dropped > 0 {
        notes.push(format!(
            "Not shown: further values of each pixel, such as transparency ({dropped})."
        ));
    }
    if rounded {
        notes.push(ROUNDED.to_owned());
    }
    Ok(Contents { stacks, notes })
}

/// A page, or the stack behind it that ImageJ describes.
fn decode(
    file: &File<'_>,
    page: &Page,
    described: Option<&imagej::Description>,
    pages: usize,
    budget: &mut Budget,
) -> Result<Picture, ImagingError> {
    if let Some(images) = described.map(|d| d.images).filter(|n| *n > 1 && pages == 1)
        && let Some(frames) = imagej::frames(file, page, images, budget)?
        && !frames.is_empty()
    {
        return Ok(Picture {
            width: page.width as usize,
            height: page.height as usize,
            frames,
            dropped: 0,
            rounded: false,
        });
    }
    pixels::decode(file, page, budget)
}

/// What is to be said about an ImageJ file that holds so many images.
fn tell(said: &imagej::Description, found: usize, notes: &mut Vec<String>) {
    if found < said.images {
        notes.push(format!(
            "ImageJ wrote that this file holds {} images; {found} are in it.",
            said.images
        ));
    }
    let several = [said.channels, said.slices, said.times];
    if several.iter().filter(|n| **n > 1).count() > 1 {
        notes.push(format!(
            "{} channels, {} slices and {} times are shown one after the other, in the order of the file.",
            said.channels, said.slices, said.times
        ));
    }
    if said.calibrated {
        notes.push(
            "ImageJ shows this file's values through a calibration; here they are as stored."
                .to_owned(),
        );
    }
}

/// Puts the frames of a page, turned, to those of its size and kind.
fn add(stacks: &mut Vec<Stack>, page: &Page, picture: Picture, number: usize, unit: &str) {
    let (w, h) = (picture.width, picture.height);
    let (width, height) = page.orientation.size(w, h);
    for samples in picture.frames {
        let samples = turned(samples, page.orientation, w, h);
        let kind = samples.kind();
        let bits = if kind == SampleKind::U8 {
            page.bits as u32
        } else {
            0
        };
        let frame = Frame {
            samples,
            invert: page.invert,
            number,
        };
        let float = |kind| matches!(kind, SampleKind::F32 | SampleKind::F64);
        let alike = stacks.iter_mut().find(|s| {
            let other = s.frames[0].samples.kind();
            (s.width, s.height, s.bits) == (width, height, bits)
                && (other == kind || float(other) && float(kind))
        });
        match alike {
            Some(stack) => stack.frames.push(frame),
            None => stacks.push(Stack {
                width,
                height,
                frames: vec![frame],
                bits,
                unit: unit.to_owned(),
            }),
        }
    }
}

fn turned(samples: Samples, turn: Orientation, w: usize, h: usize) -> Samples {
    if turn == Orientation::UPRIGHT {
        return samples;
    }
    match samples {
        Samples::U8(v) => Samples::U8(turn.turned(&v, w, h)),
        Samples::U16(v) => Samples::U16(turn.turned(&v, w, h)),
        Samples::I16(v) => Samples::I16(turn.turned(&v, w, h)),
        Samples::F32(v) => Samples::F32(turn.turned(&v, w, h)),
        Samples::F64(v) => Samples::F64(turn.turned(&v, w, h)),
        Samples::Rgb8(v) => {
            let pixels = v.as_chunks::<3>().0;
            Samples::Rgb8(turn.turned(pixels, w, h).into_flattened())
        }
    }
}

/// The first picture of a file, not turned.
#[derive(Debug)]
pub(crate) struct First {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) samples: Samples,
    /// Zero is white.
    pub(crate) invert: bool,
    pub(crate) bits: u32,
    pub(crate) orientation: Orientation,
}

/// The first picture that is no copy or mask of another.
pub(crate) fn first(bytes: &[u8], max_pixels: u64) -> Result<First, ImagingError> {
    let file = File::new(bytes)?;
    let page = Page::read(&file, &first_directory(&file)?, max_pixels)?;
    // A page within the decoder's limits needs no other limit.
    let picture = pixels::decode(&file, &page, &mut Budget::of_picture(bytes.len()))?;
    let samples = picture.frames.into_iter().next();
    let samples = samples.unwrap_or(Samples::U8(Vec::new()));
    Ok(First {
        width: picture.width,
        height: picture.height,
        samples,
        invert: page.invert,
        bits: page.bits as u32,
        orientation: page.orientation,
    })
}

/// Width and height of that picture.
pub(crate) fn size(bytes: &[u8]) -> Result<(u32, u32), ImagingError> {
    let file = File::new(bytes)?;
    let directory = first_directory(&file)?;
    size_of(&file, &directory).ok_or_else(|| page::unsupported("a page without a size"))
}

fn first_directory(file: &File<'_>) -> Result<Directory, ImagingError> {
    let listed = list(file, file.chain()?);
    let shown = listed.into_iter().find(|l| !l.aside);
    // `list` keeps one of them.
    shown
        .map(|l| l.directory)
        .ok_or_else(|| page::unsupported("no page"))
}
