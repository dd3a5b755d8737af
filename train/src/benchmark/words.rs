//! Answers as lists of words, so that case, punctuation and articles do not count.

/// Words that carry no meaning in an answer.
const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// The words of a text: lower case, without punctuation and articles. A point or a sign stays where
/// it is part of a number.
pub(super) fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let characters: Vec<char> = text.chars().collect();
    let kept: String = characters
        .iter()
        .enumerate()
        .map(|(i, &c)| {
            let digit = |at: Option<usize>| {
                at.and_then(|at| characters.get(at))
                    .is_some_and(char::is_ascii_digit)
            };
            let decimal = matches!(c, '.' | ',') && digit(i.checked_sub(1)) && digit(Some(i + 1));
            if c.is_alphanumeric() || decimal || c == '%' {
                c
            } else {
                ' '
            }
        })
        .collect();
    kept.split_whitespace()
        .filter(|word| !ARTICLES.contains(word))
        .map(str::to_owned)
        .collect()
}

/// Whether `part` stands in `whole`, word by word and in a row.
pub(super) fn contains(whole: &[String], part: &[String]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

/// How many words of `a` there are in `b`, each as often as it stands in both.
pub(super) fn common(a: &[String], b: &[String]) -> usize {
    let mut left: Vec<&String> = b.iter().collect();
    a.iter()
        .filter(|word| {
            let found = left.iter().position(|other| other == word);
            found.map(|at| left.swap_remove(at)).is_some()
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_punctuation_and_articles_do_not_count_but_numbers_do() {
        assert_eq!(words("The X-ray, of a Chest."), ["x", "ray", "of", "chest"]);
        assert_eq!(words("3.5 cm (about 40%)"), ["3.5", "cm", "about", "40%"]);
        assert_eq!(words("Yes."), ["yes"]);
        assert!(words(" ... ").is_empty());
    }

    #[test]
    fn a_part_must_stand_in_a_row() {
        let whole = words("left lower lobe of the lung");
        assert!(contains(&whole, &words("lower lobe")));
        assert!(!contains(&whole, &words("left lobe")));
        assert!(!contains(&whole, &[]));
    }

    #[test]
    fn common_words_count_as_often_as_in_both() {
        assert_eq!(common(&words("no no yes"), &words("no maybe yes")), 2);
        assert_eq!(common(&words("lung"), &words("liver")), 0);
    }
}
