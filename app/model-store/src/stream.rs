//! Reading a stream of bytes through one small buffer.
//!
//! A browser that hands out a piece of megabytes as one buffer leaves it to its tidying to give the memory back, and on a
//! busy device hundreds of megabytes gather before it does.

use js_sys::{Promise, Uint8Array};
use unimed_web::browser::{self, call, call_later, member};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Bytes that are read at a time.
const BLOCK_BYTES: u32 = 1 << 18;

/// What reads a stream into buffers that it is given; `None` where the browser has none such for this stream, which can
/// then still be read in another way.
pub(crate) fn reader(stream: &JsValue) -> Option<JsValue> {
    let own_buffers = browser::object(&[("mode", "byob".into())]);
    call(stream, "getReader", &[own_buffers.into()])
}

/// Reads to the end, where `expected` bytes should come; `None` when the stream breaks off. Of a stream that is longer
/// only so much is read that this can be told. `heard` is called whenever something came.
pub(crate) async fn drain(
    reader: &JsValue,
    expected: u64,
    heard: &mut dyn FnMut(),
) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).ok()?);
    let mut block = Uint8Array::new_with_length(BLOCK_BYTES);
    loop {
        // The buffer goes along and comes back with what was read.
        let read = call_later(reader, "read", &[block.into()]).await?;
        heard();
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

/// Reads a stream to its end into the browser's memory; `None` when it has more than `limit` bytes. `heard` is called
/// whenever something came.
///
/// # Errors
///
/// What the browser says when the stream breaks off.
pub(crate) async fn gather(
    stream: &JsValue,
    limit: u64,
    heard: &mut dyn FnMut(),
) -> Result<Option<Uint8Array>, JsValue> {
    let reader = call(stream, "getReader", &[]).ok_or(JsValue::UNDEFINED)?;
    let mut parts = Vec::new();
    let mut length = 0;
    loop {
        let read = call(&reader, "read", &[]).ok_or(JsValue::UNDEFINED)?;
        let read = JsFuture::from(read.unchecked_into::<Promise>()).await?;
        heard();
        // At the end there is no value.
        let Some(part) = member(&read, "value") else {
            break;
        };
        let part: Uint8Array = part.unchecked_into();
        length += u64::from(part.length());
        if length > limit {
            return Ok(None);
        }
        parts.push(part);
    }
    // Below the limit, and a browser has no longer ones.
    let bytes = Uint8Array::new_with_length(u32::try_from(length).unwrap_or(u32::MAX));
    let mut at = 0;
    for part in parts {
        bytes.set(&part, at);
        at += part.length();
    }
    Ok(Some(bytes))
}
