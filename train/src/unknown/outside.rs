//! Questions that no image answers, from patterns with gaps. Evaluation has patterns of its own, so that what is measured is
//! not what was learned by heart.

use unimed_core::paint::Mt19937;

use crate::data::below;

/// A gap and what fills it.
const GAPS: [(&str, &[&str]); 7] = [
    (
        "{number}",
        &["2", "3", "7", "12", "19", "40", "65", "100", "250"],
    ),
    (
        "{place}",
        &[
            "France", "Japan", "Brazil", "Kenya", "Norway", "India", "Berlin", "Boston", "Cairo",
            "the moon",
        ],
    ),
    (
        "{drug}",
        &[
            "aspirin",
            "insulin",
            "ibuprofen",
            "penicillin",
            "warfarin",
            "metformin",
            "this drug",
            "paracetamol",
        ],
    ),
    (
        "{thing}",
        &[
            "a car",
            "a dog",
            "a bridge",
            "bread",
            "a computer",
            "the sea",
            "a violin",
            "football",
            "a tree",
            "gold",
        ],
    ),
    (
        "{person}",
        &[
            "the patient",
            "my mother",
            "he",
            "she",
            "the doctor",
            "I",
            "my friend",
        ],
    ),
    (
        "{topic}",
        &[
            "love",
            "history",
            "the weather",
            "music",
            "money",
            "physics",
            "cooking",
            "politics",
            "space",
        ],
    ),
    (
        "{language}",
        &["French", "German", "Spanish", "Latin", "Chinese", "Italian"],
    ),
];

/// Patterns for training.
const TRAINING: [&str; 52] = [
    "What is the capital of {place}?",
    "How far is it to {place}?",
    "What is the weather in {place}?",
    "Who lives in {place}?",
    "What time is it in {place}?",
    "How many people live in {place}?",
    "What is {number} plus {number}?",
    "What is {number} times {number}?",
    "Is {number} larger than {number}?",
    "Count to {number}.",
    "How old is {person}?",
    "What is the name of {person}?",
    "Where does {person} live?",
    "Is {person} a man or a woman?",
    "Does {person} smoke?",
    "What should {person} eat?",
    "How long will {person} live?",
    "Will {person} get well?",
    "When can {person} go home?",
    "Is {person} in pain?",
    "What is the blood pressure of {person}?",
    "Does {person} have diabetes?",
    "Which drug should {person} take?",
    "How much {drug} should {person} take?",
    "What is the dose of {drug}?",
    "Is {drug} safe?",
    "Does {drug} help?",
    "What are the side effects of {drug}?",
    "What is the best treatment?",
    "Is surgery needed?",
    "What is the prognosis?",
    "What caused this?",
    "What happens next?",
    "When was this image taken?",
    "Where was this image taken?",
    "Who took this image?",
    "Which hospital is this from?",
    "What does {thing} cost?",
    "How do I make {thing}?",
    "Why is {thing} so large?",
    "What color is {thing}?",
    "Who invented {thing}?",
    "Tell me about {topic}.",
    "What do you think about {topic}?",
    "Write a poem about {topic}.",
    "Write a story about {thing}.",
    "Say something in {language}.",
    "Translate this into {language}.",
    "Who are you?",
    "Who made you?",
    "Tell me a joke.",
    "Hello, how are you?",
];

/// Patterns that only evaluation asks.
const EVALUATION: [&str; 16] = [
    "Which river flows through {place}?",
    "Who is the president of {place}?",
    "What is {number} minus {number}?",
    "What is the square root of {number}?",
    "How tall is {person}?",
    "Is {person} allergic to {drug}?",
    "Can {person} drink coffee?",
    "How often should {person} take {drug}?",
    "What is {drug} made of?",
    "How much will the operation cost?",
    "On which day was this made?",
    "How does {thing} work?",
    "Where can I buy {thing}?",
    "Explain {topic} to me.",
    "What is your name?",
    "Sing a song in {language}.",
];

/// A pattern with its gaps filled.
fn filled(pattern: &str, rng: &mut Mt19937) -> String {
    let mut text = pattern.to_owned();
    for (gap, words) in GAPS {
        while text.contains(gap) {
            text = text.replacen(gap, words[below(rng, words.len())], 1);
        }
    }
    text
}

/// A question for training.
pub(crate) fn outside(rng: &mut Mt19937) -> String {
    filled(TRAINING[below(rng, TRAINING.len())], rng)
}

/// The question that evaluation asks of a picture; they take turns.
pub(crate) fn outside_for_evaluation(turn: usize, rng: &mut Mt19937) -> String {
    filled(EVALUATION[turn % EVALUATION.len()], rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::sample_rng;

    #[test]
    fn gaps_are_filled_and_evaluation_asks_nothing_that_was_trained() {
        let mut rng = sample_rng(9, 9);
        for pattern in TRAINING.iter().chain(&EVALUATION) {
            let text = filled(pattern, &mut rng);
            assert!(!text.contains(['{', '}']) && text.len() < 80, "{text}");
        }
        assert!(EVALUATION.iter().all(|pattern| !TRAINING.contains(pattern)));
        assert_ne!(outside(&mut rng), outside_for_evaluation(3, &mut rng));
    }
}
