//! Files to pixels: decoding, exact Pillow resampling, colour conversion.
