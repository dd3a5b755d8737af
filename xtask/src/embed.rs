//! The page that other sites put into a frame, and the list of the sites that may.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::error::Error;
use crate::policy::{EMBED_PAGE, Policy};
use crate::second_page::SecondPage;

/// The file with the sites that may frame the page; the page reads it, because no host has to send headers.
const ORIGINS: &str = "embed.json";

/// The page.
pub(crate) const FRAMED: SecondPage = SecondPage {
    page: EMBED_PAGE,
    boot: "embed-boot.js",
    styles: &["embed.css"],
    sources: "embed",
    shared: &[],
};

/// Writes the list of the sites that may frame the page.
///
/// # Errors
///
/// [`Error::File`] where it cannot be written.
pub(crate) fn write_origins(policy: &Policy, dist: &Path) -> Result<(), Error> {
    let path = dist.join(ORIGINS);
    let list = json!({ "origins": policy.embed_origins() });
    fs::write(&path, format!("{list:#}\n")).map_err(Error::file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;

    #[test]
    fn nobody_may_frame_the_page_until_somebody_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let policy = Policy::read(&Place::find().root).expect("is right");
        write_origins(&policy, folder.path()).expect("writes");
        let text = fs::read_to_string(folder.path().join(ORIGINS)).expect("is there");
        let list: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(list, json!({ "origins": [] }));
    }
}
