//! A package on a web server, read in pieces by range requests.

mod request;
mod retry;

use crate::{hash::sha256, stream};
use js_sys::{Object, Promise, Uint8Array};
use request::OpenRequest;
use retry::{Answer, Verdict, judge, wait_ms};
use std::{cell::RefCell, collections::HashMap, ops::Range};
use unimed_package::{MANIFEST, SIGNATURE, Source, SourceError, host::LocalFuture};
use unimed_web::browser::{member, object, sleep};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Requests a file.
    fn fetch(url: &str, options: &Object) -> Promise;

    /// An answer to a request.
    type Response;
    /// Its status.
    #[wasm_bindgen(method, getter)]
    fn status(this: &Response) -> u16;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Response) -> Headers;

    type Headers;
    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;
}

impl Response {
    /// The value of a header; `None` when there is none.
    fn header(&self, name: &str) -> Option<String> {
        self.headers().get(name)
    }
}

/// The folder of a package on a web server.
#[derive(Debug)]
pub(crate) struct HttpSource {
    base: String,
    files: RefCell<HashMap<String, Known>>,
}

/// What is known of a file.
#[derive(Debug, Clone, Default)]
struct Known {
    size: Option<u64>,
    /// The server's name for the file's content; later requests ask for that content.
    etag: Option<String>,
    /// The file, where the server sent it whole: in the browser's memory, not in this program's.
    whole: Option<Uint8Array>,
}

/// The most bytes of a manifest or a signature that a server may send unasked; readers take far less.
const MAX_DESCRIPTION_BYTES: u64 = 32 << 20;
/// The most bytes of any other file that a server may send whole: what a browser keeps in one piece.
const MAX_WHOLE_BYTES: u64 = 2 << 30;
/// Attempts at a request of which nothing comes: each takes as long as silence is borne.
const SILENT_ATTEMPTS: u32 = 2;

/// A failed attempt.
enum Failure {
    /// It may pass; the server may ask for a wait in seconds.
    Again(SourceError, Option<f64>),
    /// The server was silent.
    Silent(SourceError),
    Final(SourceError),
}

