//! Before images are saved: whether names may be written into their pixels, and what the person wants done about it.

use crate::{
    actions::decoder::DecoderLink,
    model::image::ImageId,
    state::pixels::{self, Pixels},
};
use js_sys::{Function, Promise};
use leptos::prelude::*;
use std::cell::RefCell;
use unimed_imaging::IDENTIFYING_NOTES;
use unimed_protocol::Picture;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlCanvasElement;

/// An image that is about to be saved.
#[derive(Debug, Clone)]
pub(crate) struct Suspect {
    /// Which.
    pub(crate) id: ImageId,
    /// What its file says of itself: names may be written into it, or the person may be recognized.
    pub(crate) stated: Option<String>,
    /// Words in it: first column, first row, columns, rows.
    pub(crate) words: Vec<[u32; 4]>,
}

impl Suspect {
    /// An image with the notes on its file, or on that of its source.
    pub(crate) fn new(id: ImageId, notes: &[String]) -> Self {
        let mut notes = notes.iter();
        let stated = notes.find(|note| IDENTIFYING_NOTES.contains(&note.as_str()));
        Self {
            id,
            stated: stated.cloned(),
            words: Vec::new(),
        }
    }
}

/// What the person is told before saving.
#[derive(Debug, Clone)]
pub(crate) struct Warning {
    /// Images in which words were found, or whose file says something.
    pub(crate) suspects: Vec<Suspect>,
    /// Whether the images could be looked through.
    pub(crate) checked: bool,
    answer: Function,
}

thread_local! {
    /// What is asked now.
    static WARNING: RefCell<Option<Warning>> = const { RefCell::new(None) };
}

/// Looks through images, warns, and waits for the person's choice. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BurnedIn {
    decoder: DecoderLink,
    /// Whether something is asked.
    asks: RwSignal<bool>,
}

impl BurnedIn {
    /// With the worker that looks.
    pub(crate) fn new(decoder: DecoderLink) -> Self {
        Self {
            decoder,
            asks: RwSignal::new(false),
        }
    }

    /// What is asked now; follows changes.
    pub(crate) fn warning(self) -> Option<Warning> {
        self.asks.track();
        WARNING.with_borrow(Clone::clone)
    }

    /// What to cover in images that are about to be saved; `None` when they shall not be saved. Asks only where there is
    /// something to tell.
    pub(crate) async fn covers(self, mut suspects: Vec<Suspect>) -> Option<Vec<Suspect>> {
        self.choose(None);
        let (mut pictures, mut buffers) = (Vec::new(), Vec::new());
        suspects.retain(|suspect| {
            let Some(Pixels {
                width,
                height,
                rgba,
                ..
            }) = pixels::get(suspect.id)
            else {
                return false;
            };
            pictures.push(Picture {
                width,
                height,
                buffer: buffers.len(),
            });
            buffers.push(rgba);
            true
        });
        if suspects.is_empty() {
            return Some(suspects);
        }
        let found = self.decoder.burned_in(pictures, buffers).await;
        let checked = found.is_some();
        for word in found.unwrap_or_default().as_chunks().0 {
            let [place, left, top, width, height] = *word;
            if let Some(suspect) = suspects.get_mut(place as usize) {
                suspect.words.push([left, top, width, height]);
            }
        }
        suspects.retain(|suspect| suspect.stated.is_some() || !suspect.words.is_empty());
        if suspects.is_empty() && checked {
            return Some(suspects);
        }
        let chosen = Promise::new(&mut |answer, _| {
            WARNING.set(Some(Warning {
                suspects: suspects.clone(),
                checked,
                answer,
            }));
            self.asks.set(true);
        });
        let cover = JsFuture::from(chosen).await.ok()?.as_bool()?;
        Some(if cover { suspects } else { Vec::new() })
    }

    /// The person's choice: to cover the words, to save as it is, or not to save.
    pub(crate) fn choose(self, cover: Option<bool>) {
        if let Some(warning) = WARNING.take() {
            self.asks.set(false);
            let choice = cover.map_or(JsValue::NULL, JsValue::from_bool);
            // Calling a promise's own function is never refused.
            let _ = warning.answer.call1(&JsValue::NULL, &choice);
        }
    }
}

/// The pixels of an image with all words that are to be covered in black; the image itself where there are none.
///
/// # Errors
///
/// The browser's refusal.
pub(crate) fn covered(
    id: ImageId,
    canvas: &HtmlCanvasElement,
    covers: &[Suspect],
) -> Result<HtmlCanvasElement, JsValue> {
    let words = covers.iter().filter(|suspect| suspect.id == id);
    let words: Vec<_> = words.flat_map(|suspect| &suspect.words).collect();
    if words.is_empty() {
        return Ok(canvas.clone());
    }
    let copy = pixels::blank_canvas(canvas.width(), canvas.height())?;
    let context = pixels::context(&copy)?;
    context.draw_image_with_html_canvas_element(canvas, 0.0, 0.0)?;
    for word in words {
        let [left, top, width, height] = word.map(f64::from);
        context.fill_rect(left, top, width, height);
    }
    Ok(copy)
}
