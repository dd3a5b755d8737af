//! From stored numbers to real values, and from real values to shades of grey (DICOM PS3.3, C.11.1 and C.11.2).

/// A lookup table as DICOM stores it: `values[x - first]`, the ends standing for everything beyond them.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Table {
    /// What the file calls it; empty where it has no name.
    pub name: String,
    /// The input that the first entry stands for.
    pub first: i32,
    /// Bits of an entry, 8 to 16: an entry of `2^bits - 1` is the brightest.
    pub bits: u8,
    /// The entries; never empty.
    pub values: Vec<u16>,
}

impl Table {
    /// The entry for an input, which is rounded to the nearest whole number.
    #[must_use]
    pub fn at(&self, x: f64) -> u16 {
        let last = self.values.len().saturating_sub(1);
        let index = (x.round() - f64::from(self.first)).clamp(0.0, last as f64);
        // NaN becomes 0, the first entry.
        self.values.get(index as usize).copied().unwrap_or(0)
    }

    /// The entry as a share of full brightness, 0 to 1.
    fn fraction(&self, x: f64) -> f64 {
        let top = f64::from((1_u32 << self.bits.clamp(1, 16)) - 1);
        (f64::from(self.at(x)) / top).min(1.0)
    }
}

/// How stored numbers become real values (Hounsfield units, counts, seconds ...).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Rescale {
    /// `value = stored * slope + intercept`.
    Linear {
        /// Factor.
        slope: f64,
        /// Value of a stored zero.
        intercept: f64,
    },
    /// A modality lookup table.
    Table(Table),
}

impl Rescale {
    /// Stored numbers are the values.
    pub const IDENTITY: Self = Self::Linear {
        slope: 1.0,
        intercept: 0.0,
    };

    /// The real value of a stored number.
    #[must_use]
    pub fn value(&self, stored: f64) -> f64 {
        match self {
            Self::Linear { slope, intercept } => stored * slope + intercept,
            Self::Table(table) => f64::from(table.at(stored)),
        }
    }
}

/// The shape of a window's ramp (VOI LUT Function, PS3.3 C.11.2.1.2 and C.11.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum VoiFunction {
    /// The default: from `center - 0.5 - (width - 1) / 2` to `center - 0.5 + (width - 1) / 2`. The standard has no such
    /// windows narrower than 1; files of small numbers do, and mean what `LinearExact` is.
    #[default]
    Linear,
    /// From `center - width / 2` to `center + width / 2`.
    LinearExact,
    /// `1 / (1 + exp(-4 (x - center) / width))`.
    Sigmoid,
}

/// A window: which real values lie between black and white.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VoiWindow {
    /// What the file calls it ("BRAIN", "WINDOW1"); empty where it has no name.
    pub name: String,
    /// Window center ("level"), in real values.
    pub center: f64,
    /// Window width, in real values.
    pub width: f64,
    /// The shape of the ramp.
    pub function: VoiFunction,
}

impl VoiWindow {
    /// A window without a name, linear as DICOM defines it.
    #[must_use]
    pub const fn new(center: f64, width: f64) -> Self {
        Self {
            name: String::new(),
            center,
            width,
            function: VoiFunction::Linear,
        }
    }

    /// The window from `low` (black) to `high` (white), both exactly.
    #[must_use]
    pub fn spanning(low: f64, high: f64) -> Self {
        Self {
            name: String::new(),
            center: low + (high - low) / 2.0,
            width: high - low,
            function: VoiFunction::LinearExact,
        }
    }

    /// Factor and offset of the ramp: brightness is `x * factor + offset`, cut off at 0 and 1. `None` where the ramp
    /// is not a line or is a step.
    pub(crate) fn line(&self) -> Option<(f64, f64)> {
        let (middle, span) = match self.function {
            VoiFunction::Linear if self.width < 1.0 => (self.center, self.width),
            VoiFunction::Linear => (self.center - 0.5, self.width - 1.0),
            VoiFunction::LinearExact => (self.center, self.width),
            VoiFunction::Sigmoid => return None,
        };
        (span > 0.0).then(|| (1.0 / span, 0.5 - middle / span))
    }

    /// Brightness of a real value, 0 to 1.
    #[must_use]
    pub fn fraction(&self, x: f64) -> f64 {
        if let Some((factor, offset)) = self.line() {
            return (x * factor + offset).clamp(0.0, 1.0);
        }
        match self.function {
            VoiFunction::Sigmoid if self.width > 0.0 => {
                1.0 / (1.0 + (-4.0 * (x - self.center) / self.width).exp())
            }
            // Too narrow for a ramp: a step, above which all is white.
            VoiFunction::Linear if self.width >= 1.0 => f64::from(u8::from(x > self.center - 0.5)),
            _ => f64::from(u8::from(x > self.center)),
        }
    }
}

