//! A file's header as rows of a table, with a mark on what can tell who the patient is.

use crate::identifying::IDENTIFYING;

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

/// Whether the Basic Application Level Confidentiality Profile acts on an attribute (DICOM PS3.15, table E.1-1,
/// edition 2024b; private elements, curves and overlay text included).
#[must_use]
pub fn is_identifying(group: u16, element: u16) -> bool {
    let repeating = match group {
        0x5000..=0x50ff => true,
        0x6000..=0x60ff => matches!(element, 0x3000 | 0x4000),
        _ => group % 2 == 1,
    };
    let tag = (u32::from(group) << 16) | u32::from(element);
    repeating || IDENTIFYING.binary_search(&tag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_dates_and_private_elements_are_marked() {
        let marked = [
            (0x0010, 0x0010), // PatientName
            (0x0010, 0x0020), // PatientID
            (0x0010, 0x0030), // PatientBirthDate
            (0x0008, 0x0050), // AccessionNumber
            (0x0008, 0x0080), // InstitutionName
            (0x0008, 0x0020), // StudyDate
            (0x0020, 0x000d), // StudyInstanceUID
            (0x0008, 0x103e), // SeriesDescription
            (0x0009, 0x0010), // private
            (0x6000, 0x4000), // OverlayComments
        ];
        for (group, element) in marked {
            assert!(
                is_identifying(group, element),
                "({group:04x},{element:04x})"
            );
        }
        let plain = [
            (0x0008, 0x0060), // Modality
            (0x0028, 0x0010), // Rows
            (0x0018, 0x0050), // SliceThickness
            (0x0020, 0x0013), // InstanceNumber
            (0x6000, 0x0010), // OverlayRows
        ];
        for (group, element) in plain {
            assert!(
                !is_identifying(group, element),
                "({group:04x},{element:04x})"
            );
        }
        assert!(IDENTIFYING.is_sorted());
        assert!(IDENTIFYING.len() > 400);
    }
}
