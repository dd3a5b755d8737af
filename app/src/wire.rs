//! Sending and receiving messages of `unimed-protocol`: JSON text first, then byte buffers that are handed over.

#[cfg(any(feature = "engine", feature = "decoder"))]
use crate::browser;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use unimed_protocol::{decode, encode};
use wasm_bindgen::{JsCast, JsValue};

/// A message as it came in: its JSON text and the buffers beside it.
#[derive(Debug)]
pub struct Parcel {
    text: String,
    /// The text, then the buffers.
    parts: Array,
}

impl Parcel {
    /// A parcel with nothing in it.
    #[cfg(feature = "engine")]
    pub(crate) fn empty() -> Self {
        Self {
            text: String::new(),
            parts: Array::new(),
        }
    }

    /// Takes the data of a message event apart; `None` when it is not one of ours.
    #[must_use]
    pub fn open(data: &JsValue) -> Option<Self> {
        let parts = data.dyn_ref::<Array>()?.clone();
        let text = parts.get(0).as_string()?;
        Some(Self { text, parts })
    }

    /// The message; `None` when the text is of another type or build.
    #[must_use]
    pub fn message<T: DeserializeOwned>(&self) -> Option<T> {
        decode(&self.text).ok()
    }

    /// What lies at a place in the list, such as a folder that the person picked.
    #[must_use]
    pub fn part(&self, place: usize) -> Option<JsValue> {
        let part = self.parts.get(u32::try_from(place).ok()? + 1);
        (!part.is_undefined()).then_some(part)
    }

    /// The buffer at a place in the list, without copying it.
    #[must_use]
    pub fn buffer(&self, place: usize) -> Option<ArrayBuffer> {
        let place = u32::try_from(place).ok()?;
        self.parts.get(place + 1).dyn_into().ok()
    }

    /// The bytes of the buffer at a place in the list, copied into this program's memory.
    #[must_use]
    pub fn bytes(&self, place: usize) -> Option<Vec<u8>> {
        let buffer: JsValue = self.buffer(place)?.into();
        Some(Uint8Array::new(&buffer).to_vec())
    }
}

/// Bytes of a file that are read at a time.
#[cfg(feature = "decoder")]
const READ_BYTES: f64 = 8.0 * 1024.0 * 1024.0;

#[cfg(feature = "decoder")]
impl Parcel {
    /// The bytes of what was put in at a place of the list: a buffer, or a file, which is read here and now, part by
    /// part, so that it is in memory once. `None` when it cannot be read.
    #[must_use]
    pub fn file_bytes(&self, place: usize) -> Option<Vec<u8>> {
        if let Some(bytes) = self.bytes(place) {
            return Some(bytes);
        }
        let part = self.parts.get(u32::try_from(place).ok()? + 1);
        if !part.is_object() {
            return None;
        }
        let file: browser::Blob = part.unchecked_into();
        let reader = browser::FileReaderSync::new();
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
}

/// The JavaScript value to post for a message and what goes along: buffers, or files.
#[must_use]
pub fn envelope<T: Serialize>(message: &T, along: &[impl AsRef<JsValue>]) -> Array {
    let parts = Array::of1(&JsValue::from_str(&encode(message)));
    for part in along {
        parts.push(part.as_ref());
    }
    parts
}

/// The list of buffers that a post hands over, so that they are moved and not copied.
#[must_use]
pub fn transfer_list(buffers: &[ArrayBuffer]) -> Array {
    buffers.iter().collect()
}

/// Copies bytes out of this program's memory into a buffer that can be handed over.
#[must_use]
pub fn to_buffer(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

/// Posts a message from a worker to its page, handing the buffers over.
#[cfg(any(feature = "engine", feature = "decoder"))]
pub fn post_to_page<T: Serialize>(message: &T, buffers: &[ArrayBuffer]) {
    let sent = browser::post_to_owner(&envelope(message, buffers), &transfer_list(buffers));
    // Posting fails only for values that cannot be cloned; text and buffers can.
    if let Err(refusal) = sent {
        browser::log_error("a message to the page was refused", &refusal);
    }
}

/// Calls `hear` for every message that the page sends to this worker, from now on.
#[cfg(any(feature = "engine", feature = "decoder"))]
pub fn listen_to_page(mut hear: impl FnMut(Parcel) + 'static) {
    use wasm_bindgen::closure::Closure;
    let listener = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        if let Some(parcel) = browser::member(&event, "data").and_then(|data| Parcel::open(&data)) {
            hear(parcel);
        }
    });
    browser::listen("message", listener.as_ref().unchecked_ref());
    // It listens as long as the worker lives.
    listener.forget();
}