/// What turns real values into shades: a window or a lookup table.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Voi {
    /// Window center and width.
    Window(VoiWindow),
    /// A VOI lookup table.
    Table(Table),
}

impl Voi {
    /// What the file calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Window(window) => &window.name,
            Self::Table(table) => &table.name,
        }
    }

    /// The shade of a real value, 0 to 255, rounded to the nearest.
    #[must_use]
    pub fn gray(&self, x: f64) -> u8 {
        let fraction = match self {
            Self::Window(window) => window.fraction(x),
            Self::Table(table) => table.fraction(x),
        };
        (fraction * 255.0 + 0.5) as u8
    }

    /// The window that comes nearest: itself, or the table's whole input range. From here a drag can start.
    #[must_use]
    pub fn to_window(&self) -> VoiWindow {
        match self {
            Self::Window(window) => window.clone(),
            Self::Table(table) => {
                let low = f64::from(table.first);
                let span = table.values.len().saturating_sub(1).max(1);
                VoiWindow::spanning(low, low + span as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_windows_follow_the_standard() {
        // PS3.3 C.11.2.1.2: c = 2048, w = 4096 maps 0..4095 onto the whole range.
        let all = Voi::Window(VoiWindow::new(2048.0, 4096.0));
        assert_eq!([0.0, 2047.5, 4095.0].map(|x| all.gray(x)), [0, 128, 255]);
        // c = 2048, w = 1 is a threshold: x <= 2047.5 is black.
        let step = Voi::Window(VoiWindow::new(2048.0, 1.0));
        assert_eq!([2047.0, 2047.5, 2048.0].map(|x| step.gray(x)), [0, 0, 255]);
        // c = 0, w = 100: black up to -50, white above 49.
        let hundred = Voi::Window(VoiWindow::new(0.0, 100.0));
        assert_eq!([-50.0, -0.5, 49.0].map(|x| hundred.gray(x)), [0, 128, 255]);
        assert_eq!(hundred.gray(-49.0), 3); // 255 / 99 = 2.58
        let exact = VoiWindow {
            function: VoiFunction::LinearExact,
            ..VoiWindow::new(0.0, 100.0)
        };
        assert_eq!(
            [-50.0, 0.0, 50.0].map(|x| Voi::Window(exact.clone()).gray(x)),
            [0, 128, 255]
        );
        assert_eq!(exact, VoiWindow::spanning(-50.0, 50.0));
        // Narrower than the standard's 1: the ramp around the center.
        let narrow = Voi::Window(VoiWindow::new(0.5, 0.5));
        let shades = [0.2, 0.25, 0.375, 0.5, 0.75, 0.8].map(|x| narrow.gray(x));
        assert_eq!(shades, [0, 0, 64, 128, 255, 255]);
        let step = Voi::Window(VoiWindow::new(0.5, 0.0));
        assert_eq!([0.5, 0.6].map(|x| step.gray(x)), [0, 255]);
    }

    #[test]
    fn sigmoid_is_half_at_the_center() {
        let soft = VoiWindow {
            function: VoiFunction::Sigmoid,
            ..VoiWindow::new(40.0, 80.0)
        };
        assert!((soft.fraction(40.0) - 0.5).abs() < 1e-12);
        // exp(-4 * 40 / 80) = exp(-2)
        assert!((soft.fraction(80.0) - 0.880_797_077_977_882).abs() < 1e-12);
        assert_eq!(Voi::Window(soft).gray(f64::NAN), 0);
    }

    #[test]
    fn tables_hold_their_ends() {
        let table = Table {
            name: "bright".into(),
            first: -10,
            bits: 12,
            values: vec![0, 4095, 2048],
        };
        assert_eq!(
            [-99.0, -10.0, -9.0, -8.0, 50.0].map(|x| table.at(x)),
            [0, 0, 4095, 2048, 2048]
        );
        let voi = Voi::Table(table.clone());
        assert_eq!([-10.0, -9.0, -8.0].map(|x| voi.gray(x)), [0, 255, 128]);
        assert_eq!(voi.to_window(), VoiWindow::spanning(-10.0, -8.0));
        assert_eq!(Rescale::Table(table).value(-8.0), 2048.0);
        assert_eq!(Rescale::IDENTITY.value(7.5), 7.5);
    }
}
