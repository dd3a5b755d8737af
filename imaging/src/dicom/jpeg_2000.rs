//! JPEG 2000 frames (ITU-T T.800): what the code stream says about itself, and its samples.
//!
//! The crate `hayro-jpeg2000` calculates with 32-bit floats, which hold whole numbers up to 2^24. The reversible filter
//! adds up to three bits to a sample and one more in a sum, so lossless streams of at most [`EXACT_BITS`] bits are
//! exact whatever they show; longer ones are refused rather than read with errors in the last bits.

use std::borrow::Cow;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::codecs::{Decoded, StoredPixels, check};
use super::errors::{TRUNCATED, corrupt};
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

/// Bytes of the shortest tile-part: its header and the marker that begins its data (T.800, A.4.2 and A.4.3).
const TILE_PART_BYTES: usize = 14;

/// Memory that the decoder takes for a code-block or precinct, with the nodes of its tag trees, bytes.
const BLOCK_BYTES: u64 = 128;
/// Memory for these in any stream, and for each byte of a stream.
const BLOCKS_FREE: u64 = 64 << 20;
const BLOCKS_FOR_BYTE: u64 = 64;

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
    /// Tiles of the reference grid.
    tiles: u64,
    /// Most decompositions of a component.
    levels: u64,
    /// Smallest area of a code-block, cut by precincts where these are smaller; in samples.
    block: u64,
}

