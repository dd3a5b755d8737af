//! Numbers that people type or choose.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The number in a field, if there is one. The browser reads it: Rust's own reader brings ten kilobytes of tables.
pub(crate) fn typed_number(event: &impl JsCast) -> Option<f64> {
    let number = js_sys::parse_float(&event_target_value(event));
    number.is_finite().then_some(number)
}
