//! What a report says, read back through the grammar that reports are written with.

use std::collections::BTreeSet;

use crate::finding::Kind;
use crate::modality::Modality;

/// Words between the facts of a noun phrase.
const FILLERS: [&str; 8] = ["a", "an", "the", "in", "on", "of", "at", "with"];

/// The facts of a report's impression as pairs of a finding's label and a word: `present` for the
/// finding itself, then one pair for each of its attributes (`large`, `left`, `upper`, `two`).
/// A report without abnormality is the one pair `normal`, `present`; text that is no report gives
/// no pair.
///
/// ```
/// use unimed_phantom::{Modality, report_facts};
/// let report = "Findings: There is a large left pleural effusion.\nImpression: A large left pleural effusion.";
/// let facts = report_facts(Modality::ChestXray, report);
/// assert!(facts.contains(&("effusion".into(), "left".into())));
/// assert_eq!(facts.len(), 3);
/// ```
pub fn report_facts(modality: Modality, report: &str) -> BTreeSet<(String, String)> {
    let mut facts = BTreeSet::new();
    let Some((_, impression)) = report.split_once("Impression:") else {
        return facts;
    };
    let text = impression.trim().trim_end_matches('.').to_lowercase();
    if text == "no abnormality" || text.starts_with("normal ") {
        facts.insert(("normal".to_owned(), "present".to_owned()));
        return facts;
    }
    for item in text.split(", ").flat_map(|part| part.split(" and ")) {
        let Some((kind, name)) = longest_name(modality.kinds(), item) else {
            continue;
        };
        facts.insert((kind.key.to_owned(), "present".to_owned()));
        let rest = item.replacen(&name, " ", 1);
        let words = rest
            .split_whitespace()
            .filter(|word| !FILLERS.contains(word));
        facts.extend(words.map(|word| (kind.key.to_owned(), word.to_owned())));
    }
    facts
}

/// The kind whose name is in the text; the longest one, because `nodule` is in `nodules`.
fn longest_name<'a>(kinds: &'a [Kind], text: &str) -> Option<(&'a Kind, String)> {
    kinds
        .iter()
        .flat_map(|kind| [kind.name, kind.plural].map(|name| (kind, name.to_lowercase())))
        .filter(|(_, name)| text.contains(name.as_str()))
        .max_by_key(|(_, name)| name.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Split, case_without_image};

    #[test]
    fn every_report_says_what_its_facts_say() {
        for modality in Modality::ALL {
            for index in 0..200 {
                let case = case_without_image(modality, Split::Validation, 21, index);
                let said = report_facts(modality, &case.report);
                let present: BTreeSet<String> = case
                    .facts
                    .iter()
                    .filter(|fact| fact.key.ends_with(".present") && fact.value == "yes")
                    .map(|fact| fact.key.trim_end_matches(".present").to_owned())
                    .collect();
                let named: BTreeSet<String> = said
                    .iter()
                    .filter(|(finding, word)| word == "present" && finding != "normal")
                    .map(|(finding, _)| finding.clone())
                    .collect();
                assert_eq!(named, present, "{}", case.report);
                // What differs in one attribute differs in the facts.
                for fact in case.facts.iter().filter(|f| f.key.ends_with(".size")) {
                    let finding = fact.key.trim_end_matches(".size").to_owned();
                    assert!(said.contains(&(finding, fact.value.clone())), "{said:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_report_has_no_facts() {
        assert!(report_facts(Modality::Fundus, "drusen").is_empty());
        assert!(report_facts(Modality::Fundus, "Impression: something else.").is_empty());
    }
}
