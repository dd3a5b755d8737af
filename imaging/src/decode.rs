//! Image files to 8-bit RGB, within limits that are checked before anything large is allocated.

mod png;

use std::io::Cursor;

use image::metadata::Orientation as ExifTurn;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};

use crate::jpeg::{Picture, has_end};
use crate::pixel_limit::{MAX_DECODER_BYTES, MAX_PIXELS, check_pixels};
use crate::sniff::sniff;
use crate::to_rgb::{gray_to_rgb, over_white, range_of, window_16};
use crate::{Format, ImagingError, Orientation, RgbImage, Samples, tif};

/// Memory that a decoder may take for what stands beside the pixels.
const MAX_ASIDE_BYTES: u64 = 16 << 20;

/// What a file says about itself before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Format by the file's first bytes.
    pub format: Format,
    /// Width in pixels, as stored (before any turning).
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
}

/// The grey values that were spread over 0..255 when a 16-bit picture was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The value that became 0: the darkest of the picture.
    pub low: u16,
    /// The value that became 255: the brightest of the picture.
    pub high: u16,
}

/// A decoded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The pixels as stored. The model is given these: the reference does not turn pictures by their Exif mark.
    pub image: RgbImage,
    /// Format of the file.
    pub format: Format,
    /// The file's Exif orientation. Whoever shows the picture decides whether to apply it
    /// ([`RgbImage::oriented`]), and must then give the turned picture to the model too.
    pub orientation: Orientation,
    /// Set when the file held 16-bit grey, which was spread over 8 bit.
    pub window: Option<Window>,
}

/// Reads format and size without decoding any pixel.
///
/// # Errors
/// When the bytes are no readable image; never because of the size.
pub fn probe(bytes: &[u8]) -> Result<Header, ImagingError> {
    let format = sniff(bytes)?;
    let (width, height) = match claimed_size(bytes, format) {
        Some(size) => size,
        None if format == Format::Tiff => tif::size(bytes)?,
        None => open(bytes, format)?.dimensions(),
    };
    Ok(Header {
        format,
        width,
        height,
    })
}

/// Decodes an image file of at most [`MAX_PIXELS`] pixels; see [`decode_with_limit`].
///
/// # Errors
/// As [`decode_with_limit`].
pub fn decode(bytes: &[u8]) -> Result<Decoded, ImagingError> {
    decode_with_limit(bytes, MAX_PIXELS)
}

/// Decodes PNG, JPEG, WebP, BMP or TIFF bytes to 8-bit RGB.
///
/// * Transparency is composited over white, for grey pictures too.
/// * 16-bit grey is spread from its own darkest and brightest value over 0..255, rounded to the nearest (the
///   reference would cut off everything above 255). Fully transparent pixels do not count for the range.
/// * 16-bit colour keeps its high bytes, as in Pillow.
/// * CMYK is converted without a colour profile; embedded profiles are ignored.
/// * A JPEG's colour space is told by its JFIF and Adobe segments and the names of its components, in the order that
///   libjpeg, and with it Pillow, keeps to.
/// * The Exif orientation is reported, not applied. Of animations and multi-page files the first picture is read.
///
/// The size is checked in the header, so that a small file which claims a huge picture costs nothing. JPEG pixels can
/// differ from other decoders' by a few levels: the standard leaves the inverse transform's rounding open.
///
/// # Errors
/// [`ImagingError::TooManyPixels`] above `max_pixels`; otherwise what is wrong with the file.
pub fn decode_with_limit(bytes: &[u8], max_pixels: u64) -> Result<Decoded, ImagingError> {
    let format = sniff(bytes)?;
    if format == Format::Tiff {
        return first_page(bytes, max_pixels);
    }
    let mut decoder = begin(bytes, format, max_pixels)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder.set_limits(limits).map_err(|e| explain(format, e))?;

    // A broken mark is no reason to refuse the picture.
    let orientation = turn(&mut decoder).map_or(Orientation::UPRIGHT, from_turn);
    let pixels = DynamicImage::from_decoder(decoder).map_err(|e| explain(format, e))?;
    let (image, window) = flatten(pixels, format)?;
    Ok(Decoded {
        image,
        format,
        orientation,
        window,
    })
}

