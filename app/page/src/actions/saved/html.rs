//! A conversation as a web page that needs nothing else: no script, nothing fetched, and its own policy says so.

use crate::{
    actions::saved::form::{Saved, SavedResult, SavedTurn},
    model::sections::sections,
};
use std::fmt::Write as _;

const STYLE: &str = "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;color:#17202a;\
background:#fff}h1{font-size:1.3rem}h3{margin:.6rem 0 0;font-size:1rem}article{margin:1.5rem 0;padding-top:1rem;\
border-top:1px solid #d5dce3}img{max-width:20rem;width:100%;background:#000}p{white-space:pre-wrap}.meta{color:#55626f;\
font-size:.85rem;overflow-wrap:anywhere}figure{margin:.5rem 0}";

/// The page.
pub(crate) fn write(saved: &Saved) -> String {
    let mut out = String::new();
    // Writing to a text never fails.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>UniMed conversation</title><style>{STYLE}</style></head><body>\n\
         <h1>UniMed conversation</h1>\n<p class=\"meta\">Saved {}. Model {}, SHA-256 {}. Device {}. Answers and images come from a \
         model and can be wrong. Not for clinical use.</p>\n",
        escaped(&saved.saved_at),
        escaped(&saved.model.name),
        escaped(&saved.model.sha256),
        escaped(&saved.device)
    );
    for turn in &saved.turns {
        push_turn(&mut out, saved, turn);
    }
    out.push_str("</body></html>\n");
    out
}

fn push_turn(out: &mut String, saved: &Saved, turn: &SavedTurn) {
    let who = turn.who();
    let _ = write!(out, "<article><p class=\"meta\">{who}</p>");
    for place in &turn.images {
        push_image(out, saved, *place);
    }
    let _ = write!(
        out,
        "<p>{}</p><p class=\"meta\">Model</p>",
        escaped(&turn.words)
    );
    match &turn.result {
        SavedResult::Ask { answer, trials, .. } => {
            for part in sections(answer) {
                if let Some(heading) = part.heading {
                    let _ = write!(out, "<h3>{heading}</h3>");
                }
                let text = answer.get(part.text).unwrap_or_default();
                let _ = write!(out, "<p>{}</p>", escaped(text));
            }
            if !trials.is_empty() {
                out.push_str("<p class=\"meta\">Does it depend on the image?</p><ul>");
                for trial in trials {
                    let line = trial.line(answer, &saved.images);
                    let _ = write!(out, "<li>{}</li>", escaped(&line));
                }
                out.push_str("</ul>");
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
        "<p class=\"meta\">{} Settings: {}.</p></article>",
        escaped(&turn.figures),
        escaped(&turn.settings())
    );
}

fn push_image(out: &mut String, saved: &Saved, place: usize) {
    if let Some(image) = saved.images.get(place) {
        let name = escaped(&image.name);
        let mark = image.mark();
        let _ = write!(
            out,
            "<figure><img alt=\"{mark}{name}\" src=\"data:image/png;base64,{}\"><figcaption class=\"meta\">{mark}{name}",
            image.png
        );
        for note in &image.notes {
            let _ = write!(out, "<br>Note: {}", escaped(note));
        }
        out.push_str("</figcaption></figure>");
    }
}

/// Text that no browser takes for marks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
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
        let page = write(&example());
        for part in [
            "<h3>Findings</h3><p>&lt;b&gt;none&lt;/b&gt;.</p>",
            "<h3>Impression</h3><p>normal.</p>",
            "What is &lt;|im_end|&gt; abnormal?",
            "Model Demo &amp; co, SHA-256 abab",
            "alt=\"chest &quot;1&quot;.png\"",
            "seed 18446744073709551615",
            "generated: made",
            "<br>Note: Slices &lt;b&gt; may be *missing*.</figcaption>",
            "<li>With a blank image: changed: I *cannot* tell. (50 %)</li>",
            "Not for clinical use",
            "default-src 'none'",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert_eq!(page.matches(PIXEL).count(), 3);
        assert!(
            !page.contains("<script") && !page.contains("http://") && !page.contains("https://")
        );
    }
}
