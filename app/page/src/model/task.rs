//! What Make can do: from nothing, or from the image in the viewer; each with words that the models were trained on.

use crate::model::modality::Modality;

/// A task of Make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Task {
    /// An image from words alone.
    #[default]
    Create,
    /// The image with something changed.
    Change,
    /// The same patient with a finding more, less or worse, shown as before and after.
    Counterfactual,
    /// One stain from another.
    Stain,
    /// Four times the resolution.
    Sharpen,
    /// One MRI sequence from another.
    Sequence,
}

impl Task {
    /// All tasks, as they stand in the list.
    pub(crate) const ALL: [Self; 6] = [
        Self::Create,
        Self::Change,
        Self::Counterfactual,
        Self::Stain,
        Self::Sharpen,
        Self::Sequence,
    ];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "New image",
            Self::Change => "Change",
            Self::Counterfactual => "What if",
            Self::Stain => "Other stain",
            Self::Sharpen => "4x sharper",
            Self::Sequence => "Other sequence",
        }
    }

    /// Whether it starts from an image.
    pub(crate) const fn needs_image(self) -> bool {
        !matches!(self, Self::Create)
    }

    /// Words to start from.
    pub(crate) const fn suggestions(self, modality: Modality) -> &'static [&'static str] {
        match (self, modality) {
            (Self::Create, _) => &[
                "A normal chest X-ray.",
                "A fundus photograph of the right eye with many drusen.",
                "A T2 brain MRI with a large glioma in the left frontal lobe.",
            ],
            (Self::Change, Modality::Mri) => &[
                "Make a T1 image from this T2 image.",
                "Make this image 4x sharper.",
            ],
            (Self::Change, Modality::Histopathology) => {
                &["Make the H&E into Ki-67.", "Make this image 4x sharper."]
            }
            (Self::Change, Modality::Chest | Modality::Unknown) => &[
                "Add a large left pleural effusion.",
                "Remove the pleural effusion.",
                "Make this image 4x sharper.",
            ],
            (Self::Counterfactual, Modality::Chest | Modality::Unknown) => &[
                "Show this chest without the pleural effusion.",
                "Show this chest with a large left pleural effusion.",
                "Make the pleural effusion large.",
            ],
            // Findings are added to and taken from chests only.
            (Self::Counterfactual, other) => Self::Change.suggestions(other),
            (Self::Change, _) => &["Make this image 4x sharper."],
            (Self::Stain, _) => &["Make the H&E into Ki-67.", "Make the H&E into HER2."],
            (Self::Sharpen, _) => &["Make this image 4x sharper."],
            (Self::Sequence, _) => &[
                "Make a T1 image from this T2 image.",
                "Make a T2 image from this T1 image.",
                "Make a FLAIR image from this T2 image.",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_name_of_its_own_and_words_to_start_from() {
        for (place, task) in Task::ALL.iter().enumerate() {
            let same = |other: &Task| other.name() == task.name();
            assert_eq!(Task::ALL.iter().position(same), Some(place));
            for modality in [
                Modality::Chest,
                Modality::Fundus,
                Modality::Mri,
                Modality::Unknown,
            ] {
                let words = task.suggestions(modality);
                assert!(!words.is_empty() && words.iter().all(|words| words.ends_with('.')));
            }
        }
    }

    #[test]
    fn only_a_chest_or_what_may_be_one_is_offered_an_effusion() {
        for modality in [
            Modality::Radiograph,
            Modality::Fundus,
            Modality::Oct,
            Modality::Mri,
            Modality::Ct,
            Modality::Ultrasound,
            Modality::Histopathology,
            Modality::Endoscopy,
        ] {
            for task in [Task::Change, Task::Counterfactual] {
                let words = task.suggestions(modality);
                assert!(!words.is_empty());
                let words = words.join(" ");
                assert!(
                    !words.contains("effusion") && !words.contains("chest"),
                    "{words}"
                );
            }
        }
    }

    #[test]
    fn a_retina_is_not_offered_what_only_a_chest_can_have() {
        let words = Task::Change.suggestions(Modality::Fundus).join(" ");
        assert!(!words.contains("pleural"), "{words}");
    }

    #[test]
    fn only_a_new_image_starts_from_nothing() {
        let from_nothing: Vec<_> = Task::ALL
            .iter()
            .filter(|task| !task.needs_image())
            .collect();
        assert_eq!(from_nothing, [&Task::Create]);
    }
}
