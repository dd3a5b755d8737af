//! The pixels of an image as a trial changes them. They stay in the browser's memory, four bytes at a time.

use crate::{model::trial::Change, state::pixels::Pixels};
use js_sys::{ArrayBuffer, Uint32Array};
use wasm_bindgen::prelude::*;

/// The grey of a blank image, opaque; `unimed eval` asks about the same.
const BLANK: u32 = 0xff80_8080;

#[wasm_bindgen]
extern "C" {
    /// js-sys leaves this method out.
    #[wasm_bindgen(extends = Uint32Array, js_name = Uint32Array)]
    type Row;

    /// Turns the order of all numbers around, in place.
    #[wasm_bindgen(method)]
    fn reverse(this: &Row) -> Row;
}

/// RGBA of an image, changed.
pub(crate) fn varied(pixels: &Pixels, change: Option<Change>) -> ArrayBuffer {
    match change {
        Some(Change::Blank) => {
            let count = pixels.width * pixels.height;
            let blank = Uint32Array::new_with_length(count);
            blank.fill(BLANK, 0, count);
            blank.buffer()
        }
        Some(Change::Mirrored) => {
            let copy = pixels.rgba.slice(0);
            let all = Uint32Array::new(&copy);
            for row in 0..pixels.height {
                let start = row * pixels.width;
                let row = all.subarray(start, start + pixels.width);
                row.unchecked_into::<Row>().reverse();
            }
            copy
        }
        Some(Change::Without | Change::Other) | None => pixels.rgba.clone(),
    }
}
