//! Messages of `unimed-protocol` as JavaScript values: JSON text first, then what goes beside it.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use unimed_protocol::{decode, encode};
use wasm_bindgen::{JsCast, JsValue};

/// A message as it came in: its JSON text and what lies beside it.
#[derive(Debug)]
pub struct Message {
    text: String,
    /// The text, then buffers, files or handles.
    parts: Array,
}

impl Message {
    /// A message with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            text: String::new(),
            parts: Array::new(),
        }
    }

    /// Takes a message event apart; `None` when its data is not one of ours.
    #[must_use]
    pub fn of_event(event: &JsValue) -> Option<Self> {
        let data = js_sys::Reflect::get(event, &"data".into()).ok()?;
        let parts: Array = data.dyn_into().ok()?;
        let text = parts.get(0).as_string()?;
        Some(Self { text, parts })
    }

    /// Whether this is its text.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        self.text == text
    }

    /// What it says; `None` when the text is of another type or build.
    #[must_use]
    pub fn content<T: DeserializeOwned>(&self) -> Option<T> {
        decode(&self.text).ok()
    }

    /// What lies at a place beside the text, such as a folder that the person picked or a file.
    #[must_use]
    pub fn part(&self, place: usize) -> Option<JsValue> {
        let part = self.parts.get(u32::try_from(place).ok()? + 1);
        (!part.is_undefined()).then_some(part)
    }

    /// The buffer at a place beside the text, without copying it.
    #[must_use]
    pub fn buffer(&self, place: usize) -> Option<ArrayBuffer> {
        self.part(place)?.dyn_into().ok()
    }

    /// The bytes of the buffer at a place beside the text, copied into this program's memory.
    #[must_use]
    pub fn bytes(&self, place: usize) -> Option<Vec<u8>> {
        let buffer: JsValue = self.buffer(place)?.into();
        Some(Uint8Array::new(&buffer).to_vec())
    }
}

/// The JavaScript value to post for a message and what goes beside it: buffers, files, handles.
#[must_use]
pub fn to_js<T: Serialize>(content: &T, beside: &[impl AsRef<JsValue>]) -> Array {
    let parts = Array::of1(&JsValue::from_str(&encode(content)));
    for part in beside {
        parts.push(part.as_ref());
    }
    parts
}

/// Copies bytes out of this program's memory into a buffer that can be handed over.
#[must_use]
pub fn to_buffer(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}
