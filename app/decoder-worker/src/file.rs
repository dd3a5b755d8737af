//! Reading a file that the page sent along, part by part.

use js_sys::{ArrayBuffer, Uint8Array};
use unimed_web::message::Message;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

/// Bytes of a file that are read at a time.
const READ_BYTES: f64 = 8.0 * 1024.0 * 1024.0;

#[wasm_bindgen]
extern "C" {
    /// A file that the person chose, or a part of it.
    type Blob;
    /// Its length in bytes.
    #[wasm_bindgen(method, getter)]
    fn size(this: &Blob) -> f64;
    /// A part of it; nothing is read yet.
    #[wasm_bindgen(method)]
    fn slice(this: &Blob, from: f64, to: f64) -> Blob;

    /// Reads files in a worker, which may wait for them.
    type FileReaderSync;
    /// A reader.
    #[wasm_bindgen(constructor)]
    fn new() -> FileReaderSync;
    /// The bytes of a file.
    #[wasm_bindgen(method, js_name = readAsArrayBuffer, catch)]
    fn read(this: &FileReaderSync, blob: &Blob) -> Result<ArrayBuffer, JsValue>;
}

/// How many bytes lie at a place beside a message, in a buffer or a file.
pub(crate) fn size_of(message: &Message, place: usize) -> f64 {
    match message.buffer(place) {
        Some(buffer) => f64::from(buffer.byte_length()),
        None => file_at(message, place).map_or(0.0, |file| file.size()),
    }
}

fn file_at(message: &Message, place: usize) -> Option<Blob> {
    let part = message.part(place)?;
    part.is_object().then(|| part.unchecked_into())
}

/// The bytes of what lies at a place beside a message: a buffer, or a file, which is read here and now, part by part, so
/// that it is in memory once. `None` when it cannot be read.
pub(crate) fn bytes_of(message: &Message, place: usize) -> Option<Vec<u8>> {
    if let Some(bytes) = message.bytes(place) {
        return Some(bytes);
    }
    let file = file_at(message, place)?;
    let reader = FileReaderSync::new();
    let size = file.size();
    let mut bytes = Vec::with_capacity(size as usize);
    let mut from = 0.0;
    while from < size {
        let to = (from + READ_BYTES).min(size);
        let part: JsValue = reader.read(&file.slice(from, to)).ok()?.into();
        let part = Uint8Array::new(&part);
        let start = bytes.len();
        bytes.resize(start + part.length() as usize, 0);
        part.copy_to(&mut bytes[start..]);
        from = to;
    }
    Some(bytes)
}
