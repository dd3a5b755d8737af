//! De-identification by the Basic Application Level Confidentiality Profile (DICOM PS3.15, annex E).
//!
//! `table` has what the standard says of each attribute, `action` what follows for an element, `apply` does it; `unlisted`
//! is for attributes that the table lacks. `source` reads a file, `pixels` and `marks` add what a new one needs.

mod action;
mod apply;
mod dates;
mod dummy;
mod marks;
mod option;
mod patient;
mod pixels;
mod record;
mod secret;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod unlisted;
mod words;

use dicom_core::header::Header;
use dicom_core::{DataElement, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::meta::FileMetaTableBuilder;

use super::attributes::text;
use super::layout::Layout;
use super::syntax::{self, Codec};
use super::walk::{Encoding, PixelBytes};
use crate::uid::{IMPLEMENTATION, IMPLEMENTATION_VERSION};
use crate::{ImagingError, Samples};
use apply::Pass;
use source::Source;

pub use option::ProfileOption;
pub(crate) use record::Record;
pub use record::{Change, Done};
pub(crate) use secret::Secret;
pub(super) use table::is_identifying;

/// Why a file cannot be de-identified.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It cannot be read.
    Read(ImagingError),
    /// It is a DICOMDIR.
    Directory,
    /// It does not say what it is.
    NoClass,
    /// The pixels that were painted over cannot be written.
    Paint(&'static str),
    /// The new file cannot be written.
    Write(String),
}

/// What is known of letters in the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letters {
    /// The picture could not be looked through.
    Unknown,
    /// None were found.
    None,
    /// Some were found and are still there.
    Left,
    /// Those that were found are covered.
    Covered,
}

/// A new file.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    /// Its SOP Instance UID.
    pub(crate) instance: String,
    pub(crate) record: Record,
    /// Sentences about what is different in it, or may still be there.
    pub(crate) notes: Vec<String>,
}

/// A file without what identifies: attributes by profile and options; `frames`, where there are some, in place of the
/// file's own.
pub(crate) fn deidentify(
    bytes: &[u8],
    chosen: &[ProfileOption],
    secret: &Secret,
    letters: Letters,
    frames: Option<&[Samples]>,
) -> Result<Written, Fault> {
    let mut source = source::read(bytes).map_err(Fault::Read)?;
    if source.object.get(tags::DIRECTORY_RECORD_SEQUENCE).is_some() {
        return Err(Fault::Directory);
    }
    if text(&source.object, tags::SOP_CLASS_UID).is_none() {
        return Err(Fault::NoClass);
    }
    let notes = notes(&source);
    let pixels = pixels::as_they_are(&source);
    let layout = frames.map(|_| Layout::read(&source.object, false));
    let original = std::mem::replace(&mut source.object, InMemDicomObject::new_empty());
    let has_charset = original.get(tags::SPECIFIC_CHARACTER_SET).is_some();
    let patient = text(&original, tags::PATIENT_ID).unwrap_or_default();
    let mut pass = Pass {
        chosen,
        secret,
        days: secret.days(&patient),
        naming: patient::Words::of(&original),
        record: Record::default(),
    };
    let mut object = without_charsets(pass.data_set(original));
    let mut record = pass.record;
    if has_charset {
        // Text was read by its own character sets and is written in one.
        object.put(DataElement::new(
            tags::SPECIFIC_CHARACTER_SET,
            VR::CS,
            "ISO_IR 192",
        ));
    }
    marks::write(&mut object, chosen, &mut record);
    let instance = text(&object, tags::SOP_INSTANCE_UID).unwrap_or_else(|| {
        let uid = secret.uid_of_bytes(bytes);
        object.put(DataElement::new(
            tags::SOP_INSTANCE_UID,
            VR::UI,
            uid.as_str(),
        ));
        uid
    });
    let mut written = syntax_of(&source);
    match (frames, layout) {
        (Some(frames), Some(layout)) => {
            let layout = layout.map_err(Fault::Read)?;
            let pixels = pixels::repainted(&mut object, &layout, frames);
            object.put(pixels.map_err(Fault::Paint)?);
            written = syntax::EXPLICIT_LITTLE;
        }
        _ => {
            object.extend(pixels);
        }
    }
    if source.pixels.is_some() {
        marks::burned_in(&mut object, letters, &mut record);
    }
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(written)
        .implementation_class_uid(IMPLEMENTATION)
        .implementation_version_name(IMPLEMENTATION_VERSION);
    let failed = |error: &dyn std::error::Error| {
        let mut cause = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        Fault::Write(cause.to_string())
    };
    let file = object.with_meta(meta).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    file.write_all(&mut bytes).map_err(|error| failed(&error))?;
    Ok(Written {
        bytes,
        instance,
        record,
        notes,
    })
}

/// Items say no more how their text was written.
fn without_charsets(object: InMemDicomObject) -> InMemDicomObject {
    let mut object = object;
    object.retain(|element| element.tag() != tags::SPECIFIC_CHARACTER_SET);
    let sequences: Vec<_> = object
        .iter()
        .filter(|element| element.items().is_some())
        .map(DataElement::tag)
        .collect();
    for tag in sequences {
        object.update_value(tag, |value| {
            for item in value.items_mut().into_iter().flatten() {
                *item = without_charsets(std::mem::replace(item, InMemDicomObject::new_empty()));
            }
        });
    }
    object
}

/// The transfer syntax to write in: the file's own, but that nothing is deflated or big endian.
fn syntax_of(source: &Source) -> &'static str {
    match (source.syntax.codec, source.encoding) {
        (Codec::None, Encoding::ImplicitLittle) => syntax::IMPLICIT_LITTLE,
        (Codec::None | Codec::Deflate, _) => syntax::EXPLICIT_LITTLE,
        _ => source.syntax.uid,
    }
}

/// What whoever passes the file on should know.
fn notes(source: &Source) -> Vec<String> {
    let object = &source.object;
    let mut notes = source.notes.clone();
    let mut say = |holds: bool, note: &str| {
        if holds {
            notes.push(note.to_owned());
        }
    };
    say(
        object.get(tags::ENCAPSULATED_DOCUMENT).is_some(),
        "The document in this file was taken out; what is left describes an empty one.",
    );
    say(
        object.get(tags::CONTENT_SEQUENCE).is_some(),
        "The content of this report was taken out, because no program can tell which of its words identify somebody.",
    );
    let compressed = matches!(source.pixels, Some((_, PixelBytes::Fragments { .. })));
    say(
        compressed && pixels::overlay_bits(object) != 0,
        "Unused bits of the compressed pixels may hold an overlay, which was not taken out.",
    );
    say(
        text(object, tags::RECOGNIZABLE_VISUAL_FEATURES).as_deref() == Some("YES"),
        crate::IDENTIFYING_NOTES[1],
    );
    notes
}
