//! Files to pixels: decoding, exact Pillow resampling, colour conversion.
//!
//! Everything that stands between the bytes of an image file and the numbers that the model is given, so that what
//! the viewer shows is what the model sees:
//!
//! * [`decode`] turns PNG, JPEG, WebP, BMP and TIFF bytes into an [`RgbImage`];
//! * [`ResizeRule`] says how large the model wants it, [`resize`] resamples it exactly as Pillow 11.2.1 does;
//! * [`to_chw`] and [`from_chw`] go to the model's tensor layout and back;
//! * [`encode_png`] writes a picture, with text fields that say where it came from;
//! * [`psnr`] and [`ssim`] compare two pictures.
//!
//! No model and no web here: the same code runs natively and in wasm32, on one thread.

#[cfg(feature = "codecs")]
mod decode;
#[cfg(feature = "codecs")]
mod encode;
mod error;
mod format;
#[cfg(feature = "codecs")]
mod jpeg_end;
mod metrics;
mod resample;
mod rgb;
mod size;
#[cfg(feature = "codecs")]
mod sniff;
mod tensor;
mod to_rgb;

#[cfg(feature = "codecs")]
pub use decode::{Decoded, Header, MAX_PIXELS, Window, decode, decode_with_limit, probe};
#[cfg(feature = "codecs")]
pub use encode::encode_png;
pub use error::ImagingError;
pub use format::Format;
pub use metrics::{psnr, ssim};
pub use resample::{area_down, resize};
pub use rgb::{Orientation, RgbImage};
pub use size::ResizeRule;
pub use tensor::{from_chw, to_chw};
pub use to_rgb::{gray_to_rgb, over_white};
