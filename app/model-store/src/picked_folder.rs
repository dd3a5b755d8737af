//! A package in a folder that the person picked: nothing is copied, pieces of files are read when they are needed.

use crate::{hash::sha256, stream};
use js_sys::{Array, Uint8Array};
use std::{cell::RefCell, collections::HashMap, ops::Range};
use unimed_package::{Source, SourceError, host::LocalFuture, is_plain_name};
use unimed_web::browser::{call, call_later, member, text};
use wasm_bindgen::JsValue;

/// The folder: the browser's handle on it, or the list of its files where a browser gives no handle.
#[derive(Debug)]
pub(crate) struct PickedFolder {
    folder: JsValue,
    /// Files that were looked up.
    files: RefCell<HashMap<String, JsValue>>,
}

impl PickedFolder {
    /// From what the page sent along.
    pub(crate) fn new(folder: JsValue) -> Self {
        let mut files = HashMap::new();
        if Array::is_array(&folder) {
            for file in Array::from(&folder).iter() {
                // Only what lies in the folder itself: "folder/file".
                let path = text(&file, "webkitRelativePath");
                if path.split('/').count() <= 2 {
                    files.insert(text(&file, "name"), file);
                }
            }
        }
        Self {
            folder,
            files: RefCell::new(files),
        }
    }

    async fn file(&self, name: &str) -> Result<JsValue, SourceError> {
        let missing = || SourceError::Missing {
            file: name.to_owned(),
        };
        if !is_plain_name(name) {
            return Err(failed(name, "is not a plain file name"));
        }
        if let Some(file) = self.files.borrow().get(name) {
            return Ok(file.clone());
        }
        if Array::is_array(&self.folder) {
            return Err(missing());
        }
        let handle = call_later(&self.folder, "getFileHandle", &[name.into()]).await;
        let handle = handle.ok_or_else(missing)?;
        let file = call_later(&handle, "getFile", &[]).await;
        let file = file.ok_or_else(|| failed(name, "may not be read any more"))?;
        self.files
            .borrow_mut()
            .insert(name.to_owned(), file.clone());
        Ok(file)
    }

    async fn file_size(&self, name: &str) -> Result<u64, SourceError> {
        let size = member(&self.file(name).await?, "size").and_then(|size| size.as_f64());
        size.map(|size| size as u64)
            .ok_or_else(|| failed(name, "has no size"))
    }

    async fn cut(&self, name: &str, range: Range<u64>) -> Result<Vec<u8>, SourceError> {
        let found = self.file_size(name).await?;
        if range.end > found {
            return Err(SourceError::TooShort {
                file: name.to_owned(),
                wanted: range.end,
                found,
            });
        }
        let file = self.file(name).await?;
        // Exact up to 2^53.
        let ends = [(range.start as f64).into(), (range.end as f64).into()];
        let piece = call(&file, "slice", &ends);
        let piece = piece.ok_or_else(|| failed(name, "cannot be read in pieces"))?;
        let stream = call(&piece, "stream", &[]);
        let bytes = match stream.as_ref().and_then(stream::reader) {
            Some(reader) => stream::drain(&reader, range.end - range.start, &mut || {}).await,
            None => {
                let buffer = call_later(&piece, "arrayBuffer", &[]).await;
                buffer.map(|buffer| Uint8Array::new(&buffer).to_vec())
            }
        };
        // The browser refuses files that were changed after they were picked.
        bytes.ok_or_else(|| failed(name, "was changed or moved since the folder was chosen"))
    }
}

fn failed(file: &str, what: &str) -> SourceError {
    SourceError::Failed {
        file: file.to_owned(),
        what: what.to_owned(),
    }
}

impl Source for PickedFolder {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        Box::pin(self.file_size(file))
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        Box::pin(self.cut(file, range))
    }

    fn sha256<'a>(&'a self, bytes: &'a [u8]) -> LocalFuture<'a, [u8; 32]> {
        Box::pin(sha256(bytes))
    }
}
