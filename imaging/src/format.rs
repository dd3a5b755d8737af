//! The file formats that can be read.

/// A file format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG: baseline and progressive, grey, colour and CMYK.
    Jpeg,
    /// WebP, lossy and lossless; the first frame of an animation.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// TIFF and `BigTIFF`; the first page.
    Tiff,
    /// DICOM, PS3.10 files and bare data sets.
    Dicom,
    /// NIfTI-1 and NIfTI-2, single files.
    Nifti,
    /// ZIP archives.
    Zip,
    /// gzip-compressed files.
    Gzip,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Dicom => "DICOM",
            Self::Nifti => "NIfTI",
            Self::Zip => "ZIP",
            Self::Gzip => "gzip",
        })
    }
}
