//! The words that fields of an index may hold, and how each is said in an answer.

/// A field with the words that it may hold.
pub(crate) struct Words {
    /// Name of the field.
    pub(super) field: &'static str,
    /// The word in the index, and the answer. Words that mean the same have the same answer.
    pub(super) known: &'static [(&'static str, &'static str)],
}

impl Words {
    /// The answer for a word; `None` for a word that is not known.
    pub(super) fn answer(&self, word: &str) -> Option<&'static str> {
        let known = self.known.iter().find(|(name, _)| *name == word);
        known.map(|(_, answer)| *answer)
    }

    /// All words, for an error.
    pub(super) fn list(&self) -> String {
        let names: Vec<&str> = self.known.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

/// Frontal or from the side. AP and PA are both frontal; which of them it is, is [`PROJECTION`].
pub(super) const VIEW: Words = Words {
    field: "view",
    known: &[
        ("frontal", "frontal"),
        ("ap", "frontal"),
        ("pa", "frontal"),
        ("lateral", "lateral"),
    ],
};

/// The way of the rays, where the view states it.
pub(super) const PROJECTION: Words = Words {
    field: "view",
    known: &[("ap", "AP"), ("pa", "PA")],
};

/// The plane of a slice.
pub(super) const PLANE: Words = Words {
    field: "plane",
    known: &[
        ("axial", "axial"),
        ("coronal", "coronal"),
        ("sagittal", "sagittal"),
    ],
};

/// Which of the two, of the patient.
pub(super) const SIDE: Words = Words {
    field: "side",
    known: &[("left", "left"), ("right", "right")],
};

/// The window of a CT slice.
pub(super) const WINDOW: Words = Words {
    field: "window",
    known: &[
        ("soft tissue", "soft tissue window"),
        ("lung", "lung window"),
        ("bone", "bone window"),
        ("brain", "brain window"),
        ("abdomen", "abdomen window"),
    ],
};

/// The stain of a section.
pub(super) const STAIN: Words = Words {
    field: "stain",
    known: &[
        ("h&e", "H&E"),
        ("ki-67 immunohistochemistry", "Ki-67"),
        ("her2 immunohistochemistry", "HER2"),
        ("haematoxylin based", "hematoxylin"),
        ("hematoxylin based", "hematoxylin"),
        ("pas", "PAS"),
        ("masson trichrome", "Masson trichrome"),
        ("silver", "silver"),
    ],
};

/// The shape of an ultrasound probe.
pub(super) const PROBE: Words = Words {
    field: "probe",
    known: &[
        ("convex", "curved"),
        ("curved", "curved"),
        ("linear", "linear"),
        ("phased array", "phased array"),
        ("endocavity", "endocavity"),
    ],
};

/// The weighting of an MRI slice.
pub(super) const SEQUENCE: Words = Words {
    field: "sequence",
    known: &[
        ("t1", "T1"),
        ("t2", "T2"),
        ("flair", "FLAIR"),
        ("pd", "PD"),
        ("t1 contrast-enhanced", "contrast-enhanced T1"),
        ("dwi", "diffusion"),
    ],
};
