//! What the browser compares files of the site with before it uses them: Subresource Integrity.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha384};

use crate::error::Error;

/// Kinds of links whose files are code, or become part of the page.
const RELATIONS: [&str; 3] = ["stylesheet", "modulepreload", "preload"];

/// The value of an `integrity` attribute for a file with these bytes.
pub(crate) fn of(bytes: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(bytes)))
}

/// The same for a file.
pub(crate) fn of_file(path: &Path) -> Result<String, Error> {
    fs::read(path)
        .map(|bytes| of(&bytes))
        .map_err(Error::file(path))
}

/// The page with the hash of what lies in `dist` on every script, style sheet and preload, in place of any that is there.
///
/// # Errors
///
/// [`Error::File`] of a file that the page names and that is not there.
pub(crate) fn insert_into(html: &str, dist: &Path) -> Result<String, Error> {
    let mut done = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let end = rest[start..]
            .find('>')
            .map_or(rest.len(), |length| start + length + 1);
        done += &rest[..start];
        let tag = &rest[start..end];
        rest = &rest[end..];
        match file_of(tag) {
            Some(file) => {
                let hash = of_file(&dist.join(file.trim_start_matches("./")))?;
                done += &with_hash(tag, &hash);
            }
            None => done += tag,
        }
    }
    Ok(done + rest)
}

/// Scripts, style sheets and preloads of a page that have no hash.
pub(crate) fn without_hash(html: &str) -> Vec<&str> {
    html.split_inclusive('>')
        .filter_map(|piece| piece.find('<').map(|start| &piece[start..]))
        .filter(|tag| file_of(tag).is_some() && attribute(tag, "integrity").is_none())
        .collect()
}

/// The file that a tag loads, if it is one of those that need a hash.
fn file_of(tag: &str) -> Option<&str> {
    if tag.starts_with("<script ") {
        return attribute(tag, "src");
    }
    let relation = tag
        .starts_with("<link ")
        .then(|| attribute(tag, "rel"))
        .flatten()?;
    RELATIONS
        .contains(&relation)
        .then(|| attribute(tag, "href"))
        .flatten()
}

fn with_hash(tag: &str, hash: &str) -> String {
    let plain = match attribute(tag, "integrity") {
        Some(old) => tag.replacen(&format!(" integrity=\"{old}\""), "", 1),
        None => tag.to_owned(),
    };
    // Behind the name, because a tag may end in "/>".
    let (name, attributes) = plain.split_once(' ').unwrap_or((&plain, ""));
    format!("{name} integrity=\"{hash}\" {attributes}")
}

/// The value of an attribute of a tag, in double quotes.
pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf abc | openssl dgst -sha384 -binary | base64
    const ABC: &str = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";

    const PAGE: &str = "<head><link rel=\"icon\" href=\"a\"/><link rel=\"stylesheet\" href=\"./a\"/>\
        <link rel=\"modulepreload\" href=\"./a\"><link rel=\"preload\" href=\"a\" as=\"fetch\" crossorigin></head>\
        <body>x<script src=\"a\" defer></script></body>";

    #[test]
    fn everything_that_is_code_gets_the_hash_of_its_file_once() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a"), "abc").expect("writes");
        assert_eq!(without_hash(PAGE).len(), 4);
        let page = insert_into(PAGE, folder.path()).expect("is there");
        assert_eq!(page.matches(&format!(" integrity=\"{ABC}\"")).count(), 4);
        assert!(page.contains(&format!(
            "<link integrity=\"{ABC}\" rel=\"stylesheet\" href=\"./a\"/>"
        )));
        assert_eq!(without_hash(&page), [""; 0]);
        fs::write(folder.path().join("a"), "abcd").expect("writes");
        let again = insert_into(&page, folder.path()).expect("is there");
        assert_eq!(again.matches("integrity").count(), 4);
        assert!(!again.contains(ABC));
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        insert_into(PAGE, folder.path()).expect_err("no such file");
    }
}
