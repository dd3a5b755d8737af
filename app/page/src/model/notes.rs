//! Notes: what a reader of a file could not show or is not sure of.

use crate::{
    language::{say, tr, tr_of},
    model::image::OpenImage,
};

/// Sentences that start so matter less than all others: they change nothing of what is seen or measured.
const MINOR: [&str; 4] = [
    "One file came twice",
    "The file says that names",
    "The picture has been compressed",
    "The files of this series differ",
];

/// Notes without those that are said twice, the most important first; among equals as the reader has them.
pub(crate) fn ordered(notes: &[String]) -> Vec<String> {
    let minor = |note: &String| {
        note.ends_with("came twice and are shown once.")
            || MINOR.iter().any(|start| note.starts_with(start))
    };
    let mut all: Vec<String> = Vec::new();
    for wanted in [false, true] {
        for note in notes.iter().filter(|note| minor(note) == wanted) {
            if !all.contains(note) {
                all.push(note.clone());
            }
        }
    }
    all
}

/// "2 notes"; empty where there is none.
pub(crate) fn count_words(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => tr("1 note").to_owned(),
        _ => say("{} notes", &[&count.to_string()]),
    }
}

/// What an image is called, with its notes: for tooltips and for those who cannot see them.
pub(crate) fn name_and_notes(image: &OpenImage) -> String {
    let notes = image.notes.iter().map(|note| tr_of(note.clone()));
    std::iter::once(image.name.clone())
        .chain(notes)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_picture_comes_first_and_nothing_twice() {
        let notes = [
            "2 files came twice and are shown once.",
            "The picture has been compressed with loss before.",
            "This file has overlay graphics, which are not shown.",
            "The slices of this series are not equally spaced.",
            "This file has overlay graphics, which are not shown.",
        ]
        .map(str::to_owned);
        assert_eq!(
            ordered(&notes),
            [
                "This file has overlay graphics, which are not shown.",
                "The slices of this series are not equally spaced.",
                "2 files came twice and are shown once.",
                "The picture has been compressed with loss before.",
            ]
        );
    }

    #[test]
    fn one_note_is_no_two() {
        assert_eq!([0, 1, 2].map(count_words), ["", "1 note", "2 notes"]);
    }
}
