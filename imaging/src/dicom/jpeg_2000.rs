//! JPEG 2000 frames (ITU-T T.800): what the code stream says about itself, and its samples.
//!
//! The crate `hayro-jpeg2000` calculates with 32-bit floats, which hold whole numbers up to 2^24. The reversible filter
//! adds up to three bits to a sample and one more in a sum, so lossless streams of at most [`EXACT_BITS`] bits are
//! exact whatever they show; longer ones are refused rather than read with errors in the last bits.

use std::borrow::Cow;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::codecs::{Decoded, StoredPixels, TRUNCATED, check, corrupt};
use super::layout::Layout;
use super::syntax::Syntax;
use crate::ImagingError;

/// The most bits of a sample that are certain to be exact in a reversible code stream.
const EXACT_BITS: u32 = 20;

/// The most bits of a sample in an irreversible one, where decoders differ by more than the last bit above that.
const MOST_BITS: u32 = 16;

/// Start of a code stream and its first segment (SOC, SIZ).
const START: [u8; 4] = [0xff, 0x4f, 0xff, 0x51];

/// The marker that ends the main header (SOT).
const TILE: usize = 0xff90;

/// The main header of a code stream (T.800, A.5.1 and A.6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Header {
    width: usize,
    height: usize,
    /// Bits of each component's samples, and whether they are signed.
    components: Vec<(u32, bool)>,
    subsampled: bool,
    /// Wavelets with whole numbers (5-3), for every component.
    reversible: bool,
    /// Whether the first three components are luma and chroma within the stream.
    transformed: bool,
}

