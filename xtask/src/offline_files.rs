//! Writes `sw-site.js`: what the service worker keeps on the visitor's device, and the headers that it sends.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::error::Error;
use crate::fixtures::sha256;
use crate::policy::Policy;

/// Files that the service worker does not keep: itself, its list, what only hosts read, what only people read. It does
/// not keep weights either: the engine checks and keeps them itself.
const LEFT_OUT: [&str; 4] = ["sw.js", "sw-site.js", "_headers", "model/README.md"];

/// Writes the list for the finished site in `dist`.
pub(crate) fn write(policy: &Policy, dist: &Path) -> Result<(), Error> {
    let mut files = BTreeMap::new();
    collect(dist, "", &mut files)?;
    let headers: BTreeMap<_, _> = policy.headers().into_iter().collect();
    let site = json!({ "files": files, "headers": headers });
    let path = dist.join("sw-site.js");
    let text = format!(
        "// What sw.js keeps and sends; written by `cargo xtask build`.\nself.SITE = {site:#};\n"
    );
    fs::write(&path, text).map_err(Error::file(&path))
}

/// Adds the files of a folder by their paths with forward slashes.
fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, serde_json::Value>,
) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let place = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{place}/"), files)?;
        } else if !LEFT_OUT.contains(&place.as_str()) && !place.ends_with(".safetensors") {
            let bytes = fs::read(&path).map_err(Error::file(&path))?;
            let about = json!({ "bytes": bytes.len(), "sha256": sha256(&bytes) });
            files.insert(place, about);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_but_those_that_no_page_asks_for() {
        let dist = tempfile::tempdir().expect("a folder");
        fs::create_dir(dist.path().join("model")).expect("a folder");
        for name in [
            "index.html",
            "sw.js",
            "_headers",
            "model/README.md",
            "model/a",
        ] {
            fs::write(dist.path().join(name), "abc").expect("a file");
        }
        let policy =
            Policy::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("hosts.json");
        write(&policy, dist.path()).expect("written");
        let text = fs::read_to_string(dist.path().join("sw-site.js")).expect("a file");
        let json = text.split_once("self.SITE = ").expect("an assignment").1;
        let site: serde_json::Value =
            serde_json::from_str(json.trim_end().trim_end_matches(';')).expect("json");
        let files = site["files"].as_object().expect("an object");
        assert_eq!(files.keys().collect::<Vec<_>>(), ["index.html", "model/a"]);
        assert_eq!(files["model/a"]["bytes"], 3);
        // SHA-256 of "abc", FIPS 180-2, appendix B.1.
        assert_eq!(
            files["model/a"]["sha256"],
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(site["headers"]["Content-Security-Policy"], policy.header());
    }
}
