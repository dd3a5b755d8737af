//! Dyes and light: optical densities, after Beer and Lambert.

use crate::math::exp;
use crate::rng::Rng;

/// What a section is stained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stain {
    /// Haematoxylin and eosin.
    HandE,
    /// Antibody against Ki-67 (nuclei), brown, on a blue counterstain.
    Ki67,
    /// Antibody against HER2 (cell membranes), brown, on a blue counterstain.
    Her2,
}

impl Stain {
    pub(crate) const ALL: [Self; 3] = [Self::HandE, Self::Ki67, Self::Her2];

    /// The name in text.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::HandE => "H&E",
            Self::Ki67 => "Ki-67",
            Self::Her2 => "HER2",
        }
    }
}

/// Optical density for red, green and blue of one unit of dye: Ruifrok and Johnston 2001.
const HAEMATOXYLIN: [f32; 3] = [0.65, 0.70, 0.29];
const EOSIN: [f32; 3] = [0.07, 0.99, 0.11];
const DAB: [f32; 3] = [0.27, 0.57, 0.78];
/// The same of another laboratory: the reference of the normalization by Macenko et al. 2009, as
/// its public implementations have it.
const HAEMATOXYLIN_2: [f32; 3] = [0.5626, 0.7201, 0.4062];
const EOSIN_2: [f32; 3] = [0.2159, 0.8012, 0.5581];

/// The dyes, the lamp and the camera of one laboratory.
#[derive(Clone, Debug)]
pub(crate) struct Dyes {
    haematoxylin: [f32; 3],
    eosin: [f32; 3],
    dab: [f32; 3],
    /// Colour of the empty slide.
    white: [f32; 3],
    /// Strength of each dye: haematoxylin, eosin, DAB.
    strength: [f32; 3],
    /// Strength of the blue counterstain relative to the haematoxylin of H&E.
    pub(crate) counterstain: f32,
    /// Brown that sticks everywhere.
    pub(crate) background: f32,
    gamma: f32,
}

/// A vector between two laboratories, jittered and brought back to unit length.
fn mixed(a: [f32; 3], b: [f32; 3], t: f32, rng: &mut Rng) -> [f32; 3] {
    let mut v = [0.0; 3];
    for (c, value) in v.iter_mut().enumerate() {
        *value = (a[c] + (b[c] - a[c]) * t + rng.range(-0.04, 0.04)).max(0.02);
    }
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    v.map(|value| value / length)
}

impl Dyes {
    pub(crate) fn sampled(rng: &mut Rng) -> Self {
        let t = rng.unit();
        let lamp = rng.range(0.93, 1.0);
        let tint = rng.range(-0.025, 0.025);
        Self {
            haematoxylin: mixed(HAEMATOXYLIN, HAEMATOXYLIN_2, t, rng),
            eosin: mixed(EOSIN, EOSIN_2, 0.25 + 0.75 * t, rng),
            dab: mixed(DAB, DAB, 0.0, rng),
            white: [lamp + tint, lamp, lamp - tint],
            strength: [
                rng.range(0.80, 1.15),
                rng.range(0.55, 1.05),
                rng.range(0.9, 1.2),
            ],
            counterstain: rng.range(0.55, 0.85),
            background: rng.range(0.02, 0.07),
            gamma: rng.range(0.85, 1.15),
        }
    }

    /// Light that a place lets through, by the amounts of haematoxylin, eosin and DAB.
    pub(crate) fn light(&self, amounts: [f32; 3]) -> [f32; 3] {
        let [h, e, d] = amounts;
        let [hs, es, ds] = self.strength;
        let mut out = [0.0; 3];
        for (c, value) in out.iter_mut().enumerate() {
            let density =
                h * hs * self.haematoxylin[c] + e * es * self.eosin[c] + d * ds * self.dab[c];
            // A gamma of the camera multiplies densities.
            *value = self.white[c] * exp(-std::f32::consts::LN_10 * self.gamma * density);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unit_of_haematoxylin_has_the_published_colour() {
        let dyes = Dyes {
            haematoxylin: HAEMATOXYLIN,
            eosin: EOSIN,
            dab: DAB,
            white: [1.0; 3],
            strength: [1.0; 3],
            counterstain: 1.0,
            background: 0.0,
            gamma: 1.0,
        };
        // 10^-0.65, 10^-0.70, 10^-0.29.
        let expected = [0.2239, 0.1995, 0.5129];
        for (got, want) in dyes.light([1.0, 0.0, 0.0]).into_iter().zip(expected) {
            assert!((got - want).abs() < 1e-4, "{got} for {want}");
        }
        assert_eq!(dyes.light([0.0; 3]), [1.0; 3]);
    }

    #[test]
    fn vectors_keep_unit_length() {
        let mut rng = Rng::from_word(3);
        for _ in 0..20 {
            let v = mixed(EOSIN, EOSIN_2, rng.unit(), &mut rng);
            let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
            assert!((length - 1.0).abs() < 1e-4, "{v:?}");
        }
    }
}