impl Header {
    /// From a code stream; `None` when it has no whole main header.
    fn read(stream: &[u8]) -> Option<Self> {
        let word = |at: usize| {
            let bytes = stream.get(at..at + 4)?;
            Some(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
        };
        let half = |at: usize| {
            let bytes = stream.get(at..at + 2)?;
            Some(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
        };
        let count = half(40)?;
        let specs = stream.get(42..42 + 3 * count)?.as_chunks::<3>().0;
        let mut header = Self {
            width: word(8)?.checked_sub(word(16)?)?,
            height: word(12)?.checked_sub(word(20)?)?,
            components: specs
                .iter()
                .map(|spec| (u32::from(spec[0] & 0x7f) + 1, spec[0] & 0x80 != 0))
                .collect(),
            subsampled: specs.iter().any(|spec| spec[1..] != [1, 1]),
            reversible: false,
            transformed: false,
        };
        let mut at = 4 + half(4)?;
        loop {
            let marker = half(at)?;
            if marker == TILE {
                return Some(header);
            }
            let (length, body) = (half(at + 2)?, at + 4);
            match marker {
                // Coding style: the progression takes four bytes, the wavelet is the tenth.
                0xff52 => {
                    header.transformed = *stream.get(body + 4)? != 0;
                    header.reversible = *stream.get(body + 9)? == 1;
                }
                // A component or a tile may have another style; whoever has one is held to the strictest rule.
                0xff53 => header.reversible = true,
                _ => {}
            }
            at += 2 + length.max(2);
        }
    }
}

/// The code stream, out of a JP2 file if it is in one. A JP2 file's own words about colour do not count in DICOM: the
/// Photometric Interpretation says what the samples are (PS3.5, 8.2.4).
fn code_stream(data: &[u8]) -> Option<Cow<'_, [u8]>> {
    const END: [u8; 2] = [0xff, 0xd9];
    let start = data.windows(4).position(|w| w == START)?;
    let stream = &data[start..];
    // Fragments have an even length.
    let used = stream.len() - stream.iter().rev().take_while(|b| **b == 0).count();
    let ends = stream[..used].ends_with(&END);
    let mut whole = Cow::Borrowed(stream);
    if start == 0 && !ends {
        // Some writers leave the end marker out, which the decoder insists on.
        whole.to_mut().extend(END);
    }
    let end = if ends { used } else { whole.len() } - END.len();
    if let Some(at) = open_tile_part(&whole[..end]) {
        let length = u32::try_from(end - at).ok()?;
        whole.to_mut()[at + 6..at + 10].copy_from_slice(&length.to_be_bytes());
    }
    Some(whole)
}

/// Where a tile-part begins whose length (Psot) is 0: it reaches to the end of the code stream, and is the last one (T.800,
/// A.4.2). hayro-jpeg2000 takes the end marker for a part of it and misses that marker then.
fn open_tile_part(stream: &[u8]) -> Option<usize> {
    let half = |at: usize| {
        let bytes = stream.get(at..at + 2)?;
        Some(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
    };
    let mut at = 2;
    while half(at)? != TILE {
        at += 2 + half(at + 2)?.max(2);
    }
    loop {
        if half(at)? != TILE {
            return None;
        }
        let length = stream.get(at + 6..at + 10)?;
        match u32::from_be_bytes([length[0], length[1], length[2], length[3]]) {
            0 => return Some(at),
            length => at = at.checked_add(length as usize)?,
        }
    }
}

/// JPEG 2000, as a code stream or in a JP2 file.
pub(super) fn decode(
    data: &[u8],
    layout: &Layout,
    syntax: &Syntax,
) -> Result<Decoded, ImagingError> {
    let bad = |error: hayro_jpeg2000::DecodeError| corrupt(format!("JPEG 2000: {error}"));
    let stream = code_stream(data).ok_or_else(|| corrupt("JPEG 2000 without a code stream"))?;
    let header = Header::read(&stream).ok_or(TRUNCATED)?;
    check(layout, header.width, header.height, header.components.len())?;
    let (precision, signed) = header.components[0];
    let refuse = |what: String| {
        Err(ImagingError::TransferSyntax {
            name: format!("{} with {what}", syntax.name),
            uid: syntax.uid.to_owned(),
        })
    };
    if header.subsampled {
        return refuse("subsampled components".to_owned());
    }
    if header.components.iter().any(|c| *c != (precision, signed)) {
        return refuse("components of different types".to_owned());
    }
    // The transform between components adds a bit to two of them.
    let bits = precision + u32::from(header.transformed);
    let too_long = if header.reversible {
        bits > EXACT_BITS
    } else {
        precision > MOST_BITS
    };
    if too_long {
        return refuse(format!("{precision} bits a sample"));
    }
    let settings = DecodeSettings {
        resolve_palette_indices: false,
        // What is missing would be made up otherwise.
        strict: true,
        ..DecodeSettings::default()
    };
    let image = Image::new(&stream, &settings).map_err(bad)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(bad)?;
    let components = decoded.components();
    let pixels = layout.pixels();
    if components.len() != layout.samples || components.iter().any(|c| c.samples().len() != pixels)
    {
        return Err(corrupt("JPEG 2000 with missing samples"));
    }
    let top = ((1_u32 << precision) - 1) as f32;
    // The decoder shifts every sample to be unsigned.
    let shift = if signed { 1_u32 << (precision - 1) } else { 0 };
    let at = |pixel: usize, sample: usize| {
        let value = components[sample].samples()[pixel].round().clamp(0.0, top) as u32;
        value.wrapping_sub(shift)
    };
    let all = (0..pixels).flat_map(|p| (0..layout.samples).map(move |s| (p, s)));
    let stored = match precision {
        0..=8 => StoredPixels::Bytes(all.map(|(p, s)| at(p, s) as u8).collect()),
        9..=16 => StoredPixels::Words(all.map(|(p, s)| at(p, s) as u16).collect()),
        _ => StoredPixels::Wide(all.map(|(p, s)| at(p, s)).collect()),
    };
    Ok(Decoded {
        stored,
        precision,
        ybr: layout.photometric.is_ybr(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_header_is_read() {
        #[rustfmt::skip]
        let stream = [
            0xff, 0x4f, // start
            0xff, 0x51, 0, 47, 0, 0, // size
            0, 0, 0, 12, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 1, // 12 x 9 from 2, 1
            0, 0, 0, 12, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, // tile
            0, 3, 0x8b, 1, 1, 0x8b, 2, 1, 7, 1, 1, // components
            0xff, 0x52, 0, 12, 0, 0, 0, 1, 1, 5, 4, 4, 0, 1, // coding style
            0xff, 0x90,
        ];
        let header = Header::read(&stream).unwrap();
        assert_eq!((header.width, header.height), (10, 8));
        assert_eq!(header.components, [(12, true), (12, true), (8, false)]);
        assert!(header.subsampled && header.reversible && header.transformed);
        for end in 0..stream.len() - 2 {
            assert_eq!(Header::read(&stream[..end]), None, "{end} bytes");
        }
    }

    #[test]
    fn a_tile_part_of_open_length_gets_one() {
        // A main header of nothing but an empty comment, and two tile-parts: of 14 bytes, and to the end.
        let head = [&START[..], &[0, 2, 0xff, 0x64, 0, 2]].concat();
        let part = |length: u8| [0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, length, 0, 1, 0xff, 0x93];
        let stream = [&head[..], &part(14), &part(0), &[7, 7, 0xff, 0xd9, 0]].concat();
        let found = code_stream(&stream).unwrap();
        let want = [&head[..], &part(14), &part(16), &[7, 7, 0xff, 0xd9, 0]].concat();
        assert_eq!(*found, want[..]);
    }

    #[test]
    fn a_missing_end_marker_is_put_in_its_place() {
        let stream = [&START[..], &[1, 2]].concat();
        let whole = [&stream[..], &[0xff, 0xd9]].concat();
        assert_eq!(code_stream(&stream).unwrap(), whole);
        assert_eq!(code_stream(&whole).unwrap(), whole);
        let padded = [&whole[..], &[0]].concat();
        assert_eq!(code_stream(&padded).unwrap(), padded);
        let boxed = [&[0, 0, 0, 12][..], &whole, &[9, 9]].concat();
        assert_eq!(*code_stream(&boxed).unwrap(), boxed[4..]);
        assert_eq!(code_stream(&[1, 2, 3]), None);
    }
}
