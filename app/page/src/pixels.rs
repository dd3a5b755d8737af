//! The pixels of every open image, kept in the browser's memory beside the reactive state.
//!
//! The state holds numbers and names only; pixels are JavaScript buffers and canvases, found here by the image's number.

use js_sys::{ArrayBuffer, Uint8ClampedArray};
use std::{cell::RefCell, collections::HashMap};
use unimed_protocol::FileId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Document, HtmlCanvasElement, ImageData};

/// Number of an open image: a file, a sample or a result.
pub(crate) type ImageId = FileId;

/// One image: its bytes for the engine, its canvas for the eye.
#[derive(Clone)]
pub(crate) struct Pixels {
    /// Pixels in a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// RGBA, 8 bits a channel.
    pub(crate) rgba: ArrayBuffer,
    /// The same pixels, ready to draw.
    pub(crate) canvas: HtmlCanvasElement,
}

thread_local! {
    static STORE: RefCell<HashMap<ImageId, Pixels>> = RefCell::new(HashMap::new());
}

/// Keeps the pixels of an image; replaces what was kept under its number.
///
/// # Errors
///
/// The browser's refusal, for instance when the image is larger than its canvases can be.
pub(crate) fn keep(id: ImageId, width: u32, height: u32, rgba: ArrayBuffer) -> Result<(), JsValue> {
    let canvas = match get(id) {
        Some(known) if (known.width, known.height) == (width, height) => known.canvas,
        _ => blank_canvas(width, height)?,
    };
    put(&context(&canvas)?, width, &rgba)?;
    STORE.with_borrow_mut(|store| {
        store.insert(
            id,
            Pixels {
                width,
                height,
                rgba,
                canvas,
            },
        )
    });
    Ok(())
}

/// The pixels of an image, if it is open.
pub(crate) fn get(id: ImageId) -> Option<Pixels> {
    STORE.with_borrow(|store| store.get(&id).cloned())
}

/// Forgets the pixels of an image.
pub(crate) fn forget(id: ImageId) {
    STORE.with_borrow_mut(|store| store.remove(&id));
}

/// Draws the pixels of an image onto a canvas, which takes the image's size.
pub(crate) fn show(id: ImageId, canvas: &HtmlCanvasElement) {
    let Some(pixels) = get(id) else { return };
    canvas.set_width(pixels.width);
    canvas.set_height(pixels.height);
    if let Ok(context) = context(canvas) {
        // The size was set one line above, so this cannot be refused.
        let _ = put(&context, pixels.width, &pixels.rgba);
    }
}

/// A canvas that is not in the page.
pub(crate) fn blank_canvas(width: u32, height: u32) -> Result<HtmlCanvasElement, JsValue> {
    let document: Document = leptos::prelude::document();
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    Ok(canvas)
}

/// The drawing context of a canvas.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    canvas
        .get_context("2d")?
        .ok_or_else(|| JsValue::from_str("this browser gives no 2D drawing context"))?
        .dyn_into()
        .map_err(JsValue::from)
}

/// Copies pixels onto a canvas without a detour through this program's memory.
fn put(context: &CanvasRenderingContext2d, width: u32, rgba: &ArrayBuffer) -> Result<(), JsValue> {
    let bytes = Uint8ClampedArray::new(rgba);
    let data = ImageData::new_with_js_u8_clamped_array(&bytes, width)?;
    context.put_image_data(&data, 0.0, 0.0)
}
