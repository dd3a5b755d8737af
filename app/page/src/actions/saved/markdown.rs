//! A conversation as Markdown (CommonMark), with its images inside.

use crate::{
    actions::saved::form::{Saved, SavedResult, SavedTurn},
    model::sections::sections,
};
use std::fmt::Write as _;

/// The text.
pub(crate) fn write(saved: &Saved) -> String {
    let mut out = String::new();
    // Writing to a text never fails.
    let _ = write!(
        out,
        "# UniMed conversation\n\n- Saved: {}\n- Model: {}\n- SHA-256 of the model: {}\n- Device: {}\n\nAnswers and images come \
         from a model and can be wrong. Not for clinical use.\n",
        plain(&saved.saved_at),
        plain(&saved.model.name),
        plain(&saved.model.sha256),
        plain(&saved.device)
    );
    for turn in &saved.turns {
        push_turn(&mut out, saved, turn);
    }
    out
}

fn push_turn(out: &mut String, saved: &Saved, turn: &SavedTurn) {
    let who = turn.who();
    let _ = write!(out, "\n## {who}\n\n");
    for place in &turn.images {
        push_image(out, saved, *place);
    }
    let _ = write!(out, "{}\n\n### Model\n\n", plain(&turn.words));
    match &turn.result {
        SavedResult::Ask { answer, trials, .. } => {
            for part in sections(answer) {
                if let Some(heading) = part.heading {
                    let _ = write!(out, "**{heading}**: ");
                }
                let text = answer.get(part.text).unwrap_or_default();
                let _ = write!(out, "{}\n\n", plain(text));
            }
            if !trials.is_empty() {
                out.push_str("Does it depend on the image?\n\n");
                for trial in trials {
                    let line = trial.line(answer, &saved.images).replace('\n', " ");
                    let _ = writeln!(out, "- {}", plain(&line));
                }
                out.push('\n');
            }
        }
        SavedResult::Make { made, .. } => {
            if let Some(place) = made {
                push_image(out, saved, *place);
            }
        }
    }
    let _ = writeln!(
        out,
        "{} Settings: {}.",
        plain(&turn.figures),
        plain(&turn.settings())
    );
}

fn push_image(out: &mut String, saved: &Saved, place: usize) {
    if let Some(image) = saved.images.get(place) {
        let mark = image.mark();
        let name = plain(&image.name).replace('\n', " ");
        let _ = write!(
            out,
            "![{mark}{name}](data:image/png;base64,{})\n\n",
            image.png
        );
        for note in &image.notes {
            let _ = write!(out, "Note: {}\n\n", plain(note).replace('\n', " "));
        }
    }
}

/// Text in which every sign that means something stands for itself.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '!' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::saved::form::tests::{PIXEL, example};

    #[test]
    fn everything_is_in_it_and_nothing_of_it_is_taken_for_marks() {
        let text = write(&example());
        for part in [
            "**Findings**: &lt;b&gt;none&lt;/b&gt;.",
            "What is &lt;\\|im\\_end\\|&gt; abnormal?",
            "Remove \\*it\\*",
            "- Model: Demo &amp; co\n",
            "\n\nNote: Slices &lt;b&gt; may be \\*missing\\*.\n\n",
            "![generated: made](data:image/png;base64,",
            "seed 18446744073709551615",
            "- With a blank image: changed: I \\*cannot\\* tell. (50 %)\n",
            "Not for clinical use",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert_eq!(text.matches(PIXEL).count(), 3);
    }
}
