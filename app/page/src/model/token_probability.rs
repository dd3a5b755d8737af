//! Token probabilities: an answer cut into its tokens, each with the probability that the model gave it.

use std::ops::Range;

/// The end of a token in its answer, and how likely the model found it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TokenProbability {
    /// Bytes of the answer up to the token's end.
    pub(crate) end: usize,
    /// 0 to 1.
    pub(crate) probability: f32,
}

/// Notes a token after which the answer is `so_far`.
///
/// A token that brings no text, because a letter takes several, counts towards the next one: the letter is as sure as
/// the least sure of its tokens.
pub(crate) fn note(tokens: &mut Vec<TokenProbability>, so_far: &str, probability: f32) {
    let end = so_far.len();
    let ends_before =
        |tokens: &[TokenProbability]| tokens.iter().rev().nth(1).map_or(0, |token| token.end);
    match tokens.last_mut() {
        Some(last) if last.end == 0 => {
            last.end = end;
            last.probability = last.probability.min(probability);
        }
        _ => tokens.push(TokenProbability { end, probability }),
    }
    // A token without text stays open until text comes.
    let before = ends_before(tokens);
    if let Some(last) = tokens.last_mut()
        && last.end <= before
    {
        last.end = 0;
    }
}

/// The part of an answer that each token wrote within `part`; text beyond the last token belongs to it.
pub(crate) fn pieces(
    text: &str,
    tokens: &[TokenProbability],
    part: Range<usize>,
) -> Vec<(Range<usize>, f32)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let known: Vec<_> = tokens.iter().filter(|token| token.end > 0).collect();
    for (place, token) in known.iter().enumerate() {
        let last = place + 1 == known.len();
        let end = if last {
            text.len()
        } else {
            token.end.min(text.len())
        };
        let cut = start.max(part.start)..end.min(part.end);
        if cut.start < cut.end && text.get(cut.clone()).is_some() {
            pieces.push((cut, token.probability));
        }
        start = end.max(start);
    }
    pieces
}

/// "72 % likely", for a tooltip.
pub(crate) fn words(probability: f32) -> String {
    format!("{:.0} %", f64::from(probability.clamp(0.0, 1.0)) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(steps: &[(&str, f32)]) -> Vec<TokenProbability> {
        let mut tokens = Vec::new();
        for (so_far, probability) in steps {
            note(&mut tokens, so_far, *probability);
        }
        tokens
    }

    #[test]
    fn every_token_has_its_text_and_its_probability() {
        let tokens = tokens(&[("a", 0.9), ("a chest", 0.5), ("a chest X", 0.25)]);
        let text = "a chest X.";
        let cut: Vec<_> = pieces(text, &tokens, 0..text.len())
            .into_iter()
            .map(|(range, probability)| (&text[range], probability))
            .collect();
        assert_eq!(cut, [("a", 0.9), (" chest", 0.5), (" X.", 0.25)]);
    }

    #[test]
    fn a_letter_of_several_tokens_is_as_sure_as_the_least_of_them() {
        let tokens = tokens(&[("", 0.9), ("", 0.1), ("é", 0.8), ("é", 0.7), ("éa", 0.6)]);
        let token_probabilities = |end, probability| TokenProbability { end, probability };
        assert_eq!(
            tokens,
            [token_probabilities(2, 0.1), token_probabilities(3, 0.6)]
        );
    }

    #[test]
    fn a_part_of_the_answer_takes_parts_of_tokens() {
        let tokens = tokens(&[("abc", 0.5), ("abcdef", 0.25)]);
        assert_eq!(pieces("abcdef", &tokens, 2..4), [(2..3, 0.5), (3..4, 0.25)]);
        assert!(pieces("abcdef", &[], 0..6).is_empty());
    }

    #[test]
    fn shares_are_said_in_per_cent() {
        assert_eq!(words(0.724), "72 %");
        assert_eq!(words(7.0), "100 %");
    }
}
