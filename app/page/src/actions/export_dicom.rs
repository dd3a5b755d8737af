//! Saving a generated image as a DICOM file, which says of itself that no patient was imaged.

use crate::{
    actions::{
        burned_in::BurnedIn,
        export::{self, DISCLAIMER, History},
    },
    state::{pixels, turn::Turn},
};
use js_sys::Date;
use leptos::task::spawn_local;
use unimed_imaging::SecondaryCapture;
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

#[wasm_bindgen]
extern "C" {
    /// Fills bytes by the browser's generator for cryptography.
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn draw(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// Saves the image of a turn as a DICOM file, with the same mark and history as its PNG file.
pub(crate) fn download(turn: &Turn, check: BurnedIn, model: &str) {
    let (model, turn) = (model.to_owned(), turn.clone());
    spawn_local(async move {
        let Some(canvas) = export::made(&turn, check).await else {
            return;
        };
        let history = export::history(&turn);
        let from_image = !turn.attachments().sources.is_empty();
        if let Err(refusal) = write(&canvas, from_image, &model, &history) {
            web_sys::console::error_2(&"the image could not be saved as DICOM".into(), &refusal);
        }
    });
}

fn write(
    clean: &HtmlCanvasElement,
    from_image: bool,
    model: &str,
    history: &History,
) -> Result<(), JsValue> {
    let History {
        prompt,
        seed,
        settings,
        notes,
    } = history;
    let marked = export::marked_canvas(clean)?;
    let side = |pixels: u32| {
        u16::try_from(pixels).map_err(|_| JsValue::from_str("DICOM images have at most 65535 rows"))
    };
    let (width, height) = (side(marked.width())?, side(marked.height())?);
    let (across, down) = (f64::from(width), f64::from(height));
    let context = pixels::context(&marked)?;
    let rgba = context.get_image_data(0.0, 0.0, across, down)?.data();
    let mut random = [[0; 16]; 3];
    for uid in &mut random {
        draw(uid)?;
    }
    let now = Date::new_0();
    let day = now.get_full_year() * 10_000 + (now.get_month() + 1) * 100 + now.get_date();
    let time = now.get_hours() * 10_000 + now.get_minutes() * 100 + now.get_seconds();
    let file = SecondaryCapture {
        width,
        height,
        rgba: &rgba.0,
        from_image,
        model,
        version: env!("CARGO_PKG_VERSION"),
        derivation: &format!(
            "{DISCLAIMER} Model: {model}. Seed: {seed}. Settings: {settings}. Words: {prompt}"
        ),
        comments: &format!("{DISCLAIMER} {notes}"),
        date: [&format!("{day:08}"), &format!("{time:06}")],
        random,
    }
    .to_file();
    export::save(
        &file,
        &format!("generated-seed-{seed}.dcm"),
        "application/dicom",
    )
}
