//! Options of the profile (DICOM PS3.15, E.3), by the names and codes of PS3.16, CID 7050.

/// An option of the Basic Application Level Confidentiality Profile that table E.1-1 has a column for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileOption {
    /// Private attributes that are known to be safe.
    RetainSafePrivate,
    /// Unique identifiers.
    RetainUids,
    /// Who made the device, its names and numbers.
    RetainDevice,
    /// The institution's names and addresses.
    RetainInstitution,
    /// Sex, age, size, weight and the like.
    RetainPatient,
    /// Dates and times as they are.
    RetainFullDates,
    /// Dates that all lie as many days earlier.
    RetainModifiedDates,
    /// Descriptions without words that may identify.
    CleanDescriptors,
    /// Content of reports without what may identify.
    CleanStructured,
    /// Graphics and overlays without what may identify.
    CleanGraphics,
}

impl ProfileOption {
    /// All columns.
    pub(super) const ALL: [Self; 10] = [
        Self::RetainSafePrivate,
        Self::RetainUids,
        Self::RetainDevice,
        Self::RetainInstitution,
        Self::RetainPatient,
        Self::RetainFullDates,
        Self::RetainModifiedDates,
        Self::CleanDescriptors,
        Self::CleanStructured,
        Self::CleanGraphics,
    ];

    /// What can be chosen. Which private attributes are safe is not known here, and no program looks through reports and
    /// drawings for names well enough to say that they are clean; what these three columns name goes as by the basic profile.
    pub const OFFERED: [Self; 7] = [
        Self::RetainUids,
        Self::RetainDevice,
        Self::RetainInstitution,
        Self::RetainPatient,
        Self::RetainFullDates,
        Self::RetainModifiedDates,
        Self::CleanDescriptors,
    ];

    /// The column in `table.tsv`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::RetainSafePrivate => "safe-private",
            Self::RetainUids => "uids",
            Self::RetainDevice => "device",
            Self::RetainInstitution => "institution",
            Self::RetainPatient => "patient",
            Self::RetainFullDates => "full-dates",
            Self::RetainModifiedDates => "modified-dates",
            Self::CleanDescriptors => "descriptors",
            Self::CleanStructured => "structured",
            Self::CleanGraphics => "graphics",
        }
    }

    /// The code of the coding scheme DCM, and its meaning.
    #[must_use]
    pub const fn code(self) -> [&'static str; 2] {
        match self {
            Self::RetainSafePrivate => ["113111", "Retain Safe Private Option"],
            Self::RetainUids => ["113110", "Retain UIDs Option"],
            Self::RetainDevice => ["113109", "Retain Device Identity Option"],
            Self::RetainInstitution => ["113112", "Retain Institution Identity Option"],
            Self::RetainPatient => ["113108", "Retain Patient Characteristics Option"],
            Self::RetainFullDates => [
                "113106",
                "Retain Longitudinal Temporal Information Full Dates Option",
            ],
            Self::RetainModifiedDates => [
                "113107",
                "Retain Longitudinal Temporal Information Modified Dates Option",
            ],
            Self::CleanDescriptors => ["113105", "Clean Descriptors Option"],
            Self::CleanStructured => ["113104", "Clean Structured Content Option"],
            Self::CleanGraphics => ["113103", "Clean Graphics Option"],
        }
    }
}