/// The turn that a camera marked (Exif), if it marked one. In WebP some writers put "Exif" and two zeros before the mark,
/// as JPEG has them, and `image` looks only for the mark itself.
pub(crate) fn turn(decoder: &mut impl ImageDecoder) -> Option<ExifTurn> {
    let marked = decoder.orientation().ok();
    if marked.is_some_and(|turn| turn != ExifTurn::NoTransforms) {
        return marked;
    }
    let chunk = decoder.exif_metadata().ok()??;
    ExifTurn::from_exif_chunk(chunk.strip_prefix(b"Exif\0\0")?)
}

/// A decoder that has read the header and found the size allowed and the file whole.
pub(crate) fn begin(
    bytes: &[u8],
    format: Format,
    max_pixels: u64,
) -> Result<impl ImageDecoder + '_, ImagingError> {
    if let Some((width, height)) = claimed_size(bytes, format) {
        check_pixels(width, height, max_pixels)?;
    }
    let corrupt = |reason: &str| {
        Err(ImagingError::Corrupt {
            format,
            reason: reason.to_owned(),
        })
    };
    if format == Format::Bmp && lacks_palette(bytes) == Some(true) {
        return corrupt("its pixels begin inside of its palette");
    }
    if format == Format::Png && !png::palette_fits(bytes) {
        return corrupt("its palette has not 1 to 256 colours of three bytes");
    }
    let decoder = open(bytes, format)?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height, max_pixels)?;
    let least = match format {
        Format::Png => png::least_bytes(bytes),
        Format::Bmp => least_bytes_of_bmp(bytes),
        _ => None,
    };
    let whole = least.is_none_or(|least| least <= bytes.len() as u64);
    if !whole || format == Format::Jpeg && !has_end(bytes) {
        return Err(ImagingError::Truncated { format });
    }
    Ok(decoder)
}

/// The fewest bytes that a BMP file of its size can have; `None` where run lengths leave that open, and for a header that
/// is cut off.
fn least_bytes_of_bmp(bytes: &[u8]) -> Option<u64> {
    let word = |at: usize| {
        let four = <[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?;
        Some(u32::from_le_bytes(four))
    };
    let (width, height) = claimed_size(bytes, Format::Bmp)?;
    let bits = u64::from(word(28)?) & 0xffff;
    // Neither run lengths nor the streams of printers: plain rows, each of whole words.
    let plain = matches!(word(30)?, 0 | 3 | 6);
    let row = (u64::from(width) * bits).div_ceil(32) * 4;
    plain.then(|| row.saturating_mul(u64::from(height)))
}

/// Whether a BMP file of palette indices says that its pixels begin where its palette has to: programs guess differently
/// then. `None` for a header that is cut off.
fn lacks_palette(bytes: &[u8]) -> Option<bool> {
    let word = |at: usize| {
        let four = <[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?;
        Some(u32::from_le_bytes(four))
    };
    let (pixels, header) = (word(10)?, word(14)?);
    let bits = word(28)? & 0xffff;
    Some(header >= 40 && bits <= 8 && pixels <= header.saturating_add(14))
}

/// The size in the fixed part of a PNG or BMP header. On 32-bit machines these decoders refuse
/// sizes that do not fit into memory before they tell them, and then nobody could say why.
fn claimed_size(bytes: &[u8], format: Format) -> Option<(u32, u32)> {
    let word = |at: usize| {
        bytes
            .get(at..at + 4)
            .and_then(|b| <[u8; 4]>::try_from(b).ok())
    };
    match format {
        Format::Png => Some((u32::from_be_bytes(word(16)?), u32::from_be_bytes(word(20)?))),
        Format::Bmp if u32::from_le_bytes(word(14)?) >= 40 => {
            // A negative height means rows from the top.
            let side = |at| Some(i32::from_le_bytes(word(at)?).unsigned_abs());
            Some((side(18)?, side(22)?))
        }
        _ => None,
    }
}

/// A decoder that has read the header and nothing more.
fn open(bytes: &[u8], format: Format) -> Result<Box<dyn ImageDecoder + '_>, ImagingError> {
    let known = match format {
        Format::Jpeg => return Ok(Box::new(Picture::new(bytes)?)),
        Format::Png => image::ImageFormat::Png,
        Format::WebP => image::ImageFormat::WebP,
        Format::Bmp => image::ImageFormat::Bmp,
        Format::Tiff | Format::Dicom | Format::Nifti | Format::Zip | Format::Gzip => {
            return Err(ImagingError::NotAnImage);
        }
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), known);
    // Dimensions are checked by the caller, who can say more than the decoder's limits. What stands beside the pixels, such
    // as a colour profile, is compressed as well and stays within bounds.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ASIDE_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|e| explain(format, e))?;
    Ok(Box::new(decoder))
}