impl HttpSource {
    /// A package at an absolute address with a slash at its end.
    pub(crate) fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            files: RefCell::default(),
        }
    }

    fn known(&self, file: &str) -> Known {
        self.files.borrow().get(file).cloned().unwrap_or_default()
    }

    fn learn(&self, file: &str, learn: impl FnOnce(&mut Known)) {
        learn(self.files.borrow_mut().entry(file.to_owned()).or_default());
    }

    /// Asks until there is an answer, with longer and longer waits.
    async fn persist<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, Failure>,
    ) -> Result<T, SourceError> {
        let (mut failed, mut silent) = (0, 0);
        loop {
            match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Silent(error)) => {
                    silent += 1;
                    if silent == SILENT_ATTEMPTS {
                        return Err(error);
                    }
                }
                Err(Failure::Again(error, asked_s)) => {
                    failed += 1;
                    let Some(wait_ms) = wait_ms(failed, asked_s) else {
                        return Err(error);
                    };
                    sleep(wait_ms).await;
                }
            }
        }
    }

    async fn request(
        &self,
        file: &str,
        method: &str,
        headers: &[(&str, JsValue)],
    ) -> Result<(Response, OpenRequest), Failure> {
        let open = OpenRequest::new();
        let mut members = vec![
            ("signal", open.signal()),
            ("method", method.into()),
            ("headers", object(headers).into()),
        ];
        if [MANIFEST, SIGNATURE].contains(&file) {
            // A manifest that the browser has from an earlier version does not fit a signature that it has not.
            members.push(("cache", "no-cache".into()));
        }
        let url = format!("{}{file}", self.base);
        match JsFuture::from(fetch(&url, &object(&members))).await {
            Ok(response) => {
                open.heard();
                Ok((response.unchecked_into(), open))
            }
            Err(_) if open.was_silent() => Err(silent(file)),
            Err(error) => {
                let what = format!("could not be fetched ({})", words(&error));
                Err(Failure::Again(unreadable(file, what), None))
            }
        }
    }

    /// Why an answer other than the wanted one is of no use.
    fn failure(file: &str, response: &Response, verdict: &Verdict, wanted: u64) -> Failure {
        let file = file.to_owned();
        let status = response.status();
        match verdict {
            Verdict::Missing => Failure::Final(SourceError::Missing { file }),
            Verdict::TooShort(found) => Failure::Final(SourceError::TooShort {
                file,
                wanted,
                found: found.unwrap_or(0),
            }),
            Verdict::Again => Failure::Again(
                unreadable(&file, format!("could not be fetched (status {status})")),
                response
                    .header("Retry-After")
                    .and_then(|seconds| seconds.parse().ok()),
            ),
            _ => Failure::Final(unreadable(
                &file,
                format!("is refused by the server (status {status})"),
            )),
        }
    }

    /// The length that the server tells without sending the file; `None` when it does not tell.
    async fn told_size(&self, file: &str) -> Result<Option<u64>, Failure> {
        let (response, _open) = self.request(file, "HEAD", &[]).await?;
        match judge(&answer(&response), 0) {
            Verdict::Whole | Verdict::Range => {}
            verdict => return Err(Self::failure(file, &response, &verdict, 0)),
        }
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
    async fn fetch_whole(&self, file: &str) -> Result<Uint8Array, Failure> {
        let (response, open) = self.request(file, "GET", &[]).await?;
        match judge(&answer(&response), 0) {
            Verdict::Whole => self.take_whole(file, &response, &open).await,
            verdict => Err(Self::failure(file, &response, &verdict, 0)),
        }
    }

    async fn take_whole(
        &self,
        file: &str,
        response: &Response,
        open: &OpenRequest,
    ) -> Result<Uint8Array, Failure> {
        let bytes = body(response, file, open).await?;
        self.learn(file, |known| {
            known.size = Some(u64::from(bytes.length()));
            known.whole = Some(bytes.clone());
        });
        Ok(bytes)
    }

    async fn file_size(&self, file: &str) -> Result<u64, SourceError> {
        if let Some(size) = self.known(file).size {
            return Ok(size);
        }
        let told = self.persist(async || self.told_size(file).await).await?;
        if let Some(size) = told {
            self.learn(file, |known| known.size = Some(size));
            return Ok(size);
        }
        let whole = self.persist(async || self.fetch_whole(file).await).await?;
        Ok(u64::from(whole.length()))
    }

    async fn read_range(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>, SourceError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        self.persist(async || self.try_range(file, &range).await)
            .await
    }

    async fn try_range(&self, file: &str, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
        let known = self.known(file);
        if let Some(whole) = &known.whole {
            return cut(whole, file, range).map_err(Failure::Final);
        }
        let value = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let mut headers = vec![("Range", value.into())];
        // Where the file changed in the meantime, the server then sends all of the new one, and not a piece that fits
        // to no other.
        if let Some(etag) = known.etag {
            headers.push(("If-Range", etag.into()));
        }
        let (response, open) = self.request(file, "GET", &headers).await?;
        match judge(&answer(&response), range.start) {
            Verdict::Range => {
                let wanted = range.end - range.start;
                let bytes = piece(&response, file, wanted, &open).await?;
                let found = bytes.len() as u64;
                if found != wanted {
                    let what =
                        format!("came in part ({found} bytes where {wanted} were asked for)");
                    return Err(Failure::Again(unreadable(file, what), None));
                }
                // A weak name stands for several contents and may not be asked for.
                let etag = response
                    .header("ETag")
                    .filter(|etag| !etag.starts_with("W/"));
                self.learn(file, |known| known.etag = etag);
                Ok(bytes)
            }
            // The server knows no ranges and sent the whole file, or it changed.
            Verdict::Whole => {
                let whole = self.take_whole(file, &response, &open).await?;
                cut(&whole, file, range).map_err(Failure::Final)
            }
            verdict => Err(Self::failure(file, &response, &verdict, range.end)),
        }
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

    fn sha256<'a>(&'a self, bytes: &'a [u8]) -> LocalFuture<'a, [u8; 32]> {
        Box::pin(sha256(bytes))
    }
}

fn answer(response: &Response) -> Answer {
    Answer {
        status: response.status(),
        is_page: response
            .header("Content-Type")
            .is_some_and(|kind| kind.starts_with("text/html")),
        content_range: response.header("Content-Range"),
    }
}

/// The whole body of an answer, in the browser's memory.
async fn body(response: &Response, file: &str, open: &OpenRequest) -> Result<Uint8Array, Failure> {
    let limit = if [MANIFEST, SIGNATURE].contains(&file) {
        MAX_DESCRIPTION_BYTES
    } else {
        MAX_WHOLE_BYTES
    };
    let Some(stream) = member(response, "body") else {
        return Ok(Uint8Array::new_with_length(0));
    };
    match stream::gather(&stream, limit, &mut || open.heard()).await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => {
            let what = format!("is sent without an end (more than {limit} bytes)");
            Err(Failure::Final(unreadable(file, what)))
        }
        Err(_) if open.was_silent() => Err(silent(file)),
        Err(error) => Err(broke_off(file, &words(&error))),
    }
}

/// The body of an answer that should have so many bytes.
async fn piece(
    response: &Response,
    file: &str,
    wanted: u64,
    open: &OpenRequest,
) -> Result<Vec<u8>, Failure> {
    let stream = member(response, "body");
    match stream.as_ref().and_then(stream::reader) {
        Some(reader) => match stream::drain(&reader, wanted, &mut || open.heard()).await {
            Some(bytes) => Ok(bytes),
            None if open.was_silent() => Err(silent(file)),
            None => Err(broke_off(file, "its end did not come")),
        },
        None => Ok(body(response, file, open).await?.to_vec()),
    }
}

fn silent(file: &str) -> Failure {
    let what = "could not be fetched (the server is silent)".to_owned();
    Failure::Silent(unreadable(file, what))
}

fn broke_off(file: &str, why: &str) -> Failure {
    let what = format!("could not be fetched (the transfer broke off: {why})");
    Failure::Again(unreadable(file, what), None)
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
