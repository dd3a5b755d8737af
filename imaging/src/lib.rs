//! Files to pixels: decoding, windowing, geometry, exact Pillow resampling, colour conversion.
//!
//! Everything that stands between the bytes of an image file and the numbers that the model is given, so that what
//! the viewer shows is what the model sees:
//!
//! * [`Opener`] and [`open`] turn files (PNG, JPEG, WebP, BMP, TIFF, DICOM, NIfTI, archives of them) into [`Series`]:
//!   frames of stored numbers with everything that a viewer needs to draw and measure;
//! * [`Voi`] and [`VoiLut`] turn stored numbers into shades, [`Affine`] and [`Plane`] into places in the patient;
//! * [`measure`] tells lengths, angles, areas and statistics on a frame or plane, or why there are none;
//! * [`decode`] turns PNG, JPEG, WebP, BMP and TIFF bytes into an [`RgbImage`];
//! * [`ResizeRule`] says how large the model wants it, [`resize`] resamples it exactly as Pillow 11.2.1 does;
//! * [`to_chw`] and [`from_chw`] go to the model's tensor layout and back;
//! * [`burned_in_words`] finds letters in the pixels, near the edges;
//! * [`deidentify`] writes DICOM files again without what tells who the patient is;
//! * [`Excerpt`] takes one picture out of a file: a frame or slice, in a window, a part of it;
//! * [`encode_png`] writes a picture, with text fields that say where it came from; [`SecondaryCapture`] writes a generated
//!   one as DICOM;
//! * [`jpegls`] and [`jpeg_lossless`] are decoders that know nothing of the rest;
//! * [`psnr`] and [`ssim`] compare two pictures.
//!
//! No model and no web here: the same code runs natively and in wasm32, on one thread. Without the feature `codecs`
//! no file is read, and what is left weighs next to nothing.

#[cfg(feature = "codecs")]
mod budget;
mod burned_in;
mod crop;
#[cfg(feature = "codecs")]
mod decode;
#[cfg(feature = "codecs")]
pub mod deidentify;
#[cfg(feature = "codecs")]
mod dicom;
#[cfg(feature = "codecs")]
mod encode;
mod error;
#[cfg(feature = "codecs")]
mod excerpt;
mod format;
mod geometry;
mod halved;
#[cfg(feature = "codecs")]
mod jpeg;
#[cfg(feature = "codecs")]
pub mod jpeg_lossless;
#[cfg(feature = "codecs")]
pub mod jpegls;
pub mod measure;
mod metadata;
mod metrics;
#[cfg(feature = "codecs")]
mod pixel_limit;
mod plane;
#[cfg(feature = "codecs")]
mod problem;
mod raster;
#[cfg(feature = "codecs")]
mod read;
mod region;
#[cfg(feature = "report")]
pub mod report;
mod resample;
mod reslice;
mod rgb;
mod samples;
mod secondary_capture;
mod series;
mod size;
#[cfg(feature = "codecs")]
mod sniff;
mod tensor;
#[cfg(feature = "codecs")]
mod tif;
mod to_rgb;
mod uid;
#[cfg(feature = "codecs")]
mod value_range;
mod voi_lut;
mod window;

#[cfg(feature = "codecs")]
pub use budget::Limits;
pub use burned_in::{IDENTIFYING_NOTES, burned_in_words};
pub use crop::Crop;
#[cfg(feature = "codecs")]
pub use decode::{Decoded, Header, Window, decode, decode_with_limit, probe};
#[cfg(feature = "codecs")]
pub use encode::encode_png;
pub use error::ImagingError;
#[cfg(feature = "codecs")]
pub use excerpt::{DisplayWindow, Excerpt};
pub use format::Format;
pub use geometry::{Affine, Place, Vec3, cross, dot, edges, length, letters};
pub use measure::{NoMetric, PixelMetric};
pub use metadata::Row;
pub use metrics::{psnr, ssim};
#[cfg(feature = "codecs")]
pub use pixel_limit::MAX_PIXELS;
pub use plane::{Plane, PlaneKind, VoxelDirection, meeting_point, planes};
#[cfg(feature = "codecs")]
pub use problem::Problem;
pub use raster::{ResampledView, ScreenMap};
#[cfg(feature = "codecs")]
pub use read::{Opened, Opener, open};
pub use region::{Region, RegionUnit};
pub use resample::{area_down, cubic, resize};
pub use reslice::Part;
pub use rgb::{Orientation, RgbImage};
pub use samples::{SampleKind, Samples};
pub use secondary_capture::SecondaryCapture;
pub use series::{FrameInfo, RealWorldValueMapping, Series, SeriesInfo, Spacing, SpacingKind};
pub use size::ResizeRule;
pub use tensor::{from_chw, to_chw};
pub use to_rgb::{gray_to_rgb, over_white};
pub use voi_lut::VoiLut;
pub use window::{Rescale, Table, Voi, VoiFunction, VoiWindow};
