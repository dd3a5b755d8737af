//! What the scanner measures: Hounsfield units (HU = 1000 (mu - mu of water) / mu of water) of the
//! materials in the body, and the windows through which they are looked at.
//!
//! Ranges are the usual ones of textbooks (Prokop and Galanski 2003, "Spiral and Multislice
//! Computed Tomography of the Body"; Buzug 2008, "Computed Tomography"); fat, muscle, blood and bone
//! are checked below against the attenuation that NIST tabulates for the tissues of ICRU Report 44.
//! How much contrast agent raises an organ is a free choice inside what the portal phase shows.

use crate::rng::Rng;

/// A material as it is painted: its mean and how far its grain leaves it, HU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tissue {
    pub(super) hu: f32,
    pub(super) grain: f32,
}

/// Shorthand for a material.
pub(super) const fn tissue(hu: f32, grain: f32) -> Tissue {
    Tissue { hu, grain }
}

pub(super) const AIR: f32 = -1000.0;
pub(super) const LUNG: [f32; 2] = [-880.0, -790.0];
pub(super) const FAT: [f32; 2] = [-112.0, -88.0];
pub(super) const FLUID: [f32; 2] = [4.0, 14.0];
pub(super) const WHITE_MATTER: [f32; 2] = [25.0, 29.0];
pub(super) const GREY_MATTER: [f32; 2] = [36.0, 41.0];
pub(super) const MUSCLE: [f32; 2] = [44.0, 60.0];
pub(super) const BLOOD: [f32; 2] = [36.0, 46.0];
/// Clotted within hours, which raises the share of hemoglobin.
pub(super) const ACUTE_BLOOD: [f32; 2] = [56.0, 70.0];
pub(super) const LIVER: [f32; 2] = [50.0, 64.0];
pub(super) const SPLEEN: [f32; 2] = [44.0, 54.0];
pub(super) const KIDNEY: [f32; 2] = [30.0, 40.0];
pub(super) const SPONGY_BONE: [f32; 2] = [150.0, 260.0];
pub(super) const HARD_BONE: [f32; 2] = [800.0, 1500.0];
pub(super) const CALCIFICATION: f32 = 500.0;

/// A value from a range.
pub(super) fn sample(range: [f32; 2], rng: &mut Rng) -> f32 {
    rng.range(range[0], range[1])
}

/// The part of the body that a slice crosses; each has its own window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    Head,
    Chest,
    Abdomen,
}

impl Region {
    pub(crate) const ALL: [Self; 3] = [Self::Head, Self::Chest, Self::Abdomen];

    /// The part of the body in words.
    pub(crate) const fn organ(self) -> &'static str {
        match self {
            Self::Head => "brain",
            Self::Chest => "chest",
            Self::Abdomen => "abdomen",
        }
    }

    /// The window in words.
    pub(crate) const fn window(self) -> &'static str {
        match self {
            Self::Head => "brain window",
            Self::Chest => "lung window",
            Self::Abdomen => "abdomen window",
        }
    }

    /// Usual centre and width of the window, HU.
    pub(super) const fn centre_width(self) -> [f32; 2] {
        match self {
            Self::Head => [40.0, 80.0],
            Self::Chest => [-590.0, 1500.0],
            Self::Abdomen => [40.0, 400.0],
        }
    }

    /// Standard deviation of the noise in the final picture, HU: a free choice around what clinical
    /// doses give once slices of 5 mm are averaged to these pixels.
    pub(super) const fn noise(self) -> [f32; 2] {
        match self {
            Self::Head => [1.4, 3.2],
            Self::Chest => [12.0, 34.0],
            Self::Abdomen => [5.0, 12.0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HU from mass attenuation (cm2/g) and density (g/cm3).
    fn hounsfield(mass_attenuation: f32, density: f32) -> f32 {
        // Water at 60 keV, near the mean energy of a 120 kV spectrum: 0.2059 cm2/g.
        1000.0 * (mass_attenuation * density / 0.2059 - 1.0)
    }

    #[test]
    fn the_ranges_hold_what_follows_from_tabulated_attenuation() {
        // NIST (Hubbell and Seltzer), Tables 2 and 4, 60 keV, compositions of ICRU Report 44.
        let holds = |range: [f32; 2], hu: f32| range[0] <= hu && hu <= range[1];
        assert!(holds(FAT, hounsfield(0.1974, 0.95)));
        assert!(holds(MUSCLE, hounsfield(0.2048, 1.05)));
        let brain = hounsfield(0.2058, 1.04);
        assert!(holds([WHITE_MATTER[0], GREY_MATTER[1]], brain));
        // Whole blood lies between flowing blood and a clot.
        assert!(holds([BLOOD[0], ACUTE_BLOOD[1]], hounsfield(0.2057, 1.06)));
        // Hard bone at this pixel size is cortical bone thinned by its pores and neighbours.
        assert!(hounsfield(0.3148, 1.92) > HARD_BONE[1]);
    }
}
