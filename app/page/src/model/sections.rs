//! Reports: an answer cut at its headings, so that findings and impression can be read apart.

use std::ops::Range;

/// Headings that reports use; each is followed by a colon.
const HEADINGS: [&str; 8] = [
    "Findings",
    "Impression",
    "Technique",
    "Indication",
    "Comparison",
    "History",
    "Conclusion",
    "Recommendation",
];

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// Its heading; none for what stands before the first one.
    pub(crate) heading: Option<&'static str>,
    /// Where its text lies in the answer, in bytes, without blanks around it.
    pub(crate) text: Range<usize>,
}

/// The parts of an answer, in order. An answer without headings is one part.
pub(crate) fn sections(answer: &str) -> Vec<Section> {
    // Where a heading starts, where its text starts.
    let mut found: Vec<(usize, usize, &'static str)> = HEADINGS
        .iter()
        .flat_map(|heading| {
            answer
                .match_indices(heading)
                .filter(|(at, _)| begins_a_sentence(&answer[..*at]))
                .filter_map(|(at, _)| {
                    let after = at + heading.len();
                    answer[after..]
                        .starts_with(':')
                        .then_some((at, after + 1, *heading))
                })
        })
        .collect();
    found.sort_unstable();
    let first = found.first().map_or(answer.len(), |(at, ..)| *at);
    let mut parts = vec![Section {
        heading: None,
        text: trimmed(answer, 0..first),
    }];
    for (place, &(_, start, heading)) in found.iter().enumerate() {
        let end = found.get(place + 1).map_or(answer.len(), |next| next.0);
        parts.push(Section {
            heading: Some(heading),
            text: trimmed(answer, start..end),
        });
    }
    if parts.len() > 1 {
        parts.retain(|part| part.heading.is_some() || !part.text.is_empty());
    }
    parts
}

fn begins_a_sentence(before: &str) -> bool {
    let before = before.trim_end_matches(' ');
    before.is_empty() || before.ends_with(['.', '\n', ':', ';'])
}

/// The range without the blanks at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let end = range.end - (part.len() - part.trim_end().len());
    start.min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Vec<(Option<&'static str>, &str)> {
        sections(answer)
            .into_iter()
            .map(|part| (part.heading, &answer[part.text]))
            .collect()
    }

    #[test]
    fn a_report_has_its_headings() {
        let report = "Findings: There is a nodule.\nImpression: A nodule.";
        assert_eq!(
            read(report),
            [
                (Some("Findings"), "There is a nodule."),
                (Some("Impression"), "A nodule.")
            ]
        );
    }

    #[test]
    fn what_stands_before_the_first_heading_is_kept() {
        assert_eq!(
            read("A chest X-ray. Findings: none"),
            [(None, "A chest X-ray."), (Some("Findings"), "none")]
        );
    }

    #[test]
    fn a_word_within_a_sentence_is_no_heading() {
        assert_eq!(
            read("The main Findings: none"),
            [(None, "The main Findings: none")]
        );
        assert_eq!(
            read("Findings are normal."),
            [(None, "Findings are normal.")]
        );
        assert_eq!(read(""), [(None, "")]);
        assert_eq!(read("Findings:"), [(Some("Findings"), "")]);
    }
}
