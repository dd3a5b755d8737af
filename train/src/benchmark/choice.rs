//! Which option an answer means.

use super::{
    Choice,
    words::{contains, words},
};

/// The option that an answer means, where it means exactly one: its letter before everything else
/// ("B", "B.", "(B) lung"), or its text, or its letter somewhere in the answer, or its text there.
pub(super) fn meant(answer: &str, options: &[Choice]) -> Option<char> {
    leading_letter(answer, options)
        .or_else(|| only(options, |option| words(&option.text) == words(answer)))
        .or_else(|| only(options, |option| names(answer, option.letter)))
        .or_else(|| text_in(answer, options))
}

/// The only option with a property.
fn only(options: &[Choice], holds: impl Fn(&Choice) -> bool) -> Option<char> {
    let mut found = options.iter().filter(|option| holds(option));
    let first = found.next()?;
    found.next().is_none().then_some(first.letter)
}

fn leading_letter(answer: &str, options: &[Choice]) -> Option<char> {
    let answer = answer.trim();
    let bracketed = answer.starts_with('(');
    let mut rest = answer.trim_start_matches('(').chars();
    let letter = rest.next()?;
    let ends = match rest.next() {
        None => true,
        Some(c) if bracketed => c == ')',
        Some(c) => matches!(c, '.' | ':' | ')' | ',' | '\n'),
    };
    let letter = letter.to_ascii_uppercase();
    (ends && options.iter().any(|option| option.letter == letter)).then_some(letter)
}

/// Whether a capital letter stands alone in an answer, and not as an article.
fn names(answer: &str, letter: char) -> bool {
    let marked = |c: char| !c.is_alphanumeric() && c != '\'';
    let mut parts = answer
        .split(marked)
        .filter(|part| !part.is_empty())
        .peekable();
    while let Some(part) = parts.next() {
        let mut characters = part.chars();
        if characters.next() == Some(letter) && characters.next().is_none() {
            // "A heart" means no option, "A or B" means two.
            let noun = |next: &&str| {
                !matches!(*next, "or" | "and") && next.starts_with(char::is_lowercase)
            };
            let article = letter == 'A' && parts.peek().is_some_and(noun);
            if !article {
                return true;
            }
        }
    }
    false
}

/// The only option whose text stands in the answer; one that is part of another such option is not
/// counted ("lung" in "left lung").
fn text_in(answer: &str, options: &[Choice]) -> Option<char> {
    let answer = words(answer);
    let found: Vec<(char, Vec<String>)> = options
        .iter()
        .map(|option| (option.letter, words(&option.text)))
        .filter(|(_, text)| contains(&answer, text))
        .collect();
    let mut whole = found.iter().filter(|(_, text)| {
        !found
            .iter()
            .any(|(_, other)| other.len() > text.len() && contains(other, text))
    });
    let (letter, _) = whole.next()?;
    whole.next().is_none().then_some(*letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Vec<Choice> {
        [
            ('A', "Lung"),
            ('B', "Left lung"),
            ('C', "No, it is normal."),
            ('D', "MR"),
        ]
        .map(|(letter, text)| Choice {
            letter,
            text: text.to_owned(),
        })
        .to_vec()
    }

    #[test]
    fn letters_are_heard_in_every_common_form() {
        for answer in [
            "B",
            "b",
            "B.",
            "(B)",
            "B) Left lung",
            "B: x",
            "The answer is B.",
            "Option B",
        ] {
            assert_eq!(meant(answer, &options()), Some('B'), "{answer}");
        }
    }

    #[test]
    fn texts_are_heard_when_they_mean_one_option() {
        assert_eq!(meant("the left lung", &options()), Some('B'));
        assert_eq!(meant("It shows the lung.", &options()), Some('A'));
        assert_eq!(meant("A lung", &options()), Some('A'));
        assert_eq!(meant("no it is normal", &options()), Some('C'));
        assert_eq!(meant("This is an MR image", &options()), Some('D'));
    }

    #[test]
    fn what_means_none_or_several_is_no_answer() {
        for answer in [
            "",
            "E",
            "A or B",
            "heart",
            "A heart",
            "lung or MR",
            "Aorta",
            "Brain.",
        ] {
            assert_eq!(meant(answer, &options()), None, "{answer}");
        }
    }
}
