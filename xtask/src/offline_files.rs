//! Makes `sw-site.js` from the list of the site's files: what the service worker keeps on the visitor's device, and the
//! headers that it sends.

use std::collections::BTreeMap;

use serde_json::json;

use crate::site_list::{self, GOLDEN, PACKAGE, SiteFile, SiteFiles};

/// The file's name.
pub(crate) const NAME: &str = "sw-site.js";

/// Files that the service worker does not keep: itself, what only hosts read, what only people read. It does not keep
/// weights either: the engine checks and keeps them itself; nor the package for other pages, nor the golden set.
const LEFT_OUT: [&str; 3] = ["sw.js", "_headers", "model/README.md"];

/// The text of the file; `own` is what is known of the list itself, which is kept with the files that it lists.
pub(crate) fn script(list: &SiteFiles, own: SiteFile) -> String {
    let mut files: BTreeMap<_, _> = list
        .files
        .clone()
        .into_iter()
        .filter(|(path, _)| is_kept(path))
        .collect();
    files.insert(site_list::NAME.to_owned(), own);
    let site = json!({ "files": files, "headers": list.headers, "ownHeaders": list.own_headers });
    format!(
        "// What sw.js keeps and sends; written by `cargo xtask build`.\nself.SITE = {site:#};\n"
    )
}

fn is_kept(path: &str) -> bool {
    let in_folder = |folder: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    !LEFT_OUT.contains(&path)
        && !path.ends_with(".safetensors")
        && !in_folder(PACKAGE)
        && !in_folder(GOLDEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_kept_but_those_that_no_page_asks_for() {
        let file = |sha256: &str| SiteFile {
            bytes: 3,
            sha256: sha256.to_owned(),
        };
        let names = [
            "index.html",
            "sw.js",
            "_headers",
            "model/README.md",
            "golden/alpha/fixtures.json",
            "model/a",
            "model/b.safetensors",
            "unimed/unimed.js",
        ];
        let list = SiteFiles {
            version: "1.0.0".to_owned(),
            files: names
                .map(|name| (name.to_owned(), file(name)))
                .into_iter()
                .collect(),
            headers: [("A".to_owned(), "b".to_owned())].into_iter().collect(),
            own_headers: [(
                "index.html".to_owned(),
                [("A".to_owned(), "c".to_owned())].into_iter().collect(),
            )]
            .into_iter()
            .collect(),
        };
        let text = script(&list, file("list"));
        let json = text.split_once("self.SITE = ").expect("an assignment").1;
        let site: serde_json::Value =
            serde_json::from_str(json.trim_end().trim_end_matches(';')).expect("json");
        let files = site["files"].as_object().expect("an object");
        assert_eq!(
            files.keys().collect::<Vec<_>>(),
            ["files.json", "index.html", "model/a"]
        );
        assert_eq!(files["model/a"]["bytes"], 3);
        assert_eq!(files["files.json"]["sha256"], "list");
        assert_eq!(site["headers"]["A"], "b");
        assert_eq!(site["ownHeaders"]["index.html"]["A"], "c");
    }
}
