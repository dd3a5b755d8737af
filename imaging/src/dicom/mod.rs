//! DICOM files (PS3.10): parsed by dicom-rs, their pixels decoded here.
//!
//! dicom-pixeldata is not used: it reads neither JPEG-LS in colour nor JPEG 2000 in pure Rust, 32-bit RLE or files
//! without a preamble, and some of its decoders panic on damaged data, which ends a program in WebAssembly.

mod attributes;
mod begin;
mod build;
mod charset;
mod codecs;
mod color;
mod dataset;
mod deflate;
pub(crate) mod deidentify;
mod dimensions;
mod errors;
mod fragments;
mod frame;
mod functional_groups;
mod grayscale;
mod group;
mod instance;
mod jpeg_2000;
mod layout;
mod lookup_table;
mod not_shown;
mod palette;
mod parse;
mod pixels;
mod positions;
mod real_world;
mod rle;
mod rows;
mod spacing;
mod stack;
mod syntax;
mod tile_position;
mod tiles;
mod unknown;
mod walk;

pub(crate) use begin::is_dicom;
pub(crate) use group::assemble;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::budget::Budget;
use crate::{Format, ImagingError, SampleKind, Samples};
use attributes::{items, text};
use begin::begin;
use deflate::inflate;
pub(crate) use instance::Instance;
use layout::Layout;
use syntax::Codec;
use walk::Found;

/// Reads a file; decoded pixels count against the budget.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<Instance, ImagingError> {
    let (syntax, encoding, start) = begin(bytes)?;
    let rest = bytes.get(start..).unwrap_or_default();
    let inflated;
    let data = if syntax.codec == Codec::Deflate {
        inflated = inflate(rest, budget)?;
        inflated.as_slice()
    } else {
        rest
    };
    let Found {
        header_end,
        pixels,
        unknown,
        parts,
    } = walk::walk(data, encoding)?;
    if !budget.take_beside(parts.parsed_bytes()) {
        return Err(parts.too_many());
    }
    let mut object = parse::parse(&data[..header_end], encoding, &unknown, budget)?;
    let text_notes = charset::decode_all(&mut object);
    if items(&object, tags::ENCRYPTED_ATTRIBUTES_SEQUENCE).len()
        + usize::from(text(&object, tags::ENCRYPTED_CONTENT_TRANSFER_SYNTAX_UID).is_some())
        > 0
        && pixels.is_none()
    {
        return Err(ImagingError::Encrypted {
            format: Format::Dicom,
            reason: "it has encrypted attributes and no plain pixels",
        });
    }
    let Some(pixels) = pixels else {
        return Err(ImagingError::NoImage {
            format: Format::Dicom,
            what: describe(&object),
        });
    };
    if syntax.codec == Codec::Unknown {
        return Err(ImagingError::TransferSyntax {
            name: syntax.name.to_owned(),
            uid: syntax.uid.to_owned(),
        });
    }
    let float = data.get(header_end..header_end + 4).is_some_and(|tag| {
        let element = [tag[2], tag[3]];
        !matches!(element, [0x10, 0] | [0, 0x10])
    });
    let layout = Layout::read(&object, float)?;
    pixels::check(&layout, &pixels)?;
    budget.take_frames(layout.frames, file)?;
    budget.take(layout.decoded_bytes())?;
    let surplus = pixels::surplus(data, &object, &layout, &pixels);
    let frames = pixels::decode(data, &object, &layout, &pixels, &syntax, budget)?;
    if layout.allocated == 32 {
        let wide = frames.iter().filter(|f| f.kind() == SampleKind::F64);
        budget.take(4 * wide.map(|f| f.pixels() as u64).sum::<u64>())?;
    }
    let mut instance = instance(file, object, layout, frames, budget)?;
    instance.notes.extend(text_notes);
    instance.notes.extend(surplus);
    Ok(instance)
}

/// What an object without pixels is, with its article.
fn describe(object: &InMemDicomObject) -> String {
    let class = text(object, tags::SOP_CLASS_UID).unwrap_or_default();
    let modality = text(object, tags::MODALITY).unwrap_or_default();
    if object.get(tags::DIRECTORY_RECORD_SEQUENCE).is_some() {
        return "a DICOMDIR, the table of contents of a disc".to_owned();
    }
    let what = match (modality.as_str(), class.as_str()) {
        ("RTPLAN", _) => "a radiotherapy plan",
        ("RTSTRUCT", _) => "a set of radiotherapy structures",
        ("SR", _) => "a structured report",
        ("PR", _) => "a presentation state",
        ("KO", _) => "a key object selection",
        ("DOC", _) => "a document",
        ("ECG" | "HD" | "EPS", _) => "a recording of waveforms",
        _ if object.get(tags::WAVEFORM_SEQUENCE).is_some() => "a recording of waveforms",
        _ if object.get(tags::ENCAPSULATED_DOCUMENT).is_some() => "a document",
        _ => "an object without pixel data",
    };
    what.to_owned()
}

/// Collects what the header says about the frames.
fn instance(
    file: &str,
    object: InMemDicomObject,
    layout: Layout,
    samples: Vec<Samples>,
    budget: &mut Budget,
) -> Result<Instance, ImagingError> {
    // A picture that is put together of tiles has places without any. Where they are more than the file is worth, the
    // tiles are shown one by one.
    let joined = match tiles::extra_bytes(&object, &layout) {
        0 => true,
        extra => budget.take_beside(extra) && budget.take(extra).is_ok(),
    };
    let gray = layout.samples == 1 && samples.first().is_some_and(|f| f.value(0).is_some());
    let (frames, mut notes) = frame::frames(file, &object, &layout, samples, budget)?;
    notes.extend(not_shown::notes(&object, gray).map(str::to_owned));
    Ok(Instance {
        file: file.to_owned(),
        layout,
        frames,
        notes,
        object,
        joined,
        copies: 0,
        namesake: false,
    })
}
