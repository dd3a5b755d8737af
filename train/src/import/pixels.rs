//! Picture files: which there are, what they decode to, and the size that they are kept at.

use std::{fs::File, io::Read, path::Path};

use unimed_imaging::{Excerpt, Format, ImagingError, RgbImage, decode, encode_png, probe, resize};

/// A picture ready to be written.
pub(super) struct Ready {
    pub(super) bytes: Vec<u8>,
    pub(super) extension: &'static str,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// The end of a name in small letters, without the dot.
pub(super) fn extension(path: &Path) -> String {
    let end = path.extension().unwrap_or_default();
    end.to_string_lossy().to_ascii_lowercase()
}

/// Whether a name is that of a picture.
pub(super) fn is_picture_name(path: &Path) -> bool {
    const ENDS: [&str; 7] = ["png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff"];
    ENDS.contains(&extension(path).as_str())
}

/// Whether bytes begin as DICOM files do (PS3.10 7.1).
pub(super) fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// Whether a file begins as DICOM files do; one that cannot be read does not.
pub(super) fn is_dicom_file(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(132).read_to_end(&mut head));
    read.is_ok() && is_dicom(&head)
}

/// Decodes a picture file, or the first frame of a DICOM file as it wants to be shown.
pub(super) fn decoded(name: &str, bytes: &[u8]) -> Result<RgbImage, ImagingError> {
    if is_dicom(bytes) {
        return Excerpt::default().read(name, bytes);
    }
    Ok(decode(bytes)?.image)
}

/// A file as it is written: its own bytes where they are a small PNG or JPEG, else PNG with the longest side at most
/// `side`.
pub(super) fn ready_file(name: &str, bytes: Vec<u8>, side: usize) -> Result<Ready, ImagingError> {
    let image = decoded(name, &bytes)?;
    if let Ok(header) = probe(&bytes) {
        let extension = match header.format {
            Format::Png => Some("png"),
            Format::Jpeg => Some("jpg"),
            _ => None,
        };
        let upright =
            (header.width as usize, header.height as usize) == (image.width, image.height);
        if let Some(extension) = extension
            && upright
            && image.width.max(image.height) <= side
        {
            return Ok(Ready {
                bytes,
                extension,
                width: image.width,
                height: image.height,
            });
        }
    }
    ready_image(&image, side)
}

/// A picture as a PNG with the longest side at most `side`.
pub(super) fn ready_image(image: &RgbImage, side: usize) -> Result<Ready, ImagingError> {
    let longest = image.width.max(image.height);
    let small = (longest > side).then(|| {
        let part = |length: usize| ((length * side + longest / 2) / longest).max(1);
        resize(image, part(image.width), part(image.height))
    });
    let small = small.transpose()?;
    let image = small.as_ref().unwrap_or(image);
    Ok(Ready {
        bytes: encode_png(image, &[])?,
        extension: "png",
        width: image.width,
        height: image.height,
    })
}
