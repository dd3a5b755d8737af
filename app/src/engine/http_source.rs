//! A package on a web server, read in pieces by range requests.

use crate::browser::{self, Response};
use js_sys::{ArrayBuffer, Uint8Array};
use std::{cell::RefCell, collections::HashMap, ops::Range};
use unimed_core::{
    host::LocalFuture,
    package::{Source, SourceError},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The folder of a package on a web server.
#[derive(Debug)]
pub(crate) struct HttpSource {
    base: String,
    sizes: RefCell<HashMap<String, u64>>,
    /// Files that the server sent whole, kept in the browser's memory, not in this program's.
    whole: RefCell<HashMap<String, Uint8Array>>,
}

impl HttpSource {
    /// A package at an absolute address with a slash at its end.
    pub(crate) fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            sizes: RefCell::default(),
            whole: RefCell::default(),
        }
    }

    async fn request(
        &self,
        file: &str,
        method: &str,
        range: Option<&Range<u64>>,
    ) -> Result<Response, SourceError> {
        let fail =
            |what: &JsValue| unreadable(file, format!("the request failed ({})", words(what)));
        let mut members = vec![("method", method.into())];
        if let Some(range) = range {
            let value = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
            members.push((
                "headers",
                browser::object(&[("Range", value.into())]).into(),
            ));
        }
        let url = format!("{}{file}", self.base);
        let response: Response = JsFuture::from(browser::fetch(&url, &browser::object(&members)))
            .await
            .map_err(|error| fail(&error))?
            .unchecked_into();
        let page_instead = response
            .header("Content-Type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        // Some servers answer every unknown address with a page.
        if response.status() == 404 || (response.ok() && page_instead) {
            return Err(SourceError::Missing {
                file: file.to_owned(),
            });
        }
        if !response.ok() {
            return Err(unreadable(
                file,
                format!("the server refused it (status {})", response.status()),
            ));
        }
        Ok(response)
    }

    /// The length that the server tells without sending the file; `None` when it does not tell.
    async fn told_size(&self, file: &str) -> Result<Option<u64>, SourceError> {
        let response = self.request(file, "HEAD", None).await?;
        // The length of a compressed file is not the file's.
        if response
            .header("Content-Encoding")
            .is_some_and(|coding| coding != "identity")
        {
            return Ok(None);
        }
        Ok(response
            .header("Content-Length")
            .and_then(|length| length.parse().ok()))
    }

    /// Fetches a file whole and keeps it.
    async fn fetch_whole(&self, file: &str) -> Result<Uint8Array, SourceError> {
        let response = self.request(file, "GET", None).await?;
        let bytes = Uint8Array::new(&body(&response, file).await?.into());
        self.keep(file, &bytes);
        Ok(bytes)
    }

    fn keep(&self, file: &str, bytes: &Uint8Array) {
        self.sizes
            .borrow_mut()
            .insert(file.to_owned(), u64::from(bytes.length()));
        self.whole
            .borrow_mut()
            .insert(file.to_owned(), bytes.clone());
    }

    fn kept(&self, file: &str) -> Option<Uint8Array> {
        self.whole.borrow().get(file).cloned()
    }

    async fn file_size(&self, file: &str) -> Result<u64, SourceError> {
        if let Some(size) = self.sizes.borrow().get(file).copied() {
            return Ok(size);
        }
        if let Some(size) = self.told_size(file).await? {
            self.sizes.borrow_mut().insert(file.to_owned(), size);
            return Ok(size);
        }
        Ok(u64::from(self.fetch_whole(file).await?.length()))
    }

    async fn read_range(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>, SourceError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(whole) = self.kept(file) {
            return cut(&whole, file, &range);
        }
        let response = self.request(file, "GET", Some(&range)).await?;
        let bytes = Uint8Array::new(&body(&response, file).await?.into());
        if response.status() == 206 {
            let wanted = range.end - range.start;
            if u64::from(bytes.length()) != wanted {
                return Err(unreadable(
                    file,
                    format!(
                        "{} bytes came where {wanted} were asked for",
                        bytes.length()
                    ),
                ));
            }
            return Ok(bytes.to_vec());
        }
        // The server knows no ranges and sent the whole file.
        self.keep(file, &bytes);
        cut(&bytes, file, &range)
    }
}

impl Source for HttpSource {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        Box::pin(self.file_size(file))
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        Box::pin(self.read_range(file, range))
    }
}

async fn body(response: &Response, file: &str) -> Result<ArrayBuffer, SourceError> {
    let fail =
        |what: &JsValue| unreadable(file, format!("the transfer broke off ({})", words(what)));
    Ok(JsFuture::from(response.array_buffer())
        .await
        .map_err(|error| fail(&error))?
        .unchecked_into())
}

fn cut(whole: &Uint8Array, file: &str, range: &Range<u64>) -> Result<Vec<u8>, SourceError> {
    let length = u64::from(whole.length());
    match (u32::try_from(range.start), u32::try_from(range.end)) {
        (Ok(start), Ok(end)) if range.end <= length => Ok(whole.subarray(start, end).to_vec()),
        _ => Err(SourceError::TooShort {
            file: file.to_owned(),
            wanted: range.end,
            found: length,
        }),
    }
}

fn unreadable(file: &str, what: String) -> SourceError {
    SourceError::Failed {
        file: file.to_owned(),
        what,
    }
}

/// What a JavaScript error says.
fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{error:?}"),
        |error| String::from(error.message()),
    )
}
