//! Reading a stream of bytes through one small buffer.
//!
//! A browser that hands out a piece of megabytes as one buffer leaves it to its tidying to give the memory back, and on a
//! busy device hundreds of megabytes gather before it does.

use js_sys::Uint8Array;
use unimed_web::browser::{self, call, call_later, member};
use wasm_bindgen::{JsCast, JsValue};

/// Bytes that are read at a time.
const BLOCK_BYTES: u32 = 1 << 18;

/// What reads a stream into buffers that it is given; `None` where the browser has none such for this stream, which can
/// then still be read in another way.
pub(crate) fn reader(stream: &JsValue) -> Option<JsValue> {
    let own_buffers = browser::object(&[("mode", "byob".into())]);
    call(stream, "getReader", &[own_buffers.into()])
}

/// Reads to the end, where `expected` bytes should come; `None` when the stream breaks off. Of a stream that is longer
/// only so much is read that this can be told.
pub(crate) async fn drain(reader: &JsValue, expected: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).ok()?);
    let mut block = Uint8Array::new_with_length(BLOCK_BYTES);
    loop {
        // The buffer goes along and comes back with what was read.
        let read = call_later(reader, "read", &[block.into()]).await?;
        let part: Uint8Array = member(&read, "value")?.dyn_into().ok()?;
        let start = bytes.len();
        bytes.resize(start + part.length() as usize, 0);
        part.copy_to(&mut bytes[start..]);
        if member(&read, "done")?.is_truthy() || bytes.len() as u64 > expected {
            return Some(bytes);
        }
        block = Uint8Array::new(&part.buffer());
    }
}
