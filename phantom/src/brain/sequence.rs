//! Signal of each tissue in each pulse sequence.

use crate::math::{exp, ln};

/// A pulse sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    T1,
    T2,
    Flair,
    /// Proton density.
    Pd,
    /// T1 after gadolinium.
    T1Contrast,
}

impl Sequence {
    pub(crate) const ALL: [Self; 5] = [Self::T1, Self::T2, Self::Flair, Self::Pd, Self::T1Contrast];

    /// The name in text.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::Flair => "FLAIR",
            Self::Pd => "PD",
            Self::T1Contrast => "contrast-enhanced T1",
        }
    }

    /// The name of an image in text.
    pub(crate) fn weighted(self) -> String {
        match self {
            Self::Flair => self.word().to_owned(),
            other => format!("{}-weighted", other.word()),
        }
    }

    /// The signal that the usual window shows as white.
    pub(crate) const fn white(self) -> f32 {
        match self {
            Self::T1 => 0.52,
            Self::T2 => 0.56,
            Self::Flair => 0.33,
            Self::Pd => 0.78,
            Self::T1Contrast => 0.56,
        }
    }

    /// The signal that the usual window shows as black.
    pub(crate) const fn black(self) -> f32 {
        match self {
            Self::T1 => 0.15,
            Self::T2 => 0.05,
            Self::Flair => 0.02,
            Self::Pd => 0.38,
            Self::T1Contrast => 0.15,
        }
    }

    /// Noise beside that of the other sequences, both as a share of white: proton density has the
    /// highest signal of all, and its window is narrow.
    pub(crate) const fn noise(self) -> f32 {
        match self {
            Self::Pd => 0.45,
            _ => 1.0,
        }
    }

    /// Signal of a tissue: spin echo `PD (1 - e^(-TR/T1)) e^(-TE/T2)`; FLAIR
    /// `PD |1 - 2 e^(-TI/T1) + e^(-TR/T1)| e^(-TE/T2)` with TI at the null of cerebrospinal fluid.
    /// Gadolinium shortens T1: `1/T1' = 1/T1 + r1 C`.
    pub(crate) fn signal(self, tissue: &Tissue) -> f32 {
        let spin_echo = |tr_ms: f32, te_ms: f32, t1_ms: f32| {
            tissue.density * (1.0 - exp(-tr_ms / t1_ms)) * exp(-te_ms / tissue.t2_ms)
        };
        match self {
            Self::T1 => spin_echo(500.0, 12.0, tissue.t1_ms),
            Self::T1Contrast => {
                let rate = 1.0 / tissue.t1_ms + RELAXIVITY_PER_MS * tissue.uptake_mmol_l;
                spin_echo(500.0, 12.0, 1.0 / rate)
            }
            Self::Pd => spin_echo(3000.0, 20.0, tissue.t1_ms),
            Self::T2 => spin_echo(4500.0, 95.0, tissue.t1_ms),
            Self::Flair => {
                let (tr_ms, te_ms) = (9000.0, 110.0);
                let ti_ms = CSF.t1_ms * ln(2.0 / (1.0 + exp(-tr_ms / CSF.t1_ms)));
                let recovery = 1.0 - 2.0 * exp(-ti_ms / tissue.t1_ms) + exp(-tr_ms / tissue.t1_ms);
                tissue.density * recovery.abs() * exp(-te_ms / tissue.t2_ms)
            }
        }
    }
}

/// Relaxation times and proton density of a tissue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tissue {
    pub(crate) t1_ms: f32,
    pub(crate) t2_ms: f32,
    /// Relative to water.
    pub(crate) density: f32,
    /// Gadolinium that it takes up after an injection, mmol/l.
    pub(crate) uptake_mmol_l: f32,
}

/// Relaxivity r1 of a common gadolinium chelate at 1.5 T: about 4.5 l/(mmol s), here per ms
/// (Rohrer et al. 2005, from memory).
const RELAXIVITY_PER_MS: f32 = 4.5e-3;

const fn tissue(t1_ms: f32, t2_ms: f32, density: f32) -> Tissue {
    Tissue {
        t1_ms,
        t2_ms,
        density,
        uptake_mmol_l: 0.0,
    }
}

