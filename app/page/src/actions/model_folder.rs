//! Choosing a folder with a model in it, in every browser.

use gloo_events::EventListener;
use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;

/// Lets the person choose; `then` gets the folder's name and the browser's handle on it, or the list of its files.
pub(crate) fn choose(then: impl FnOnce(String, JsValue) + 'static) {
    let picker: Option<Function> = Reflect::get(&window(), &"showDirectoryPicker".into())
        .ok()
        .and_then(|picker| picker.dyn_into().ok());
    match picker {
        Some(picker) => spawn_local(async move {
            let picked = picker
                .call0(&window())
                .map(JsCast::unchecked_into::<Promise>);
            // Whoever closes the dialog chose nothing.
            let Ok(picked) = picked else { return };
            if let Ok(handle) = JsFuture::from(picked).await {
                then(text(&handle, "name"), handle);
            }
        }),
        None => by_input(then),
    }
}

/// For browsers that give no handles on folders.
fn by_input(then: impl FnOnce(String, JsValue) + 'static) {
    let Ok(input) = document().create_element("input") else {
        return;
    };
    let input: HtmlInputElement = input.unchecked_into();
    input.set_type("file");
    // Setting a plain attribute is never refused.
    let _ = input.set_attribute("webkitdirectory", "");
    let chosen = input.clone();
    let listener = EventListener::once(&input, "change", move |_| {
        let Some(files) = chosen.files() else { return };
        let files = Array::from(&files);
        let path = text(&files.get(0), "webkitRelativePath");
        if let Some((name, _)) = path.split_once('/') {
            then(name.to_owned(), files.into());
        }
    });
    listener.forget();
    input.click();
}

fn text(object: &JsValue, key: &str) -> String {
    unimed_web::browser::text(object, key)
}
