//! The pixels of every image, and their one owner.
//!
//! The reactive state holds numbers and names only. Pixels are JavaScript buffers and canvases, found here by the image's
//! number: the picture that is shown small and given to the model, and the frames of a series that is open. They lie in the
//! browser's memory, because this program's never shrinks.

use crate::model::{image::ImageId, viewport::series::Series};
use gloo_events::{EventListener, EventListenerOptions};
use js_sys::{ArrayBuffer, Uint8ClampedArray};
use leptos::prelude::*;
use std::{cell::RefCell, collections::HashMap, rc::Rc};
use unimed_imaging::SeriesInfo;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Document, HtmlCanvasElement, ImageData};

/// One picture: bytes for the engine, of which canvases are made for the eye. A canvas is no place to keep them: the browser
/// clears all of them when it loses its GPU process, those whose pixels lie in main memory too.
#[derive(Clone)]
pub(crate) struct Pixels {
    /// Pixels in a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// RGBA, 8 bits a channel.
    pub(crate) rgba: ArrayBuffer,
}

impl Pixels {
    /// A fresh canvas with these pixels.
    ///
    /// # Errors
    ///
    /// The browser's refusal, for instance when they are more than its canvases can have.
    pub(crate) fn canvas(&self) -> Result<HtmlCanvasElement, JsValue> {
        let canvas = blank_canvas(self.width, self.height)?;
        put(&context(&canvas)?, self.width, &self.rgba)?;
        Ok(canvas)
    }
}

/// All pixels of an image.
struct Kept {
    picture: Pixels,
    /// The series that it is opened from, while it is open.
    series: Option<Rc<Series>>,
}

thread_local! {
    static KEPT: RefCell<HashMap<ImageId, Kept>> = RefCell::new(HashMap::new());
    /// Rises when the browser gives canvases back empty.
    static RESTORED: ArcRwSignal<u32> = ArcRwSignal::new(0);
}

/// What everything that draws follows, see [`context`].
pub(crate) fn restored() -> ArcRwSignal<u32> {
    RESTORED.with(Clone::clone)
}

/// From now on all canvases of the page are drawn again when the browser has cleared them.
pub(crate) fn redraw_when_restored() {
    // The event does not bubble, but the document hears it on its way down.
    let options = EventListenerOptions::run_in_capture_phase();
    let document = document();
    let redraw = |_: &web_sys::Event| restored().update(|count| *count += 1);
    EventListener::new_with_options(&document, "contextrestored", options, redraw).forget();
}

/// Keeps the picture of an image; replaces what was kept under its number.
///
/// # Errors
///
/// The browser's refusal, for instance when the image is larger than its canvases can be.
pub(crate) fn keep(id: ImageId, width: u32, height: u32, rgba: ArrayBuffer) -> Result<(), JsValue> {
    let picture = Pixels {
        width,
        height,
        rgba,
    };
    let known = get(id).is_some_and(|known| (known.width, known.height) == (width, height));
    if !known {
        // Better now than when it is to be shown.
        picture.canvas()?;
    }
    KEPT.with_borrow_mut(|kept| {
        let series = kept.remove(&id).and_then(|known| known.series);
        kept.insert(id, Kept { picture, series })
    });
    Ok(())
}

/// Keeps the series of an image whose picture is kept already. Without frames, that picture is all of it.
pub(crate) fn keep_series(id: ImageId, info: SeriesInfo, frames: Vec<ArrayBuffer>) {
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept.get_mut(&id) {
            let series = if frames.is_empty() {
                Series::of_picture(info, kept.picture.rgba.clone())
            } else {
                Series::of_frames(info, frames)
            };
            kept.series = Some(Rc::new(series));
        }
    });
}

/// The picture of an image, if it is kept.
pub(crate) fn get(id: ImageId) -> Option<Pixels> {
    KEPT.with_borrow(|kept| kept.get(&id).map(|kept| kept.picture.clone()))
}

/// The series of an image; its picture as a series of one frame when it is not open, or when the model made it.
pub(crate) fn series(id: ImageId) -> Option<Rc<Series>> {
    KEPT.with_borrow(|kept| {
        let kept = kept.get(&id)?;
        let Pixels {
            width,
            height,
            rgba,
            ..
        } = &kept.picture;
        let alone = || Rc::new(Series::of_rgba(*width, *height, rgba.clone()));
        Some(kept.series.clone().unwrap_or_else(alone))
    })
}

/// Bytes of stored numbers of every series that is open.
pub(crate) fn open_bytes() -> u64 {
    let series = |kept: &Kept| kept.series.as_ref().map_or(0, |series| series.bytes());
    KEPT.with_borrow(|kept| kept.values().map(series).sum())
}

/// Gives back the series of an image that was closed; its picture stays until [`forget`].
pub(crate) fn close_series(id: ImageId) {
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept.get_mut(&id) {
            kept.series = None;
        }
    });
}

/// Gives back all pixels of an image.
pub(crate) fn forget(id: ImageId) {
    KEPT.with_borrow_mut(|kept| kept.remove(&id));
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
    let document: Document = document();
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    Ok(canvas)
}

/// The drawing context of a canvas. An effect that asks for it runs again when the browser has cleared its canvases.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    restored().track();
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
