//! Checked chunks in the browser's own file system (OPFS), so that a model is fetched once.
//!
//! A package has a folder, named after the hash of its manifest, with its manifest, the place that it came from, its
//! files and a journal of one byte a chunk. The journal is written after a chunk's bytes are flushed: what it does not
//! name was never whole. All files are open for as long as the model loads, under a lock by which a second tab waits
//! instead of loading the same.

use crate::{
    kept::{self, ORIGIN},
    lock::{Lock, lock},
};
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use unimed_package::{
    Cache, ChunkPlace, FileEntry, JOURNAL, MANIFEST, Manifest, SIGNATURE, SignedManifest,
    SourceError, host::LocalFuture, sha256,
};
use unimed_protocol::encode;
use unimed_web::browser::{self, call, call_later};
use wasm_bindgen::JsValue;

/// Space that must stay free beside the model, in bytes.
pub const SPARE_BYTES: f64 = 64e6;

/// The folder of one package. Keeps nothing where the browser has no such file system or too little space.
#[derive(Debug)]
pub struct Opfs {
    /// Where the package comes from; older versions from there make room.
    origin: String,
    refusal: RefCell<Option<Refusal>>,
    open: RefCell<Option<Open>>,
    lock: RefCell<Option<Lock>>,
    /// Through which chunks pass between this program and the files. A new one for each would leave it to the browser to
    /// notice soon enough that megabytes of them are garbage.
    buffer: RefCell<Uint8Array>,
}

/// Why a package cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refusal {
    /// The browser has no file system for this page, or another program of this page holds the files.
    NoStore,
    /// Too little space, in bytes.
    Space {
        /// What is still to be kept.
        needed: f64,
        /// What the browser lets the page have.
        free: f64,
    },
}

#[derive(Debug)]
struct Open {
    journal: JsValue,
    files: HashMap<String, File>,
}

impl Drop for Open {
    /// An open file is locked until it is closed.
    fn drop(&mut self) {
        for file in self.files.values() {
            call(&file.handle, "close", &[]);
        }
        call(&self.journal, "close", &[]);
    }
}

/// An open file of the package.
#[derive(Debug)]
struct File {
    handle: JsValue,
    /// Place of its first chunk in the journal.
    first: usize,
    /// Chunks that are whole.
    whole: Vec<Cell<bool>>,
}

impl Opfs {
    /// A place for the package that comes from `origin`.
    pub fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            refusal: RefCell::default(),
            open: RefCell::default(),
            lock: RefCell::default(),
            buffer: RefCell::new(Uint8Array::new_with_length(0)),
        }
    }

    /// The buffer, cut to a length.
    fn buffer(&self, length: u32) -> Uint8Array {
        let mut buffer = self.buffer.borrow_mut();
        if buffer.length() < length {
            *buffer = Uint8Array::new_with_length(length);
        }
        buffer.subarray(0, length)
    }

    /// Why nothing is kept, once it has been tried.
    pub fn refusal(&self) -> Option<Refusal> {
        *self.refusal.borrow()
    }

    /// Closes the files and lets other tabs have them.
    pub fn close(&self) {
        drop(self.open.take());
        drop(self.lock.take());
    }

    async fn try_open(&self, package: &SignedManifest, name: &str) -> Result<Open, Refusal> {
        let manifest = package.manifest();
        let open = self.try_files(package, name).await;
        let open = open.ok_or(Refusal::NoStore)?;
        let missing = (manifest.total_bytes() - open.bytes(manifest)) as f64;
        match kept::free().await {
            Some(free) if free < missing + SPARE_BYTES => Err(Refusal::Space {
                needed: missing,
                free,
            }),
            // A browser that does not say is believed; a write that fails is noticed.
            _ => Ok(open),
        }
    }

    async fn try_files(&self, package: &SignedManifest, name: &str) -> Option<Open> {
        let manifest = package.manifest();
        let models = kept::models(true).await?;
        // Another version of the model would only take space. A tab that has it open keeps it. Folders of one name may
        // hold different models.
        if self.origin.starts_with("http") {
            for old in kept::older(&self.origin, name).await {
                kept::remove(&old).await;
            }
        }
        let create = JsValue::from(browser::object(&[("create", true.into())]));
        let place = call_later(
            &models,
            "getDirectoryHandle",
            &[name.into(), create.clone()],
        )
        .await?;
        let file = async |name: &str| {
            let file = call_later(&place, "getFileHandle", &[name.into(), create.clone()]).await?;
            call_later(&file, "createSyncAccessHandle", &[]).await
        };
        let write = async |name: &str, content: &[u8]| {
            let handle = file(name).await?;
            let written = overwrite(&handle, content);
            call(&handle, "close", &[]);
            written
        };
        let is_there = async |name: &str, content: &[u8]| {
            let found = kept::content(&place, name).await;
            found.is_some_and(|found| found.to_vec() == content)
        };
        write(ORIGIN, self.origin.as_bytes()).await?;
        let (bytes, signature) = (package.bytes(), package.signature_bytes());
        // An empty one says that there is none.
        let signature = signature.unwrap_or_default();
        if !is_there(MANIFEST, bytes).await || !is_there(SIGNATURE, signature).await {
            // It goes first and comes last: one that is there is over the manifest that is there.
            write(SIGNATURE, b"").await?;
            write(MANIFEST, bytes).await?;
            write(SIGNATURE, signature).await?;
        }
        let journal = file(JOURNAL).await?;
        let mut open = Open {
            journal,
            files: HashMap::new(),
        };
        let marks = Uint8Array::new_with_length(u32::try_from(chunk_count(manifest)).ok()?);
        let found = read_at(&open.journal, &marks, 0)?;
        let mut first = 0;
        for entry in &manifest.files {
            let whole = (first..first + entry.sha256.len()).map(|chunk| {
                let chunk = chunk as u32;
                Cell::new(chunk < found && marks.get_index(chunk) == 1)
            });
            let whole: Vec<_> = whole.collect();
            let handle = file(&entry.name).await?;
            let known = File {
                handle,
                first,
                whole,
            };
            first += entry.sha256.len();
            open.files.insert(entry.name.clone(), known);
        }
        Some(open)
    }

    fn with<T>(
        &self,
        chunk: &ChunkPlace,
        look: impl FnOnce(&Open, &File) -> Option<T>,
    ) -> Option<T> {
        let open = self.open.borrow();
        let open = open.as_ref()?;
        look(open, open.files.get(&chunk.file)?)
    }
}

