//! From where a model comes to what reads it and what keeps it.

use crate::{hash::sha256, http::HttpSource, kept, opfs::Opfs, picked_folder::PickedFolder};
use std::{cell::RefCell, ops::Range, rc::Rc};
use unimed_package::{MANIFEST, SIGNATURE, SignedManifest, Source, SourceError, host::LocalFuture};
use unimed_protocol::ModelSource;
use unimed_web::{browser::member, message::Message};
use wasm_bindgen::JsValue;

/// What reads a package.
pub type AnySource = Rc<dyn Source>;

/// What reads the package of a place; a folder lies first beside the message.
#[must_use]
pub fn of_place(place: &ModelSource, message: &Message) -> AnySource {
    match place {
        ModelSource::Url(url) => Rc::new(Remembered::new(url)),
        ModelSource::Folder(_) => Rc::new(PickedFolder::new(
            message.part(0).unwrap_or(JsValue::UNDEFINED),
        )),
        ModelSource::Kept(id) => Rc::new(StoredPackage {
            id: id.clone(),
            signed: RefCell::default(),
        }),
    }
}

/// What keeps the package of a place.
pub async fn cache_for(place: &ModelSource) -> Opfs {
    match place {
        ModelSource::Url(url) => Opfs::new(url),
        ModelSource::Folder(name) => Opfs::new(&folder_origin(name)),
        ModelSource::Kept(id) => {
            let kept = kept::list().await.into_iter().find(|kept| kept.id == *id);
            Opfs::new(&kept.map_or_else(String::new, |kept| kept.origin))
        }
    }
}

/// How a copy of a folder remembers where it came from.
fn folder_origin(name: &str) -> String {
    format!("folder {name}")
}

/// The place of a kept package, by what it remembers: its address, else the store itself.
#[must_use]
pub fn place_of_kept(id: &str, origin: &str) -> ModelSource {
    if origin.starts_with("http") {
        ModelSource::Url(origin.to_owned())
    } else {
        ModelSource::Kept(id.to_owned())
    }
}

/// The manifest that this browser keeps of a package, if it keeps one.
async fn kept_manifest(is_it: impl Fn(&kept::Kept) -> bool) -> Option<SignedManifest> {
    let kept = kept::list().await.into_iter().find(|kept| is_it(kept))?;
    Some(kept.signed)
}

/// The manifest or the signature of a package, as they were read.
fn small_file<'a>(signed: &'a SignedManifest, file: &str) -> Result<&'a [u8], SourceError> {
    let bytes = match file {
        MANIFEST => Some(signed.bytes()),
        SIGNATURE => signed.signature_bytes(),
        _ => None,
    };
    bytes.ok_or_else(|| SourceError::Missing {
        file: file.to_owned(),
    })
}

/// A package on a web server, whose manifest comes from this browser's store where the server cannot be reached, and its
/// signature with it. The rest of it comes from there in any case once it is kept.
#[derive(Debug)]
struct Remembered {
    url: String,
    http: HttpSource,
    /// What the store has, where the server could not be asked.
    signed: RefCell<Option<SignedManifest>>,
}

impl Remembered {
    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            http: HttpSource::new(url),
            signed: RefCell::default(),
        }
    }

    async fn file_size(&self, file: &str) -> Result<u64, SourceError> {
        if file == SIGNATURE
            && let Some(signed) = &*self.signed.borrow()
        {
            return Ok(small_file(signed, file)?.len() as u64);
        }
        if file != MANIFEST {
            return self.http.size(file).await;
        }
        let kept = || kept_manifest(|kept| kept.origin == self.url);
        // What is kept needs no server. Without a network a device still reaches itself, and that may be where the site is.
        let mut known = if offline() { kept().await } else { None };
        if known.is_none() {
            let told = self.http.size(file).await;
            if matches!(told, Err(SourceError::Failed { .. })) {
                known = kept().await;
            }
            if known.is_none() {
                self.signed.replace(None);
                return told;
            }
        }
        let size = known.as_ref().map_or(0, |known| known.bytes().len() as u64);
        self.signed.replace(known);
        Ok(size)
    }
}

impl Source for Remembered {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        Box::pin(self.file_size(file))
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        match &*self.signed.borrow() {
            Some(signed) if [MANIFEST, SIGNATURE].contains(&file) => {
                let bytes = small_file(signed, file).and_then(|bytes| cut(bytes, file, &range));
                Box::pin(std::future::ready(bytes))
            }
            _ => self.http.read(file, range),
        }
    }

    fn sha256<'a>(&'a self, bytes: &'a [u8]) -> LocalFuture<'a, [u8; 32]> {
        self.http.sha256(bytes)
    }
}

/// A package of which there is only what this browser keeps.
#[derive(Debug)]
struct StoredPackage {
    id: String,
    signed: RefCell<Option<SignedManifest>>,
}

impl StoredPackage {
    async fn small_file(&self, file: &str) -> Result<Vec<u8>, SourceError> {
        if ![MANIFEST, SIGNATURE].contains(&file) {
            return Err(SourceError::Failed {
                file: file.to_owned(),
                what: "is not whole in this browser's store and came from a folder. Choose the folder again"
                    .to_owned(),
            });
        }
        let known = self.signed.take();
        let known = match known {
            Some(known) => Some(known),
            None => kept_manifest(|kept| kept.id == self.id).await,
        };
        let missing = || SourceError::Missing {
            file: file.to_owned(),
        };
        let bytes = known.as_ref().ok_or_else(missing);
        let bytes = bytes.and_then(|known| Ok(small_file(known, file)?.to_vec()));
        self.signed.replace(known);
        bytes
    }
}

impl Source for StoredPackage {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        Box::pin(async move { Ok(self.small_file(file).await?.len() as u64) })
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        Box::pin(async move { cut(&self.small_file(file).await?, file, &range) })
    }

    fn sha256<'a>(&'a self, bytes: &'a [u8]) -> LocalFuture<'a, [u8; 32]> {
        Box::pin(sha256(bytes))
    }
}

fn cut(bytes: &[u8], file: &str, range: &Range<u64>) -> Result<Vec<u8>, SourceError> {
    let at = |place: u64| usize::try_from(place).ok();
    at(range.start)
        .zip(at(range.end))
        .and_then(|(start, end)| bytes.get(start..end))
        .map(<[u8]>::to_vec)
        .ok_or_else(|| SourceError::TooShort {
            file: file.to_owned(),
            wanted: range.end,
            found: bytes.len() as u64,
        })
}

/// Whether the browser knows that there is no network.
fn offline() -> bool {
    member(&js_sys::global(), "navigator")
        .and_then(|navigator| member(&navigator, "onLine"))
        .is_some_and(|online| online.is_falsy())
}
