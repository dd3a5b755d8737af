//! The page that other sites put into a frame, and the list of the sites that may.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::compact;
use crate::error::Error;
use crate::lessons::{modules, with_modules};
use crate::place::Place;
use crate::policy::{EMBED_PAGE, Policy};

/// The file with the sites that may frame the page; the page reads it, because no host has to send headers.
const ORIGINS: &str = "embed.json";

/// The folder of the page's own modules among those of the player.
const MODULES: &str = "embed";

/// Before this tag stand the page's modules, so that the browser compares their hashes before the first is run.
const FIRST_SCRIPT: &str = "<script src=\"embed-boot.js\">";

/// Writes the page and its style sheet into `dist`, where the player has been compiled.
///
/// # Errors
///
/// [`Error::File`] of what cannot be read or written.
pub(crate) fn write(place: &Place, dist: &Path) -> Result<(), Error> {
    let read = |name: &str| {
        let path = place.root.join(name);
        fs::read_to_string(&path).map_err(Error::file(&path))
    };
    let page = with_modules(&read(EMBED_PAGE)?, &modules(dist, MODULES)?, FIRST_SCRIPT);
    let files = [
        (EMBED_PAGE, page),
        ("embed.css", compact::css(&read("app/style/embed.css")?)),
        ("embed-boot.js", read("public/embed-boot.js")?),
    ];
    for (name, text) in files {
        let path = dist.join(name);
        fs::write(&path, text).map_err(Error::file(&path))?;
    }
    Ok(())
}

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
    use crate::policy::inline_script;

    #[test]
    fn the_page_has_the_sites_policy_no_script_of_its_own_and_names_its_modules_first() {
        let root = Place::find().root;
        let html = fs::read_to_string(root.join(EMBED_PAGE)).expect("is there");
        let policy = Policy::read(&root).expect("is right");
        assert!(
            html.contains(&format!("content=\"{}\"", policy.meta())),
            "{}",
            policy.meta()
        );
        assert_eq!(inline_script(&html), None);
        let done = with_modules(&html, &["player/embed/a.js".to_owned()], FIRST_SCRIPT);
        let place = |text: &str| done.find(text).expect("is there");
        assert!(place("href=\"player/embed/a.js\"") < place("<script"));
    }

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
