//! The units of the four dimensions (xyzt_units).

use std::fmt;

/// The field as it is written: space in the lowest three bits, time in the next three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Units(pub(super) i32);

/// What a step along the fourth dimension is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// Milliseconds.
    Time(f64),
    /// Something else, in words.
    Other(&'static str),
}

impl Units {
    /// Millimetres of a unit of space. Millimetres where it is not stated, as everybody takes it.
    pub(super) fn space_mm(self) -> f64 {
        match self.0 & 7 {
            1 => 1000.0,
            3 => 0.001,
            _ => 1.0,
        }
    }

    /// What a step of this size along the fourth dimension is; `None` where the unit is not stated, or the step is no
    /// positive number.
    pub(super) fn step(self, size: f64) -> Option<Step> {
        let ms = match self.0 & 0x38 {
            8 => size * 1000.0,
            16 => size,
            24 => size / 1000.0,
            32 => return Some(Step::Other("frequency, in hertz")),
            40 => return Some(Step::Other("chemical shift, in parts per million")),
            48 => return Some(Step::Other("angular frequency, in radians per second")),
            _ => return None,
        };
        (ms > 0.0 && ms.is_finite()).then_some(Step::Time(ms))
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = match self.0 & 7 {
            1 => "m",
            2 => "mm",
            3 => "um",
            _ => "unknown",
        };
        let time = match self.0 & 0x38 {
            8 => "s",
            16 => "ms",
            24 => "us",
            32 => "Hz",
            40 => "ppm",
            48 => "rad/s",
            _ => "unknown",
        };
        write!(f, "{} ({space}, {time})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_are_times() {
        assert_eq!(Units(8 | 2).step(2.5), Some(Step::Time(2500.0)));
        assert_eq!(Units(16 | 2).step(2.5), Some(Step::Time(2.5)));
        assert_eq!(Units(24 | 2).step(2500.0), Some(Step::Time(2.5)));
        for code in [32, 40, 48] {
            assert!(matches!(Units(code).step(2.5), Some(Step::Other(_))));
        }
        assert_eq!(Units(2).step(2.5), None);
        assert_eq!(Units(8).step(0.0), None);
        assert_eq!(Units(8).step(f64::NAN), None);
        assert_eq!(Units(3 | 16).space_mm(), 0.001);
        assert_eq!(Units(10).to_string(), "10 (mm, s)");
    }
}
