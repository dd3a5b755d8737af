//! Text of the site without what only its authors read: comments and indentation. Together two kilobytes less after brotli.

/// A style sheet without comments and line breaks.
///
/// Strings in it must hold no `/*`, and no two spaces in a row; the site's have neither.
pub(crate) fn css(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain += before;
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain += rest;
    let mut compact = String::with_capacity(plain.len());
    for word in plain.split_whitespace() {
        // A space stands between words, and is of no use beside these.
        let ends = |text: &str| text.ends_with(['{', '}', ';', ',']);
        if !compact.is_empty() && !ends(&compact) && !word.starts_with(['{', '}']) {
            compact.push(' ');
        }
        compact += word;
    }
    compact.replace(";}", "}")
}

/// JavaScript of wasm-bindgen and of `public/` without indentation, comments on lines of their own, and empty lines.
///
/// Its strings end on the line on which they begin.
pub(crate) fn js(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        let skipped = in_comment || line.is_empty() || line.starts_with("//");
        in_comment &= !line.ends_with("*/");
        if !skipped {
            compact += line;
            compact.push('\n');
        }
    }
    compact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_keep_what_browsers_read() {
        let text = "/* a\n b */\n.a .b,\n.c:hover > d {\n  color: red;\n  width: calc(1px + 2%);\n}\n@media (max-width: 1px) and (x) {\n  .e {}\n}\n/* end";
        let expected = ".a .b,.c:hover > d{color: red;width: calc(1px + 2%)}@media (max-width: 1px) and (x){.e{}}";
        assert_eq!(css(text), expected);
        assert_eq!(css(&css(text)), expected);
    }

    #[test]
    fn scripts_keep_their_lines() {
        let text = "/**\n * @returns {number}\n */\nlet a = 1; // one\n\n    // only this\n    b(\"/* no comment */\");\n/* one line */\nc;\n";
        assert_eq!(
            js(text),
            "let a = 1; // one\nb(\"/* no comment */\");\nc;\n"
        );
    }
}
