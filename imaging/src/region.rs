//! Calibrated regions of ultrasound images (DICOM PS3.3 C.8.5.5): each has its own scale, and not every axis is a length.

/// The physical unit of one axis of a region (Physical Units X and Y Direction, PS3.3 C.8.5.5.1.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RegionUnit {
    /// None or not applicable.
    None,
    /// Percent.
    Percent,
    /// Decibels.
    Decibel,
    /// Centimetres.
    Centimetre,
    /// Seconds.
    Second,
    /// Hertz.
    Hertz,
    /// Decibels per second.
    DecibelPerSecond,
    /// Centimetres per second.
    CentimetrePerSecond,
    /// Square centimetres.
    SquareCentimetre,
    /// Square centimetres per second.
    SquareCentimetrePerSecond,
    /// Cubic centimetres.
    CubicCentimetre,
    /// Cubic centimetres per second.
    CubicCentimetrePerSecond,
    /// Degrees.
    Degree,
}

impl RegionUnit {
    /// The unit that a code of the standard stands for; `None` for a code that it does not define.
    #[must_use]
    pub const fn from_code(code: i64) -> Option<Self> {
        Some(match code {
            0 => Self::None,
            1 => Self::Percent,
            2 => Self::Decibel,
            3 => Self::Centimetre,
            4 => Self::Second,
            5 => Self::Hertz,
            6 => Self::DecibelPerSecond,
            7 => Self::CentimetrePerSecond,
            8 => Self::SquareCentimetre,
            9 => Self::SquareCentimetrePerSecond,
            10 => Self::CubicCentimetre,
            11 => Self::CubicCentimetrePerSecond,
            12 => Self::Degree,
            _ => return None,
        })
    }

    /// Its symbol; empty for [`RegionUnit::None`].
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Percent => "%",
            Self::Decibel => "dB",
            Self::Centimetre => "cm",
            Self::Second => "s",
            Self::Hertz => "Hz",
            Self::DecibelPerSecond => "dB/s",
            Self::CentimetrePerSecond => "cm/s",
            Self::SquareCentimetre => "cm²",
            Self::SquareCentimetrePerSecond => "cm²/s",
            Self::CubicCentimetre => "cm³",
            Self::CubicCentimetrePerSecond => "cm³/s",
            Self::Degree => "°",
        }
    }
}

/// One calibrated region.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Region {
    /// First column, first row, last column and last row, from 0; the last ones belong to it.
    pub rect: [i64; 4],
    /// Unit of the horizontal axis.
    pub unit_x: RegionUnit,
    /// Unit of the vertical axis.
    pub unit_y: RegionUnit,
    /// What a step to the next column is worth, in `unit_x`.
    pub delta_x: f64,
    /// What a step to the next row is worth, in `unit_y`.
    pub delta_y: f64,
    /// Where regions overlap, those without this mark are what the pixels show (Region Flags, bit 0, PS3.3 C.8.5.5.1.3).
    pub low_priority: bool,
}

impl Region {
    /// Whether a point, in pixels from the left top corner of the image, lies in it.
    #[must_use]
    pub fn contains(&self, x: f64, y: f64) -> bool {
        let [x0, y0, x1, y1] = self.rect.map(|n| n as f64);
        (x0..=x1 + 1.0).contains(&x) && (y0..=y1 + 1.0).contains(&y)
    }

    /// Whether a point lies in it and not on its edge.
    #[must_use]
    pub fn encloses(&self, x: f64, y: f64) -> bool {
        let [x0, y0, x1, y1] = self.rect.map(|n| n as f64);
        x0 < x && x < x1 + 1.0 && y0 < y && y < y1 + 1.0
    }

    /// Whether a step along one of its axes is worth something; frames around text and graphics are regions, too.
    #[must_use]
    pub fn is_calibrated(&self) -> bool {
        self.unit_x != RegionUnit::None || self.unit_y != RegionUnit::None
    }

    /// Size of a pixel, `[row, column]` in mm, where both axes are lengths.
    #[must_use]
    pub fn spacing_mm(&self) -> Option<[f64; 2]> {
        let lengths =
            self.unit_x == RegionUnit::Centimetre && self.unit_y == RegionUnit::Centimetre;
        let (x, y) = (10.0 * self.delta_x.abs(), 10.0 * self.delta_y.abs());
        (lengths && x > 0.0 && y > 0.0).then_some([y, x])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regions_of_two_lengths_have_millimetres() {
        let region = Region {
            rect: [10, 20, 109, 219],
            unit_x: RegionUnit::Centimetre,
            unit_y: RegionUnit::Centimetre,
            delta_x: 0.02,
            delta_y: -0.05,
            low_priority: false,
        };
        assert_eq!(region.spacing_mm(), Some([0.5, 0.2]));
        assert!(region.contains(10.0, 20.0) && region.contains(110.0, 220.0));
        assert!(!region.contains(9.9, 20.0) && !region.contains(110.1, 20.0));
        assert!(region.encloses(10.1, 219.9) && !region.encloses(10.0, 20.0));
        let m_mode = Region {
            unit_x: RegionUnit::Second,
            ..region
        };
        assert_eq!(m_mode.spacing_mm(), None);
        assert_eq!(RegionUnit::from_code(4), Some(RegionUnit::Second));
        assert_eq!(RegionUnit::from_code(13), None);
    }
}
