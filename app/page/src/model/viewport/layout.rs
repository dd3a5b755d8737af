//! How the viewer is divided.

/// How the viewer is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One image.
    One,
    /// Three planes of a volume.
    Planes,
    /// Two images beside each other.
    Side,
    /// Two images over each other, with a slider between them.
    Slider,
}

impl Layout {
    /// Its name in style sheets and tests.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Planes => "planes",
            Self::Side => "side",
            Self::Slider => "slider",
        }
    }

    /// Whether two images are compared.
    pub(crate) const fn compares(self) -> bool {
        matches!(self, Self::Side | Self::Slider)
    }
}
