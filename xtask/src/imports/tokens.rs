//! A program cut into words and signs, without comments, strings and what only tests compile.

/// A word or a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, a keyword or a number.
    Word(&'a str),
    /// `::`
    Path,
    /// Any other sign.
    Sign(char),
}

/// The tokens of a source that are compiled without `cfg(test)`.
pub(super) fn of_program(text: &str) -> Vec<Token<'_>> {
    without_tests(&cut(text))
}

/// All tokens of a source.
fn cut(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = string(rest) {
            length
        } else if letter == '\'' {
            character(rest)
        } else if letter.is_alphanumeric() || letter == '_' {
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let length = end.unwrap_or(rest.len());
            tokens.push(Token::Word(&rest[..length]));
            length
        } else if rest.starts_with("::") {
            tokens.push(Token::Path);
            2
        } else {
            if !letter.is_whitespace() {
                tokens.push(Token::Sign(letter));
            }
            letter.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a string that begins here: plain, of bytes, of C, raw.
fn string(text: &str) -> Option<usize> {
    let head = text.trim_start_matches(['b', 'c']);
    // A name such as `bc` has no quotation mark after it.
    let prefix = text.len() - head.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = head.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let inside = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
        return Some(prefix + 1 + hashes + 1 + length);
    }
    let inside = head.strip_prefix('"')?;
    let mut escaped = false;
    for (at, letter) in inside.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix + 1 + at + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// The length of a character, or of the mark of a lifetime.
fn character(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(text.len(), |at| at + 4),
        Some((at, letter)) if text[at + letter.len_utf8()..].starts_with('\'') => {
            at + letter.len_utf8() + 1
        }
        _ => 1,
    }
}

/// The tokens without the items behind `#[cfg(test)]`.
fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    const MARK: [Token<'_>; 7] = [
        Token::Sign('#'),
        Token::Sign('['),
        Token::Word("cfg"),
        Token::Sign('('),
        Token::Word("test"),
        Token::Sign(')'),
        Token::Sign(']'),
    ];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].starts_with(&MARK) {
            at += MARK.len() + item(&tokens[at + MARK.len()..]);
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// How many tokens an item has: up to its semicolon, or to the end of its block.
fn item(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{' | '(' | '[') => depth += 1,
            Token::Sign('}' | ')' | ']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *token == Token::Sign('}') {
                    return at + 1;
                }
            }
            Token::Sign(';') if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let word = |token| match token {
            Token::Word(word) => Some(word),
            _ => None,
        };
        of_program(text).into_iter().filter_map(word).collect()
    }

    #[test]
    fn comments_strings_and_characters_are_left_out() {
        let text = r##"
            a // b
            /* c /* d */ e */ f "g \" h" r#"i " j"# b"k" c"l" '\'' 'm' '"' n
        "##;
        assert_eq!(words(text), ["a", "f", "n"]);
        assert_eq!(
            words("fn f<'a>(x: &'a str) {}"),
            ["fn", "f", "a", "x", "a", "str"]
        );
        assert_eq!(words("bc rb"), ["bc", "rb"]);
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        let text = "#[cfg(test)] mod t { use a; fn f() {} } b #[cfg(test)] use c; d \
                    #[cfg(test)] #[derive(E)] struct F([u8; 2]); g #[cfg(test)] mod h; i";
        assert_eq!(words(text), ["b", "d", "g", "i"]);
    }

    #[test]
    fn a_path_is_one_sign() {
        assert_eq!(
            of_program("a::b:c"),
            [
                Token::Word("a"),
                Token::Path,
                Token::Word("b"),
                Token::Sign(':'),
                Token::Word("c")
            ]
        );
    }
}