/// Whatever the decoder gave, as 8-bit RGB.
fn flatten(
    pixels: DynamicImage,
    format: Format,
) -> Result<(RgbImage, Option<Window>), ImagingError> {
    let (w, h) = (pixels.width() as usize, pixels.height() as usize);
    let high_byte = |v: u16| (v >> 8) as u8;
    Ok(match pixels {
        DynamicImage::ImageLuma8(p) => (gray_to_rgb(w, h, p.as_raw())?, None),
        DynamicImage::ImageRgb8(p) => (RgbImage::new(w, h, p.into_raw())?, None),
        DynamicImage::ImageRgba8(p) => (over_white(w, h, p.as_raw())?, None),
        DynamicImage::ImageLumaA8(p) => {
            let rgba: Vec<u8> = p
                .pixels()
                .flat_map(|p| [p.0[0], p.0[0], p.0[0], p.0[1]])
                .collect();
            (over_white(w, h, &rgba)?, None)
        }
        DynamicImage::ImageRgb16(p) => (
            RgbImage::new(w, h, p.as_raw().iter().map(|&v| high_byte(v)).collect())?,
            None,
        ),
        DynamicImage::ImageRgba16(p) => {
            let rgba: Vec<u8> = p.as_raw().iter().map(|&v| high_byte(v)).collect();
            (over_white(w, h, &rgba)?, None)
        }
        DynamicImage::ImageLuma16(p) => {
            let (low, high) = range_of(p.as_raw().iter().copied());
            let gray: Vec<u8> = p
                .as_raw()
                .iter()
                .map(|&v| window_16(v, low, high))
                .collect();
            (gray_to_rgb(w, h, &gray)?, Some(Window { low, high }))
        }
        DynamicImage::ImageLumaA16(p) => {
            let (low, high) = range_of(p.pixels().filter(|p| p.0[1] > 0).map(|p| p.0[0]));
            let rgba: Vec<u8> = p
                .pixels()
                .flat_map(|p| {
                    let v = window_16(p.0[0], low, high);
                    [v, v, v, high_byte(p.0[1])]
                })
                .collect();
            (over_white(w, h, &rgba)?, Some(Window { low, high }))
        }
        other => {
            let reason = format!("{:?} samples", other.color());
            return Err(ImagingError::Unsupported { format, reason });
        }
    })
}

/// The first page of a TIFF, by our own reader of its directories: the general decoder knows neither palettes nor
/// planes, and converts inks with other rounding than Pillow's.
fn first_page(bytes: &[u8], max_pixels: u64) -> Result<Decoded, ImagingError> {
    let page = tif::first(bytes, max_pixels)?;
    let (w, h) = (page.width, page.height);
    let shown = |value: u8| if page.invert { 255 - value } else { value };
    let (image, window) = match page.samples {
        Samples::U8(v) => {
            let most = (1_u32 << page.bits.clamp(1, 8)) - 1;
            let spread = |v: u8| shown(((u32::from(v) * 255 + most / 2) / most) as u8);
            let gray: Vec<u8> = v.into_iter().map(spread).collect();
            (gray_to_rgb(w, h, &gray)?, None)
        }
        Samples::U16(v) => {
            let (low, high) = range_of(v.iter().copied());
            let gray: Vec<u8> = v.iter().map(|&v| shown(window_16(v, low, high))).collect();
            (gray_to_rgb(w, h, &gray)?, Some(Window { low, high }))
        }
        Samples::Rgb8(pixels) => (RgbImage::new(w, h, pixels)?, None),
        other @ (Samples::I16(_) | Samples::F32(_) | Samples::F64(_)) => {
            return Err(ImagingError::Unsupported {
                format: Format::Tiff,
                reason: format!("{:?} samples", other.kind()),
            });
        }
    };
    Ok(Decoded {
        image,
        format: Format::Tiff,
        orientation: page.orientation,
        window,
    })
}

/// A decoder's complaint as a sentence.
pub(crate) fn explain(format: Format, error: ImageError) -> ImagingError {
    match error {
        ImageError::Unsupported(e) => ImagingError::Unsupported {
            format,
            reason: e.to_string(),
        },
        ImageError::IoError(_) => ImagingError::Truncated { format },
        other => ImagingError::Corrupt {
            format,
            reason: other.to_string(),
        },
    }
}

/// The codec library's name for a turn as the Exif value.
fn from_turn(turn: ExifTurn) -> Orientation {
    Orientation::from_exif(turn.to_exif())
}
