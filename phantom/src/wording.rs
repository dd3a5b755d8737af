//! Captions, reports, requests and facts, all read from the scene.

use crate::english::{article, capital, join};
use crate::fact::Fact;
use crate::finding::Finding;
use crate::rng::Rng;
use crate::scene::Scene;

/// Ways to ask for a caption ([`crate::Case::caption`] is the answer).
pub const CAPTION_REQUESTS: [&str; 5] = [
    "Describe this image.",
    "Describe this image in one sentence.",
    "Write a caption.",
    "Write a caption for this image.",
    "What does this image show?",
];

/// Ways to ask for a report ([`crate::Case::report`] is the answer).
pub const REPORT_REQUESTS: [&str; 4] = [
    "Write a report.",
    "Write a report for this image.",
    "Report the findings.",
    "What are the findings and the impression?",
];

/// The findings as noun phrases in random order.
fn phrases(scene: &Scene, rng: &mut Rng) -> Vec<String> {
    let mut items: Vec<String> = scene.findings().iter().map(Finding::phrase).collect();
    if rng.chance(1, 2) {
        items.reverse();
    }
    items
}

/// One sentence about the image.
pub(crate) fn caption(scene: &Scene, rng: &mut Rng) -> String {
    let lead = capital(&scene.lead(rng));
    let items = phrases(scene, rng);
    if items.is_empty() {
        return match rng.below(3) {
            0 => format!("{lead} with no abnormality."),
            1 => format!("{lead} without abnormality."),
            _ => format!("Normal {}.", lower(&lead)),
        };
    }
    format!(
        "{lead} {} {}.",
        rng.pick(&["showing", "with"]),
        join(&items)
    )
}

/// First letter in lower case unless the word is a name like `X-ray`, `T1`, `PA` or `Ki-67`.
fn lower(text: &str) -> String {
    let first_word = text.split(' ').next().unwrap_or(text);
    if first_word.contains(|c: char| c.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// A request for this image.
pub(crate) fn prompt(scene: &Scene, rng: &mut Rng) -> String {
    let lead = scene.lead(rng);
    let items = phrases(scene, rng);
    let verb = rng.pick(&["Make", "Make", "Create", "Generate", "Draw", "Show me"]);
    if items.is_empty() {
        return match rng.below(3) {
            0 => format!("{verb} a normal {lead}."),
            1 => format!("{verb} {} {lead} with no abnormality.", article(&lead)),
            _ => format!("{} {lead} without abnormality.", capital(article(&lead))),
        };
    }
    let list = join(&items);
    match rng.below(4) {
        0 => format!("{} {lead} with {list}.", capital(article(&lead))),
        1 => format!("{verb} {} {lead} with {list}.", article(&lead)),
        _ => format!("{verb} {} {lead} showing {list}.", article(&lead)),
    }
}

/// Two lines: findings and impression.
///
/// It is a structured report: every kind of finding in the modality's order, there or not, each in one
/// form. Where forms or omissions are left to chance, a model that is unsure splits its belief in a
/// finding between the ways to put it, and the most probable word is that nothing is there.
pub(crate) fn report(scene: &Scene, rng: &mut Rng) -> String {
    let kinds = scene.modality().kinds();
    let sentences: Vec<String> = kinds
        .iter()
        .filter(|kind| scene.can_show(kind))
        .map(
            |kind| match scene.findings().iter().find(|f| f.kind == kind) {
                Some(finding) => format!("There {} {}.", finding.verb(), finding.phrase()),
                None => kind.negative.to_owned(),
            },
        )
        .collect();
    let items: Vec<String> = scene.findings().iter().map(Finding::phrase).collect();
    let impression = if items.is_empty() {
        let phrase = scene.modality().phrase();
        rng.pick(&["No abnormality.".to_owned(), format!("Normal {phrase}.")].each_ref())
            .clone()
    } else {
        format!("{}.", capital(&join(&items)))
    };
    format!(
        "Findings: {}\nImpression: {impression}",
        sentences.join(" ")
    )
}

/// What is true of the scene.
pub(crate) fn facts(scene: &Scene) -> Vec<Fact> {
    let mut facts = vec![Fact {
        key: "modality",
        value: scene.modality().phrase().to_owned(),
    }];
    facts.extend(scene.acquisition());
    let kinds = scene.modality().kinds();
    for kind in kinds.iter().filter(|kind| scene.can_show(kind)) {
        let found = scene.findings().iter().find(|f| f.kind == kind);
        let keys = &kind.fact_keys;
        let present = if found.is_some() { "yes" } else { "no" };
        facts.push(Fact {
            key: keys[0],
            value: present.to_owned(),
        });
        let Some(finding) = found else { continue };
        let count = finding.count.map(|n| crate::finding::NUMBERS[n]);
        let values = [
            finding.side.map(crate::finding::Side::word),
            finding.size,
            finding.place,
            count,
            finding.severity,
            finding.amount,
        ];
        for (key, value) in keys[1..].iter().zip(values) {
            if let Some(value) = value {
                facts.push(Fact {
                    key,
                    value: value.to_owned(),
                });
            }
        }
    }
    facts
}
