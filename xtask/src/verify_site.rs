//! Compares a site, in a folder or as it is served, with a list of what it should be (`files.json`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::offline_files;
use crate::report::Count;
use crate::sha256::sha256;
use crate::shell::command;
use crate::site_files;
use crate::site_list::{NAME, SiteFile, SiteFiles};

/// Longest that one file may take to come, in seconds.
const LIMIT_S: &str = "600";

/// Largest list that is read.
const MOST_LIST_BYTES: u64 = 1 << 20;

/// Read by hosts, which mostly do not serve it.
const FOR_HOSTS: &str = "_headers";

/// Where a site lies.
#[derive(Debug)]
enum Site {
    Folder(PathBuf),
    /// An address that ends in a slash.
    Served(String),
}

/// Compares the site at `place`, an address or a folder, with the list in the file `list`, or else with its own; each file is
/// a check.
///
/// # Errors
///
/// What keeps the list from being read.
pub(crate) fn run(place: &str, list: Option<&Path>) -> Result<Count, Error> {
    let site = Site::at(place);
    let text = match list {
        Some(path) => fs::read(path).map_err(Error::file(path))?,
        None => site.read(NAME, MOST_LIST_BYTES)?,
    };
    println!("{NAME} has SHA-256 {}", sha256(&text));
    if list.is_none() {
        println!(
            "It is the site's own list: this shows that the site is whole. Whose it is shows the hash, if it is that of a \
             release or of your own build; or give that one's {NAME} with --list."
        );
    }
    let known = serde_json::from_slice(&text).map_err(|error| Error::Content {
        path: list.map_or_else(|| PathBuf::from(place).join(NAME), Path::to_owned),
        expected: "a list of a site's files".to_owned(),
        found: error.to_string(),
        remedy: "`cargo xtask build` writes one",
    })?;
    Ok(compare(&site, &known, &text))
}

/// Compares all files of a site with a list, whose text is that of a file of the site too.
fn compare(site: &Site, known: &SiteFiles, text: &[u8]) -> Count {
    let mut count = Count::default();
    let script = offline_files::script(known, SiteFile::of(text));
    let made = [(NAME, text), (offline_files::NAME, script.as_bytes())];
    let listed = known.files.iter().map(|(name, file)| (name.as_str(), file));
    let made = made.map(|(name, bytes)| (name, SiteFile::of(bytes)));
    let made = made.iter().map(|(name, file)| (*name, file));
    for (name, file) in listed.chain(made) {
        if matches!(site, Site::Served(_)) && name == FOR_HOSTS {
            println!("{name}: not compared, hosts need not serve it");
            continue;
        }
        let found = site
            .read(name, file.bytes)
            .map(|bytes| SiteFile::of(&bytes));
        match &found {
            Ok(found) if found == file => {}
            Ok(found) => println!(
                "{name}: {} bytes with SHA-256 {}, not {} bytes with {}",
                found.bytes, found.sha256, file.bytes, file.sha256
            ),
            Err(error) => println!("{name}: {error}"),
        }
        let same = found.is_ok_and(|found| found == *file);
        count.check(&format!("{name} is the file of the list"), same);
    }
    for name in site.others(known) {
        count.check(&format!("{name} is in the list"), false);
    }
    count
}

impl Site {
    fn at(place: &str) -> Self {
        if place.starts_with("http://") || place.starts_with("https://") {
            let slash = if place.ends_with('/') { "" } else { "/" };
            Self::Served(format!("{place}{slash}"))
        } else {
            Self::Folder(PathBuf::from(place))
        }
    }

    /// A file that should have so many bytes; more are not read.
    fn read(&self, name: &str, bytes: u64) -> Result<Vec<u8>, Error> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                fs::read(&path).map_err(Error::file(path))
            }
            Self::Served(address) => fetch(&format!("{address}{name}"), bytes),
        }
    }

    /// Files of a folder that the list does not know; nobody can tell of a server.
    fn others(&self, known: &SiteFiles) -> BTreeSet<String> {
        let Self::Folder(folder) = self else {
            return BTreeSet::new();
        };
        // A folder that cannot be read has failed already, file by file.
        let there = site_files::collect(folder).unwrap_or_default();
        there
            .into_keys()
            .filter(|name| !known.files.contains_key(name))
            .collect()
    }
}

/// The bytes at an address, by curl; as the host keeps them, not from anything in between.
fn fetch(address: &str, most_bytes: u64) -> Result<Vec<u8>, Error> {
    let mut curl = command(
        "curl",
        [
            "--fail",
            "--silent",
            "--show-error",
            "--location",
            "--proto",
            "=http,https",
            "--proto-redir",
            "=https",
            "--header",
            "Cache-Control: no-cache",
            "--max-time",
            LIMIT_S,
            "--max-filesize",
        ],
    );
    curl.arg(most_bytes.to_string()).arg(address);
    let output = curl.output().map_err(|source| Error::Start {
        command: "curl".to_owned(),
        source,
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(Error::Missing {
        what: address.to_owned(),
        remedy: words.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    /// A small site with its list.
    fn site() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("index.html", "<html>"), ("sw.js", "1"), ("_headers", "2")] {
            fs::write(folder.path().join(name), text).expect("writes");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let policy = Policy::read(&root).expect("hosts.json");
        site_files::write(&policy, folder.path()).expect("writes");
        folder
    }

    fn verified(folder: &tempfile::TempDir) -> (usize, usize) {
        let place = folder.path().to_string_lossy();
        let count = run(&place, None).expect("has a list");
        (count.passed, count.failed)
    }

    #[test]
    fn a_site_is_whole_as_it_was_built() {
        // Three files, the list, and what is made from it.
        assert_eq!(verified(&site()), (5, 0));
    }

    #[test]
    fn a_file_that_is_changed_or_missing_or_new_is_found() {
        for (name, text, result) in [
            ("index.html", Some("<HTML>"), (4, 1)),
            ("sw-site.js", Some("self.SITE = {}"), (4, 1)),
            ("sw.js", None, (4, 1)),
            ("new.js", Some("3"), (5, 1)),
        ] {
            let folder = site();
            let path = folder.path().join(name);
            match text {
                Some(text) => fs::write(path, text).expect("writes"),
                None => fs::remove_file(path).expect("removes"),
            }
            assert_eq!(verified(&folder), result, "{name}");
        }
    }

    #[test]
    fn another_list_finds_what_the_sites_own_does_not() {
        let (built, served) = (site(), site());
        let (list, place) = (built.path().join(NAME), served.path().to_string_lossy());
        assert_eq!(run(&place, Some(&list)).expect("two lists").failed, 0);
        fs::write(served.path().join("index.html"), "<HTML>").expect("writes");
        let policy =
            Policy::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("hosts");
        site_files::write(&policy, served.path()).expect("writes");
        assert_eq!(verified(&served), (5, 0));
        // The page, the list, and what is made from it.
        assert_eq!(run(&place, Some(&list)).expect("two lists").failed, 3);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        let folder = site();
        fs::write(folder.path().join(NAME), "{}").expect("writes");
        run(&folder.path().to_string_lossy(), None).expect_err("no list");
    }
}
