//! What an image shows.

use unimed_imaging::SeriesInfo;

/// What an image shows, where the page knows it; it chooses the suggestions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modality {
    /// Chest X-ray.
    Chest,
    /// Radiograph of another part of the body.
    Radiograph,
    /// Colour fundus photograph.
    Fundus,
    /// Optical coherence tomography of an eye.
    Oct,
    /// MRI; the models know brains.
    Mri,
    /// CT.
    Ct,
    /// Ultrasound.
    Ultrasound,
    /// A stained section of tissue.
    Histopathology,
    /// Endoscopy.
    Endoscopy,
    /// Not known.
    Unknown,
}

impl Modality {
    /// What a file says of it: Modality (PS3.3 C.7.3.1.1.1), and for radiographs Body Part Examined.
    pub(crate) fn of_series(info: &SeriesInfo) -> Self {
        match info.modality.as_str() {
            "CT" => Self::Ct,
            "MR" => Self::Mri,
            "US" | "IVUS" => Self::Ultrasound,
            "OP" => Self::Fundus,
            "OPT" => Self::Oct,
            "SM" => Self::Histopathology,
            "ES" => Self::Endoscopy,
            "CR" | "DX" | "RG" => {
                let mut rows = info.metadata.iter();
                match rows.find(|row| row.depth == 0 && row.tag == BODY_PART) {
                    Some(row) if row.value.eq_ignore_ascii_case("chest") => Self::Chest,
                    // A chest is by far the most frequent, and a file need not say it.
                    None => Self::Unknown,
                    Some(_) => Self::Radiograph,
                }
            }
            _ => Self::Unknown,
        }
    }
}

/// Body Part Examined.
const BODY_PART: &str = "(0018,0015)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::viewport::window_level::tests::plain;
    use unimed_imaging::{Row, SampleKind};

    fn of(modality: &str, part: Option<&str>) -> Modality {
        let mut info = plain(SampleKind::I16, (0.0, 1.0));
        info.modality = modality.into();
        info.metadata.extend(part.map(|part| Row {
            tag: BODY_PART.into(),
            name: "BodyPartExamined".into(),
            value: part.into(),
            depth: 0,
            identifying: false,
        }));
        Modality::of_series(&info)
    }

    #[test]
    fn a_file_says_what_it_shows() {
        assert_eq!(of("CT", None), Modality::Ct);
        assert_eq!(of("MR", Some("KNEE")), Modality::Mri);
        assert_eq!(of("DX", Some("CHEST")), Modality::Chest);
        assert_eq!(of("CR", Some("HAND")), Modality::Radiograph);
        assert_eq!(of("CR", None), Modality::Unknown);
        assert_eq!(of("", None), Modality::Unknown);
        assert_eq!(of("SR", None), Modality::Unknown);
    }
}
