//! Questions about what only other kinds of images have.

use unimed_core::paint::Mt19937;
use unimed_phantom::Modality;

use crate::{data::below, pictures::ATTRIBUTES};

/// Which kinds have an attribute, by the key of its question.
fn has(key: &str, modality: Modality) -> bool {
    match key {
        "view" | "projection" => modality == Modality::ChestXray,
        "plane" => matches!(modality, Modality::BrainMri | Modality::Ct),
        "window" => modality == Modality::Ct,
        "stain" => modality == Modality::Histopathology,
        "probe" => modality == Modality::Ultrasound,
        "sequence" => modality == Modality::BrainMri,
        // A new attribute belongs to all kinds until it is told here.
        _ => true,
    }
}

/// A question about an attribute that a kind does not have.
pub(crate) fn elsewhere(modality: Modality, rng: &mut Mt19937) -> &'static str {
    let others: Vec<&[&str]> = ATTRIBUTES
        .iter()
        .filter(|(key, ..)| !has(key, modality))
        .map(|(_, _, wordings)| *wordings)
        .collect();
    let wordings = others[below(rng, others.len())];
    wordings[below(rng, wordings.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::sample_rng;

    #[test]
    fn only_what_the_kind_does_not_have_is_asked() {
        for (number, modality) in Modality::ALL.into_iter().enumerate() {
            let own: Vec<&str> = ATTRIBUTES
                .iter()
                .filter(|(key, ..)| has(key, modality))
                .flat_map(|(_, _, wordings)| wordings.iter().copied())
                .collect();
            for index in 0..200 {
                let question = elsewhere(modality, &mut sample_rng(number as u64, index));
                assert!(!own.contains(&question), "{modality:?}: {question}");
            }
        }
    }
}