/// Decompositions and code-blocks of a coding style: its parameters (SPcod or SPcoc) without those of the whole stream
/// (T.800, tables A.15, A.20 and A.21).
fn coding_style(precincts: bool, parameters: &[u8]) -> Option<(u64, u64)> {
    let &[levels, across, down, _, _, ref sizes @ ..] = parameters else {
        return None;
    };
    // Exponents of two; a block has at most 4096 samples.
    let (mut across, mut down) = (u32::from(across & 15) + 2, u32::from(down & 15) + 2);
    if precincts {
        for size in sizes.iter().take(usize::from(levels) + 1) {
            // Those of a sub-band have half of the sides.
            across = across.min(u32::from(size & 15).saturating_sub(1));
            down = down.min(u32::from(size >> 4).saturating_sub(1));
        }
    }
    Some((u64::from(levels), 1 << (across + down)))
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
            tiles: 0,
            levels: 0,
            block: u64::MAX,
        };
        let along = |size: usize, first: usize, each: usize| {
            let whole = word(size)?.checked_sub(word(first)?)?;
            let each = word(each).filter(|each| *each > 0)?;
            Some(whole.div_ceil(each) as u64)
        };
        header.tiles = along(8, 32, 24)?.saturating_mul(along(12, 36, 28)?);
        let mut at = 4 + half(4)?;
        loop {
            let marker = half(at)?;
            if marker == TILE {
                header.tile_parts(stream, at);
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
            header.style(
                marker,
                stream.get(body..at + 2 + length).unwrap_or_default(),
            );
            at += 2 + length.max(2);
        }
    }

    /// Looks at the coding styles that tile-parts have of their own, from the first one on.
    fn tile_parts(&mut self, stream: &[u8], mut at: usize) {
        const DATA: usize = 0xff93;
        let half = |at: usize| {
            let bytes = stream.get(at..at.checked_add(2)?)?;
            Some(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
        };
        while half(at) == Some(TILE) {
            let mut inside = at + 12;
            while let Some(marker) = half(inside).filter(|marker| *marker != DATA) {
                let Some(length) = half(inside + 2) else {
                    return;
                };
                let body = stream.get(inside + 4..inside + 2 + length);
                self.style(marker, body.unwrap_or_default());
                inside += 2 + length.max(2);
            }
            let length = stream.get(at + 6..at + 10);
            let length = length.map_or(0, |l| u32::from_be_bytes([l[0], l[1], l[2], l[3]]));
            // One of open length is the last; none is shorter than its header.
            if length < TILE_PART_BYTES as u32 {
                return;
            }
            let Some(next) = at.checked_add(length as usize) else {
                return;
            };
            at = next;
        }
    }

    /// Takes in a coding style of the stream, of a tile or of a component (T.800, A.6.1 and A.6.2).
    fn style(&mut self, marker: usize, body: &[u8]) {
        let component = if self.components.len() < 257 { 1 } else { 2 };
        let (scheme, parameters) = match marker {
            0xff52 => (body.first(), body.get(5..)),
            0xff53 => (body.get(component), body.get(component + 1..)),
            _ => return,
        };
        let (Some(scheme), Some(parameters)) = (scheme, parameters) else {
            return;
        };
        if let Some((levels, block)) = coding_style(scheme & 1 == 1, parameters) {
            self.levels = self.levels.max(levels);
            self.block = self.block.min(block);
        }
    }

    /// Compares what a decoder would build with the length of the stream, before it builds anything.
    ///
    /// # Errors
    /// A word about what there is too much of.
    fn check_size(&self, length: usize) -> Result<(), &'static str> {
        let length = length as u64;
        if self.tiles.saturating_mul(TILE_PART_BYTES as u64) > length {
            return Err("more tiles than its bytes can hold");
        }
        let components = self.components.len() as u64;
        let samples = (self.width as u64 * self.height as u64).saturating_mul(components);
        // Each of the sub-bands of a tile has at least one block, and half ones at its edges.
        let bands = self.tiles.saturating_mul(components) * (3 * self.levels + 1);
        let blocks = (samples / self.block)
            .saturating_mul(4)
            .saturating_add(bands);
        let most = BLOCKS_FREE + length.saturating_mul(BLOCKS_FOR_BYTE);
        if blocks.saturating_mul(BLOCK_BYTES) > most {
            return Err("more code-blocks than its bytes can hold");
        }
        Ok(())
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
    let sized = header.check_size(stream.len());
    sized.map_err(|what| corrupt(format!("JPEG 2000: {what}")))?;
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
    fn what_a_decoder_would_build_is_compared_with_the_stream() {
        let header = |tile: [u8; 4], style: &[u8]| {
            let mut stream = vec![0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0];
            stream.extend([0, 0, 0x10, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            stream.extend([tile, tile, [0; 4], [0; 4]].concat());
            stream.extend([0, 1, 7, 1, 1]);
            stream.extend([0xff, 0x52, 0, style.len() as u8 + 7, 0, 0, 0, 1, 0]);
            stream.extend(style);
            stream.extend([0xff, 0x90]);
            Header::read(&stream).unwrap()
        };
        // 4096 x 4096 samples in one tile, in tiles of 16 x 16, in blocks of 4 x 4.
        let whole = header([0, 0, 0x10, 0], &[5, 4, 4, 0, 1]);
        assert_eq!((whole.tiles, whole.levels, whole.block), (1, 5, 4096));
        assert_eq!(whole.check_size(100), Ok(()));
        let tiled = header([0, 0, 0, 16], &[2, 4, 4, 0, 1]);
        assert_eq!(tiled.tiles, 65_536);
        assert!(tiled.check_size(100_000).unwrap_err().contains("tiles"));
        assert_eq!(tiled.check_size(14 << 16), Ok(()));
        let fine = header([0, 0, 0x10, 0], &[5, 0, 0, 0, 1]);
        assert!(fine.check_size(1000).unwrap_err().contains("code-blocks"));
        assert_eq!(fine.check_size(8 << 20), Ok(()));
        let no_size = [0xff, 0x4f, 0xff, 0x51, 0, 47].iter().chain(&[0; 60]);
        assert_eq!(Header::read(&no_size.copied().collect::<Vec<u8>>()), None);
    }

    #[test]
    fn coding_styles_of_tiles_and_components_count_as_well() {
        let mut header = Header {
            width: 8,
            height: 8,
            components: vec![(8, false)],
            subsampled: false,
            reversible: true,
            transformed: false,
            tiles: 1,
            levels: 1,
            block: 4096,
        };
        let part = |length: u8, inside: &[u8]| {
            let mut part = vec![0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, length, 0, 1];
            part.extend(inside);
            part.extend([0xff, 0x93]);
            part
        };
        // A component's own style with precincts of 8 x 16, in the second tile-part.
        let own = [0xff, 0x53, 0, 11, 0, 1, 1, 3, 3, 0, 1, 0x43, 0x88];
        let stream = [part(14, &[]), part(0, &own)].concat();
        header.tile_parts(&stream, 0);
        assert_eq!((header.levels, header.block), (1, 32));
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
