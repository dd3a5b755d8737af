//! All packages that this browser keeps: a list, their removal, and how much space there is.

use js_sys::Uint8Array;
use unimed_package::{FileEntry, JOURNAL, MANIFEST, Manifest, SIGNATURE, SignedManifest};
use unimed_web::browser::{self, call, call_later, member};
use wasm_bindgen::JsValue;

/// File with the place that a package came from. No file of a package has a space in its name.
pub(crate) const ORIGIN: &str = "came from";
/// File beside the packages with the keys that signed them. No package is named like this: they are named after hashes.
pub(crate) const KEYS: &str = "keys.json";
/// Folder of all packages.
const FOLDER: &str = "models";

/// A package that is kept, wholly or in part.
#[derive(Debug)]
pub struct Kept {
    /// Name of its folder.
    pub id: String,
    /// Where it came from.
    pub origin: String,
    /// What it is, and who signed it.
    pub signed: SignedManifest,
    /// Bytes that are whole.
    pub bytes: u64,
}

/// Every package that is kept. One whose manifest cannot be read, or whose signature does not fit, is of no use and is
/// left out.
pub async fn list() -> Vec<Kept> {
    let mut all = Vec::new();
    for id in names().await {
        if let Some(kept) = look(id).await {
            all.push(kept);
        }
    }
    all
}

/// Names of the packages that came from a place, but for one of them.
pub(crate) async fn older(origin: &str, but: &str) -> Vec<String> {
    let mut older = Vec::new();
    for name in names().await {
        if name == but {
            continue;
        }
        let came_from = match folder(&name).await {
            Some(folder) => content(&folder, ORIGIN).await,
            None => None,
        };
        // Earlier versions of this page kept one model and did not write down where it came from.
        if came_from.is_none_or(|place| place.to_vec() == origin.as_bytes()) {
            older.push(name);
        }
    }
    older
}

/// Removes a package. False where a program has its files open, in this tab or another one.
pub async fn remove(id: &str) -> bool {
    let Some(models) = models(false).await else {
        return true;
    };
    let all = JsValue::from(browser::object(&[("recursive", true.into())]));
    call_later(&models, "removeEntry", &[id.into(), all])
        .await
        .is_some()
}

/// Bytes that the page may still keep; `None` where the browser does not say.
pub(crate) async fn free() -> Option<f64> {
    let (used, quota) = space().await?;
    Some(quota - used)
}

/// Bytes that the page keeps, and that it may keep.
pub async fn space() -> Option<(f64, f64)> {
    let estimate = call_later(&storage()?, "estimate", &[]).await?;
    let number = |key| member(&estimate, key)?.as_f64();
    Some((number("usage")?, number("quota")?))
}

/// The folder of all packages; made where it is missing and wanted.
pub(crate) async fn models(create: bool) -> Option<JsValue> {
    let root = call_later(&storage()?, "getDirectory", &[]).await?;
    let options = JsValue::from(browser::object(&[("create", create.into())]));
    call_later(&root, "getDirectoryHandle", &[FOLDER.into(), options]).await
}

/// A text that a kept package's folder holds.
pub(crate) async fn content(folder: &JsValue, name: &str) -> Option<Uint8Array> {
    let handle = call_later(folder, "getFileHandle", &[name.into()]).await?;
    let file = call_later(&handle, "getFile", &[]).await?;
    let buffer = call_later(&file, "arrayBuffer", &[]).await?;
    Some(Uint8Array::new(&buffer))
}

/// The folder of a kept package.
pub(crate) async fn folder(id: &str) -> Option<JsValue> {
    call_later(&models(false).await?, "getDirectoryHandle", &[id.into()]).await
}

/// Bytes of the chunks that a journal names whole.
pub(crate) fn kept_bytes(manifest: &Manifest, marks: &[u8]) -> u64 {
    let mut marks = marks.iter();
    let of_file = |entry: &FileEntry| {
        (0..entry.sha256.len() as u64)
            .filter(|_| marks.next() == Some(&1))
            .map(|chunk| {
                let start = chunk * manifest.chunk_bytes;
                entry.size.min(start + manifest.chunk_bytes) - start
            })
            .sum::<u64>()
    };
    manifest.files.iter().map(of_file).sum()
}

async fn look(id: String) -> Option<Kept> {
    let folder = folder(&id).await?;
    let manifest = content(&folder, MANIFEST).await?.to_vec();
    // An empty one says that the package came without.
    let signature = content(&folder, SIGNATURE).await;
    let signature = signature.map(|bytes| bytes.to_vec());
    let signature = signature.filter(|bytes| !bytes.is_empty());
    let signed = SignedManifest::parse(manifest, signature).ok()?;
    let origin = content(&folder, ORIGIN).await?;
    let marks = content(&folder, JOURNAL).await?.to_vec();
    Some(Kept {
        id,
        origin: String::from_utf8(origin.to_vec()).ok()?,
        bytes: kept_bytes(signed.manifest(), &marks),
        signed,
    })
}

/// Names of all folders.
async fn names() -> Vec<String> {
    let mut names = Vec::new();
    let keys = async { call(&models(false).await?, "keys", &[]) }.await;
    let Some(keys) = keys else { return names };
    while let Some(next) = call_later(&keys, "next", &[]).await {
        match member(&next, "value").and_then(|name| name.as_string()) {
            Some(name) if name == KEYS => {}
            Some(name) => names.push(name),
            None => break,
        }
    }
    names.sort();
    names
}

fn storage() -> Option<JsValue> {
    member(&member(&js_sys::global(), "navigator")?, "storage")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_counts_the_bytes_of_whole_chunks() {
        let hash = "0".repeat(64);
        let text = format!(
            r#"{{"format_version":1,"name":"m","licence":"l","provenance":"p","config":{{}},"llm_config":{{}},
            "vit_config":{{}},"chunk_bytes":1024,"files":[{{"name":"a","size":2000,"sha256":["{hash}","{hash}"]}},
            {{"name":"b","size":24,"sha256":["{hash}"]}}]}}"#
        );
        let manifest = Manifest::parse(text.as_bytes()).expect("a manifest");
        assert_eq!(kept_bytes(&manifest, &[1, 1, 1]), 2024);
        assert_eq!(kept_bytes(&manifest, &[0, 1, 1]), 976 + 24);
        // A journal that was cut off names no more.
        assert_eq!(kept_bytes(&manifest, &[1]), 1024);
        assert_eq!(kept_bytes(&manifest, &[]), 0);
    }
}
