//! The style sheets of the page as one file: a visitor asks for one instead of five, and together they are a fifth smaller
//! after brotli.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compact;
use crate::error::Error;

/// The file that holds all of them.
const NAME: &str = "style.css";

/// Writes style sheets, in their order, as one file into `dist` and returns the link to it.
///
/// # Errors
///
/// [`Error::File`] of a style sheet that is not there.
pub(crate) fn join(sheets: &[PathBuf], dist: &Path) -> Result<String, Error> {
    let mut joined = String::new();
    for sheet in sheets {
        joined += &compact::css(&fs::read_to_string(sheet).map_err(Error::file(sheet))?);
    }
    let path = dist.join(NAME);
    fs::write(&path, &joined).map_err(Error::file(&path))?;
    Ok(format!("<link rel=\"stylesheet\" href=\"./{NAME}\"/>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_become_one_in_their_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("b.css"), "b {\n}\n").expect("writes");
        fs::write(at("a.css"), "/* a */\na {}\n").expect("writes");
        let link = join(&[at("b.css"), at("a.css")], folder.path()).expect("joins");
        let style = fs::read_to_string(at("style.css")).expect("is there");
        assert_eq!(style, "b{}a{}");
        assert_eq!(link, "<link rel=\"stylesheet\" href=\"./style.css\"/>");
        join(&[at("c.css")], folder.path()).expect_err("no such file");
    }
}
