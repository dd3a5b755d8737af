//! The strip of open images, shown when there is more than one.

use crate::{
    actions::page::Page,
    language::{say, tr},
    model::{
        image::{ImageId, OpenImage, Origin},
        notes::{count_words, name_and_notes},
    },
    state::pixels,
};
use leptos::{html, prelude::*};

/// The strip.
#[component]
pub(crate) fn Thumbnails() -> impl IntoView {
    let session = Page::of_context().session;
    // While files are read, a click brings back the image that new words would no longer be about.
    let several = Memo::new(move |_| {
        session.images.open.with(Vec::len) + session.images.reading.with(Vec::len) > 1
    });
    view! {
        <Show when=move || several.get()>
            <div class="strip" role="group" aria-label=tr("Open images")>
                <For each=move || session.images.open.get() key=|image| image.id let:image>
                    <Thumbnail image=image />
                </For>
            </div>
        </Show>
    }
}

#[component]
fn Thumbnail(image: OpenImage) -> impl IntoView {
    let session = Page::of_context().session;
    let id = image.id;
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            draw_small(id, &canvas);
        }
    });
    let made = image.origin == Origin::Made;
    let notes = image.notes.len();
    let label = match count_words(notes) {
        _ if made => say("Generated: {}", &[&image.name]),
        words if words.is_empty() => image.name.clone(),
        words => format!("{}, {words}", image.name),
    };
    view! {
        <button
            class="thumb"
            class:made=made
            type="button"
            title=name_and_notes(&image)
            aria-label=label
            aria-pressed=move || (session.images.current.get() == Some(id)).to_string()
            on:click=move |_| session.images.choose(id)
        >
            <canvas node_ref=canvas width="96" height="96"></canvas>
            {(notes > 0).then(|| view! { <span class="thumb-notes" aria-hidden="true">{notes}</span> })}
        </button>
    }
}

/// Draws an image into a small square, its middle if it is not square itself.
pub(crate) fn draw_small(id: ImageId, canvas: &web_sys::HtmlCanvasElement) {
    let (Some(pixels), Ok(context)) = (pixels::get(id), pixels::context(canvas)) else {
        return;
    };
    let Ok(whole) = pixels.canvas() else { return };
    let side = f64::from(canvas.width());
    let (width, height) = (f64::from(pixels.width), f64::from(pixels.height));
    let cut = width.min(height);
    // A canvas of the page's own that is not empty can always be drawn.
    let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        &whole,
        (width - cut) / 2.0,
        (height - cut) / 2.0,
        cut,
        cut,
        0.0,
        0.0,
        side,
        side,
    );
}