impl Tissue {
    const fn taking_up(self, mmol_l: f32) -> Self {
        Self {
            uptake_mmol_l: mmol_l,
            ..self
        }
    }
}

// Normal tissues at 1.5 T: BrainWeb (Kwan, Evans and Pike 1999; Cocosco 1997), from
// memory of the published table.
pub(crate) const CSF: Tissue = tissue(2569.0, 329.0, 1.00);
pub(crate) const GREY: Tissue = tissue(833.0, 83.0, 0.86);
pub(crate) const WHITE: Tissue = tissue(500.0, 70.0, 0.77);
pub(crate) const FAT: Tissue = tissue(350.0, 70.0, 1.00);
pub(crate) const SKIN: Tissue = tissue(900.0, 47.0, 1.00);
/// Marrow between the tables of the skull: fat diluted with bone (free choice).
pub(crate) const MARROW: Tissue = tissue(400.0, 60.0, 0.45);
pub(crate) const BONE: Tissue = tissue(500.0, 5.0, 0.08);
/// Plexus in the atria of the ventricles; no barrier keeps contrast from it (free choice).
pub(crate) const CHOROID: Tissue = tissue(1100.0, 110.0, 0.90).taking_up(0.45);
/// Blood in a large vein, times of Stanisz et al. 2005 at 1.5 T. It flows out of the slice before the
/// echo, so little of it is seen without contrast.
pub(crate) const VENOUS_BLOOD: Tissue = tissue(1441.0, 290.0, 0.80).taking_up(1.0);
/// Share of the signal that flowing blood keeps without contrast.
pub(crate) const FLOW_VOID: f32 = 0.15;
// Lesions: free choice within the spread of clinical reports. The plaque has the T2 of BrainWeb's
// lesion (237 ms) and the longer T1 of an old plaque, so that T1 shows it too.
pub(crate) const PLAQUE: Tissue = tissue(980.0, 237.0, 0.76);
pub(crate) const TUMOR: Tissue = tissue(1050.0, 130.0, 0.90).taking_up(0.32);
pub(crate) const NECROSIS: Tissue = tissue(2000.0, 260.0, 0.95);
pub(crate) const EDEMA: Tissue = tissue(1050.0, 160.0, 0.86);
pub(crate) const INFARCTION: Tissue = tissue(1200.0, 190.0, 0.90);
/// Early subacute blood (intracellular methaemoglobin): bright on T1, dark on T2.
pub(crate) const BLOOD: Tissue = tissue(300.0, 38.0, 0.92);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_order_the_tissues_as_a_radiologist_expects() {
        let t1 = |t: &Tissue| Sequence::T1.signal(t);
        let t2 = |t: &Tissue| Sequence::T2.signal(t);
        let flair = |t: &Tissue| Sequence::Flair.signal(t);
        assert!(t1(&FAT) > t1(&WHITE) && t1(&WHITE) > t1(&GREY) && t1(&GREY) > t1(&CSF));
        assert!(t2(&CSF) > t2(&GREY) && t2(&GREY) > t2(&WHITE) && t2(&WHITE) > t2(&BONE));
        assert!(flair(&CSF) < 0.01 && flair(&PLAQUE) > 2.0 * flair(&WHITE));
        assert!(t1(&BLOOD) > 1.2 * t1(&WHITE) && t2(&BLOOD) < 0.6 * t2(&WHITE));
        let pd = |t: &Tissue| Sequence::Pd.signal(t);
        assert!(pd(&GREY) > 1.1 * pd(&WHITE) && pd(&CSF) > pd(&WHITE) && pd(&PLAQUE) > pd(&GREY));
        let contrast = |t: &Tissue| Sequence::T1Contrast.signal(t);
        assert!(contrast(&TUMOR) > 1.2 * contrast(&WHITE) && t1(&TUMOR) < t1(&WHITE));
        assert!((contrast(&WHITE) - t1(&WHITE)).abs() < 1e-6);
    }

    #[test]
    fn white_matter_has_the_signal_of_the_formula() {
        // 0.77 (1 - e^-1) e^(-12/70) = 0.4101.
        assert!((Sequence::T1.signal(&WHITE) - 0.4101).abs() < 5e-4);
    }
}
