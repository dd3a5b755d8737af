//! What pairs show.

use crate::modality::Modality;

/// What turns the source into the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PairTask {
    /// The same slice of the brain, T1-weighted to T2-weighted.
    T1ToT2,
    /// The same slice of the brain, T2-weighted to T1-weighted.
    T2ToT1,
    /// The same chest with a pleural effusion added.
    AddEffusion,
    /// The same chest with its pleural effusion removed.
    RemoveEffusion,
    /// The same slice of the brain, T1-weighted to FLAIR.
    T1ToFlair,
    /// The same slice of the brain, FLAIR to T1-weighted.
    FlairToT1,
    /// The same slice of the brain, T2-weighted to FLAIR.
    T2ToFlair,
    /// The same slice of the brain, FLAIR to T2-weighted.
    FlairToT2,
    /// The same chest with a finding of any kind added.
    AddFinding,
    /// The same chest with one of its findings removed.
    RemoveFinding,
    /// The same chest with a finding that has become worse.
    WorsenFinding,
    /// A picture of any modality at a quarter of its resolution, and at all of it.
    SuperResolution,
    /// The same section of tissue, H&E to an antibody stain of Ki-67.
    HeToKi67,
    /// The same section of tissue, H&E to an antibody stain of HER2.
    HeToHer2,
}

/// Tasks that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PairFamily {
    /// One MRI sequence from another.
    Sequence,
    /// A finding added, removed or made worse.
    Counterfactual,
    /// Four times the resolution.
    SuperResolution,
    /// One stain from another.
    Staining,
}

impl PairTask {
    /// Every task, in a fixed order.
    pub const ALL: [Self; 14] = [
        Self::T1ToT2,
        Self::T2ToT1,
        Self::AddEffusion,
        Self::RemoveEffusion,
        Self::T1ToFlair,
        Self::FlairToT1,
        Self::T2ToFlair,
        Self::FlairToT2,
        Self::AddFinding,
        Self::RemoveFinding,
        Self::WorsenFinding,
        Self::SuperResolution,
        Self::HeToKi67,
        Self::HeToHer2,
    ];

    /// Short name for files and options: `t1-to-t2`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::T1ToT2 => "t1-to-t2",
            Self::T2ToT1 => "t2-to-t1",
            Self::AddEffusion => "add-effusion",
            Self::RemoveEffusion => "remove-effusion",
            Self::T1ToFlair => "t1-to-flair",
            Self::FlairToT1 => "flair-to-t1",
            Self::T2ToFlair => "t2-to-flair",
            Self::FlairToT2 => "flair-to-t2",
            Self::AddFinding => "add-finding",
            Self::RemoveFinding => "remove-finding",
            Self::WorsenFinding => "worsen-finding",
            Self::SuperResolution => "super-resolution",
            Self::HeToKi67 => "he-to-ki67",
            Self::HeToHer2 => "he-to-her2",
        }
    }

    /// The modalities that the task knows; its pairs take turns through them.
    pub const fn modalities(self) -> &'static [Modality] {
        match self.family() {
            PairFamily::Sequence => &[Modality::BrainMri],
            PairFamily::Counterfactual => &[Modality::ChestXray],
            PairFamily::SuperResolution => &Modality::ALL,
            PairFamily::Staining => &[Modality::Histopathology],
        }
    }

    /// What the task is measured with.
    pub const fn family(self) -> PairFamily {
        match self {
            Self::T1ToT2
            | Self::T2ToT1
            | Self::T1ToFlair
            | Self::FlairToT1
            | Self::T2ToFlair
            | Self::FlairToT2 => PairFamily::Sequence,
            Self::AddEffusion
            | Self::RemoveEffusion
            | Self::AddFinding
            | Self::RemoveFinding
            | Self::WorsenFinding => PairFamily::Counterfactual,
            Self::SuperResolution => PairFamily::SuperResolution,
            Self::HeToKi67 | Self::HeToHer2 => PairFamily::Staining,
        }
    }
}