impl Open {
    /// Bytes of the chunks that are whole.
    fn bytes(&self, manifest: &Manifest) -> u64 {
        let whole = |entry: &FileEntry| self.files.get(&entry.name).map(|file| &file.whole);
        let marks = manifest.files.iter().filter_map(whole).flatten();
        let marks: Vec<u8> = marks.map(|whole| u8::from(whole.get())).collect();
        kept::kept_bytes(manifest, &marks)
    }

    /// Says in the journal whether a chunk is whole.
    fn mark(&self, file: &File, chunk: &ChunkPlace, whole: bool) -> Option<()> {
        write_at(
            &self.journal,
            &Uint8Array::from(&[u8::from(whole)][..]),
            (file.first + chunk.index) as u64,
        )?;
        file.whole.get(chunk.index)?.set(whole);
        Some(())
    }
}

impl Cache for Opfs {
    fn prepare<'a>(&'a self, package: &'a SignedManifest) -> LocalFuture<'a, bool> {
        Box::pin(async move {
            let name = &folder_name(package.manifest());
            // Until no other tab loads this package.
            if let Some(lock) = lock(name).await {
                self.lock.replace(Some(lock));
                let open = self.try_open(package, name).await;
                self.refusal.replace(open.as_ref().err().copied());
                self.open.replace(open.ok());
            } else {
                self.refusal.replace(Some(Refusal::NoStore));
            }
            self.open.borrow().is_some()
        })
    }

    fn has(&self, chunk: &ChunkPlace) -> bool {
        self.with(chunk, |_, file| Some(file.whole.get(chunk.index)?.get()))
            .unwrap_or(false)
    }

    fn read<'a>(&'a self, chunk: &'a ChunkPlace) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        let bytes = self.with(chunk, |_, file| {
            let length = u32::try_from(chunk.range.end - chunk.range.start).ok()?;
            let bytes = self.buffer(length);
            let found = read_at(&file.handle, &bytes, chunk.range.start)?;
            (found == length).then(|| bytes.to_vec())
        });
        let failed = || SourceError::Failed {
            file: chunk.file.clone(),
            what: "could not be read from this browser's storage".to_owned(),
        };
        Box::pin(std::future::ready(bytes.ok_or_else(failed)))
    }

    fn keep<'a>(&'a self, chunk: &'a ChunkPlace, bytes: &'a [u8]) -> LocalFuture<'a, ()> {
        // A chunk that cannot be kept is fetched again on the next visit.
        let _ = self.with(chunk, |open, file| {
            let buffer = self.buffer(u32::try_from(bytes.len()).ok()?);
            buffer.copy_from(bytes);
            write_at(&file.handle, &buffer, chunk.range.start)?;
            open.mark(file, chunk, true)
        });
        Box::pin(std::future::ready(()))
    }

    fn forget(&self, chunk: &ChunkPlace) {
        let _ = self.with(chunk, |open, file| open.mark(file, chunk, false));
    }
}

/// Name of a package's folder in the store.
pub fn folder_name(manifest: &Manifest) -> String {
    digest(manifest)[..32].to_owned()
}

/// SHA-256 of a package's manifest, which holds the hashes of all its files; 64 hexadecimal digits.
pub fn digest(manifest: &Manifest) -> String {
    sha256(encode(manifest).as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn chunk_count(manifest: &Manifest) -> usize {
    manifest.files.iter().map(|file| file.sha256.len()).sum()
}

fn at(place: u64) -> JsValue {
    // Exact up to 2^53.
    browser::object(&[("at", (place as f64).into())]).into()
}

/// Bytes that were read.
fn read_at(handle: &JsValue, into: &Uint8Array, place: u64) -> Option<u32> {
    let count = call(handle, "read", &[into.into(), at(place)])?.as_f64()?;
    Some(count as u32)
}

/// Replaces all that a file holds.
pub(crate) fn overwrite(handle: &JsValue, content: &[u8]) -> Option<()> {
    call(handle, "truncate", &[0.into()])?;
    write_at(handle, &Uint8Array::from(content), 0)
}

/// Writes and waits until the bytes are safe.
fn write_at(handle: &JsValue, bytes: &Uint8Array, place: u64) -> Option<()> {
    let count = call(handle, "write", &[bytes.into(), at(place)])?.as_f64()?;
    call(handle, "flush", &[])?;
    (count as u32 == bytes.length()).then_some(())
}
