//! The one list of the site's files, `files.json`: by its hash anybody can name exactly this site, and compare another
//! with it (`cargo xtask verify-site`).
//!
//! It lists everything but itself and `sw-site.js`, which is made from it (`offline_files`) and therefore needs no entry.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::offline_files;
use crate::policy::Policy;
use crate::sha256::sha256;
use crate::site_list::{NAME, SiteFile, SiteFiles};

/// Writes the list for the finished site in `dist`, and what is made from it.
pub(crate) fn write(policy: &Policy, dist: &Path) -> Result<(), Error> {
    let list = SiteFiles {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        files: collect(dist)?,
        headers: policy
            .headers()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        own_headers: own_headers(policy),
    };
    let text = format!("{:#}\n", serde_json::json!(list));
    let script = offline_files::script(&list, SiteFile::of(text.as_bytes()));
    for (name, text) in [(NAME, &text), (offline_files::NAME, &script)] {
        let path = dist.join(name);
        fs::write(&path, text).map_err(Error::file(&path))?;
    }
    println!("{NAME} has SHA-256 {}", sha256(text.as_bytes()));
    Ok(())
}

/// Headers of single files, by path and name.
fn own_headers(policy: &Policy) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut own: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (path, (name, value)) in policy.own_headers() {
        own.entry(path.to_owned())
            .or_default()
            .insert(name.to_owned(), value);
    }
    own
}

/// What the list of a folder must say of its files.
pub(crate) fn collect(dist: &Path) -> Result<BTreeMap<String, SiteFile>, Error> {
    let mut files = BTreeMap::new();
    add_folder(dist, "", &mut files)?;
    for made in [NAME, offline_files::NAME] {
        files.remove(made);
    }
    Ok(files)
}

/// Adds the files of a folder.
fn add_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, SiteFile>,
) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let place = format!("{prefix}{name}");
        if path.is_dir() {
            add_folder(&path, &format!("{place}/"), files)?;
        } else {
            let bytes = fs::read(&path).map_err(Error::file(&path))?;
            files.insert(place, SiteFile::of(&bytes));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_with_its_size_and_hash() {
        let dist = tempfile::tempdir().expect("a folder");
        fs::create_dir(dist.path().join("model")).expect("a folder");
        for name in ["index.html", "sw.js", "_headers", "model/a.safetensors"] {
            fs::write(dist.path().join(name), "abc").expect("a file");
        }
        let policy =
            Policy::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("hosts.json");
        write(&policy, dist.path()).expect("written");
        let text = fs::read_to_string(dist.path().join(NAME)).expect("a file");
        let list: SiteFiles = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            list.files.keys().collect::<Vec<_>>(),
            ["_headers", "index.html", "model/a.safetensors", "sw.js"]
        );
        let file = &list.files["model/a.safetensors"];
        assert_eq!(file.bytes, 3);
        // SHA-256 of "abc", FIPS 180-2, appendix B.1.
        assert_eq!(
            file.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(list.headers["Content-Security-Policy"], policy.header());
        // Again, with what was made from it beside it: the same.
        write(&policy, dist.path()).expect("written");
        assert_eq!(
            fs::read_to_string(dist.path().join(NAME)).expect("a file"),
            text
        );
    }
}
