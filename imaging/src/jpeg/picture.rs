//! JPEG pictures as the crate `image` wants its decoders.

use image::error::{DecodingError, ImageFormatHint};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

use super::{JpegHeader, Problem, Process, decode, header};
use crate::to_rgb::cmyk_to_rgb;
use crate::{Format, ImagingError, jpeg_lossless, jpegls};

/// A picture whose header has been read.
#[derive(Debug)]
pub(crate) struct Picture<'a> {
    bytes: &'a [u8],
    header: JpegHeader,
}

impl<'a> Picture<'a> {
    /// Reads the header, and refuses what could not be decoded.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, ImagingError> {
        let format = Format::Jpeg;
        let header = JpegHeader::read(bytes);
        if header.is_none() && jpegls::read_header(bytes).is_ok() {
            return Err(ImagingError::OtherFormat { found: "JPEG-LS" });
        }
        let mut header = header.ok_or(ImagingError::Truncated { format })?;
        let readable = if header.process == Process::Lossless {
            lossless_size(bytes, &mut header)
        } else {
            header.check_readable()
        };
        readable.map_err(|problem| match problem {
            Problem::Truncated => ImagingError::Truncated { format },
            Problem::Corrupt(reason) => ImagingError::Corrupt { format, reason },
            Problem::Unsupported(reason) => ImagingError::Unsupported { format, reason },
        })?;
        if header.width == 0 {
            let reason = "an image of no columns".to_owned();
            return Err(ImagingError::Corrupt { format, reason });
        }
        // Whoever asks for the pixels makes room for them first.
        if header.least_bytes() > bytes.len() {
            return Err(ImagingError::Truncated { format });
        }
        Ok(Self { bytes, header })
    }

    fn pixels(&self) -> Result<Vec<u8>, Problem> {
        let header = &self.header;
        if header.process == Process::Lossless {
            let samples = jpeg_lossless::decode(self.bytes)?;
            return Ok(if header.precision == 8 {
                samples.iter().map(|v| *v as u8).collect()
            } else {
                samples.iter().flat_map(|v| v.to_ne_bytes()).collect()
            });
        }
        let samples = decode(self.bytes, header, header.is_ybr())?;
        Ok(if header.components == 4 {
            let inks = samples.as_chunks::<4>().0;
            inks.iter().flat_map(|ink| cmyk_to_rgb(*ink)).collect()
        } else {
            samples
        })
    }
}

/// Puts the lossless stream's own number of lines into the header, and refuses what would have to be guessed.
fn lossless_size(bytes: &[u8], header: &mut JpegHeader) -> Result<(), Problem> {
    let size = jpeg_lossless::read_header(bytes)?;
    (header.width, header.height) = (size.width, size.height);
    let ybr = header.components == 3 && header.is_ybr();
    match (header.components, header.precision) {
        (1, 8..=16) => Ok(()),
        (3, 8) if !ybr => Ok(()),
        (3, 8) => Err(Problem::Unsupported(
            "a lossless form with luma and chroma".to_owned(),
        )),
        (components, precision) => Err(Problem::Unsupported(format!(
            "a lossless form with {components} components of {precision} bits"
        ))),
    }
}

impl From<jpeg_lossless::DecodeError> for Problem {
    fn from(problem: jpeg_lossless::DecodeError) -> Self {
        match problem {
            jpeg_lossless::DecodeError::Truncated => Self::Truncated,
            jpeg_lossless::DecodeError::Corrupt(reason) => Self::Corrupt(reason.to_owned()),
            jpeg_lossless::DecodeError::Unsupported(what) => Self::Unsupported(what.to_owned()),
        }
    }
}

impl ImageDecoder for Picture<'_> {
    fn dimensions(&self) -> (u32, u32) {
        (self.header.width as u32, self.header.height as u32)
    }

    fn color_type(&self) -> ColorType {
        match (self.header.components, self.header.precision) {
            (1, 8) => ColorType::L8,
            (1, _) => ColorType::L16,
            _ => ColorType::Rgb8,
        }
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(header::exif(self.bytes).map(<[u8]>::to_vec))
    }

    fn read_image(self, buf: &mut [u8]) -> ImageResult<()> {
        let pixels = self.pixels().map_err(|problem| match problem {
            Problem::Truncated => ImageError::IoError(std::io::ErrorKind::UnexpectedEof.into()),
            Problem::Corrupt(reason) | Problem::Unsupported(reason) => ImageError::Decoding(
                DecodingError::new(ImageFormatHint::Exact(ImageFormat::Jpeg), reason),
            ),
        })?;
        buf.copy_from_slice(&pixels);
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buf: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buf)
    }
}
