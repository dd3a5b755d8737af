//! A file's header as rows of a table, with a mark on what can tell who the patient is.

/// One row of the metadata table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Row {
    /// DICOM tag, "(0010,0010)"; for other formats the field's name again.
    pub tag: String,
    /// Name, "PatientName".
    pub name: String,
    /// Value, cut where it is very long.
    pub value: String,
    /// How deep inside of sequences it lies.
    pub depth: usize,
    /// Whether the basic profile of DICOM PS3.15 Annex E removes or replaces it. Descriptions and private elements
    /// count: people write names into them.
    pub identifying: bool,
}
