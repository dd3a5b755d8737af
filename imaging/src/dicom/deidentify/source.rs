//! A file read as it is: its header as a data set, its pixels as bytes.

use std::borrow::Cow;

use dicom_core::Tag;
use dicom_object::InMemDicomObject;

use crate::budget::Budget;
use crate::dicom::begin::begin;
use crate::dicom::deflate::inflate;
use crate::dicom::syntax::{Codec, Syntax};
use crate::dicom::walk::{Encoding, PixelBytes, walk};
use crate::dicom::{charset, parse};
use crate::{ImagingError, Limits};

/// What a file holds. Elements behind its pixels are left out: padding, signatures and private ones, none of which would stay.
pub(super) struct Source<'a> {
    pub(super) object: InMemDicomObject,
    pub(super) syntax: Syntax,
    pub(super) encoding: Encoding,
    /// The data set, inflated.
    pub(super) data: Cow<'a, [u8]>,
    /// The attribute of the pixels, and where they are.
    pub(super) pixels: Option<(Tag, PixelBytes)>,
    /// Sentences about text that could not be read.
    pub(super) notes: Vec<String>,
}

/// Reads a DICOM file. Its text becomes Unicode.
pub(super) fn read(bytes: &[u8]) -> Result<Source<'_>, ImagingError> {
    let mut budget = Budget::new(Limits::default());
    budget.dropped(bytes.len());
    let (syntax, encoding, start) = begin(bytes)?;
    let rest = bytes.get(start..).unwrap_or_default();
    let data: Cow<[u8]> = if syntax.codec == Codec::Deflate {
        inflate(rest, &mut budget)?.into()
    } else {
        rest.into()
    };
    let found = walk(&data, encoding)?;
    if !budget.take_beside(found.parts.parsed_bytes()) {
        return Err(found.parts.too_many());
    }
    let header = &data[..found.header_end];
    let mut object = parse::parse(header, encoding, &found.unknown, &mut budget)?;
    let notes = charset::decode_all(&mut object);
    let tag = data.get(found.header_end..found.header_end + 4);
    let tag = tag.map(|tag| match encoding {
        Encoding::ExplicitBig => Tag(
            u16::from_be_bytes([tag[0], tag[1]]),
            u16::from_be_bytes([tag[2], tag[3]]),
        ),
        _ => Tag(
            u16::from_le_bytes([tag[0], tag[1]]),
            u16::from_le_bytes([tag[2], tag[3]]),
        ),
    });
    let pixels = tag.zip(found.pixels);
    Ok(Source {
        object,
        syntax,
        encoding,
        data,
        pixels,
        notes,
    })
}
