//! The viewer: the image on black, zoomed by wheel or keys, moved by dragging; a drop target all the time.

use super::{
    Page,
    errors::TroubleCard,
    icons::{Glyph, Icon},
    pixels,
    state::{OpenImage, Origin},
    thumbnails::Thumbnails,
    viewport::{Size, Viewport},
    welcome::Welcome,
};
use leptos::{ev, html, prelude::*};
use leptos_use::use_resize_observer;
use wasm_bindgen::JsCast;

/// Zoom of one key press or button.
const ZOOM_STEP: f64 = 1.25;

/// Zoom of one unit of wheel movement.
const WHEEL_ZOOM: f64 = 0.0015;

/// Way of one arrow key, in screen pixels.
const ARROW_STEP: f64 = 40.0;

/// Viewer, its tools and the strip of open images.
#[component]
pub(crate) fn ViewerPane() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let hovered = RwSignal::new(false);
    let empty = Memo::new(move |_| session.current.get().is_none());
    view! {
        <section
            class="viewer"
            class:hovered=move || hovered.get()
            data-testid="drop-zone"
            aria-label="Image viewer"
            on:dragover=move |_| hovered.set(true)
            on:dragleave=move |_| hovered.set(false)
            on:drop=move |_| hovered.set(false)
        >
            <Show when=move || !empty.get() fallback=|| view! { <Welcome /> }>
                <Stage />
            </Show>
            <FileInput />
            <Thumbnails />
            <FileNews />
            <Show when=move || hovered.get()>
                <div class="drop-word">"Drop to open. It stays on this device."</div>
            </Show>
        </section>
    }
}

/// The input behind every "Open"; always in the page.
#[component]
fn FileInput() -> impl IntoView {
    let page = Page::of_context();
    let on_change = move |_| {
        let Some(files) = page
            .file_input
            .get_untracked()
            .and_then(|input| input.files())
        else {
            return;
        };
        let files: Vec<_> = (0..files.length())
            .filter_map(|place| files.get(place))
            .collect();
        page.decoder.open_files(files);
    };
    view! {
        <input
            class="hidden"
            type="file"
            multiple
            accept="image/*,.tif,.tiff,.bmp,.webp"
            aria-label="Open images"
            tabindex="-1"
            data-testid="file-input"
            node_ref=page.file_input
            on:change=on_change
        />
    }
}

/// Files that are being read, and those that could not be.
#[component]
fn FileNews() -> impl IntoView {
    let session = Page::of_context().session;
    let reading = move || {
        session
            .reading
            .get()
            .into_iter()
            .map(|file| view! { <p class="reading" role="status">"Reading "{file.name}</p> })
            .collect_view()
    };
    let close = move |id| {
        Callback::new(move |()| {
            session
                .file_troubles
                .update(|list| list.retain(|trouble| trouble.id != id));
        })
    };
    view! {
        <div class="file-news">
            {reading}
            <For each=move || session.file_troubles.get() key=|trouble| trouble.id let:news>
                <TroubleCard trouble=news.trouble close=close(news.id) />
            </For>
        </div>
    }
}

/// The canvas with the image in it.
#[component]
fn Stage() -> impl IntoView {
    let session = Page::of_context().session;
    let canvas = NodeRef::<html::Canvas>::new();
    let stage = NodeRef::<html::Div>::new();
    let viewer_size = RwSignal::new((0.0, 0.0));
    let viewport = RwSignal::new(None::<Viewport>);
    let image = Memo::new(move |_| session.current_image());
    let image_size = move || image.with(|image| image.as_ref().map(size_of));

    use_resize_observer(stage, move |entries, _| {
        if let Some(entry) = entries.first() {
            let rect = entry.content_rect();
            viewer_size.set((rect.width(), rect.height()));
        }
    });
    // Another image, or another size of the viewer: fit again.
    let fit = move || {
        if let Some(image) = untrack(image_size) {
            viewport.set(Some(Viewport::fit(image, viewer_size.get_untracked())));
        }
    };
    Effect::new(move |_| {
        let size = viewer_size.get();
        if image.with(Option::is_some) && size.0 > 0.0 {
            fit();
        }
    });
    Effect::new(move |_| {
        let (Some(canvas), Some(view), Some(image)) = (canvas.get(), viewport.get(), image.get())
        else {
            return;
        };
        draw(&canvas, view, &image, viewer_size.get());
    });

    let change = move |change: &dyn Fn(Viewport, Size, Size) -> Viewport| {
        if let (Some(view), Some(image)) = (viewport.get_untracked(), untrack(image_size)) {
            viewport.set(Some(change(view, image, viewer_size.get_untracked())));
        }
    };
    let zoom_middle = move |factor: f64| {
        change(&|view, image, viewer| {
            view.zoom_at(factor, (viewer.0 / 2.0, viewer.1 / 2.0), image, viewer)
        });
    };
    let actual = move || {
        let now = viewport.get_untracked().map_or(1.0, |view| view.scale);
        zoom_middle(1.0 / now / device_pixels());
    };
    let on_wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        // Lines and pages as pixels.
        let unit = if event.delta_mode() == 0 { 1.0 } else { 30.0 };
        let factor = (-event.delta_y() * unit * WHEEL_ZOOM).exp();
        let point = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        change(&|view, image, viewer| view.zoom_at(factor, point, image, viewer));
    };
    let dragged_from = RwSignal::new(None::<(f64, f64)>);
    let on_down = move |event: ev::PointerEvent| {
        dragged_from.set(Some((
            f64::from(event.client_x()),
            f64::from(event.client_y()),
        )));
        if let Some(canvas) = canvas.get_untracked() {
            // Without capture the drag ends at the edge of the viewer; no harm.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: ev::PointerEvent| {
        let Some((x, y)) = dragged_from.get_untracked() else {
            return;
        };
        let (to_x, to_y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        dragged_from.set(Some((to_x, to_y)));
        change(&|view, image, viewer| view.pan((to_x - x, to_y - y), image, viewer));
    };
    let on_up = move |_| dragged_from.set(None);
    let on_key = move |event: ev::KeyboardEvent| {
        let pan =
            |dx: f64, dy: f64| change(&|view, image, viewer| view.pan((dx, dy), image, viewer));
        match event.key().as_str() {
            "+" => zoom_middle(ZOOM_STEP),
            "-" => zoom_middle(1.0 / ZOOM_STEP),
            "=" | " " => fit(),
            "ArrowLeft" => pan(ARROW_STEP, 0.0),
            "ArrowRight" => pan(-ARROW_STEP, 0.0),
            "ArrowUp" => pan(0.0, ARROW_STEP),
            "ArrowDown" => pan(0.0, -ARROW_STEP),
            _ => return,
        }
        event.prevent_default();
    };
    let label =
        move || image.with(|image| image.as_ref().map(|image| format!("Image: {}", image.name)));
    view! {
        <div class="stage" node_ref=stage>
            <canvas
                class="stage-canvas"
                class:dragging=move || dragged_from.get().is_some()
                node_ref=canvas
                tabindex="0"
                role="img"
                aria-label=label
                data-testid="viewer"
                on:wheel=on_wheel
                on:pointerdown=on_down
                on:pointermove=on_move
                on:pointerup=on_up
                on:pointercancel=on_up
                on:dblclick=move |_| fit()
                on:keydown=on_key
            ></canvas>
            <Overlay image=image viewport=viewport />
            <div class="tools" role="toolbar" aria-label="View">
                <Tool icon=Icon::Fit name="Fit the image (=)" act=Callback::new(move |()| fit()) />
                <Tool icon=Icon::Plus name="Zoom in (+)" act=Callback::new(move |()| zoom_middle(ZOOM_STEP)) />
                <Tool icon=Icon::Minus name="Zoom out (-)" act=Callback::new(move |()| zoom_middle(1.0 / ZOOM_STEP)) />
                <Tool icon=Icon::Actual name="Actual size: one image pixel is one screen pixel" act=Callback::new(move |()| actual()) />
            </div>
        </div>
    }
}

#[component]
fn Tool(icon: Icon, name: &'static str, act: Callback<()>) -> impl IntoView {
    view! {
        <button class="tool" type="button" title=name aria-label=name on:click=move |_| act.run(())>
            <Glyph icon=icon />
        </button>
    }
}

/// The words over the image: its name above, sizes and what the model gets below.
#[component]
fn Overlay(image: Memo<Option<OpenImage>>, viewport: RwSignal<Option<Viewport>>) -> impl IntoView {
    let session = Page::of_context().session;
    let name = move || image.with(|image| image.as_ref().map(|image| image.name.clone()));
    let sort = move || {
        image.with(|image| {
            image.as_ref().map(|image| match &image.origin {
                Origin::File(format) => format.clone(),
                Origin::Sample(_) => "sample".to_owned(),
                Origin::Made => "generated".to_owned(),
            })
        })
    };
    let size = move || {
        let zoom = viewport
            .get()
            .map_or(1.0, |view| view.scale * device_pixels())
            * 100.0;
        image.with(|image| {
            image
                .as_ref()
                .map(|image| format!("{} × {} px, {zoom:.0} %", image.width, image.height))
        })
    };
    let model_sees = move || {
        let side = session
            .model
            .with(|model| model.as_ref().map(|model| model.sees_px));
        match side {
            Some(side) => format!("The model sees it resized to {side} px"),
            None => "The model sees it resized".to_owned(),
        }
    };
    let credit = move || {
        image.with(|image| match image.as_ref().map(|image| &image.origin) {
            Some(Origin::Sample(credit)) => (*credit).to_owned(),
            _ => String::new(),
        })
    };
    let close = move |_| {
        if let Some(image) = image.get_untracked() {
            session.close_image(image.id);
        }
    };
    view! {
        <div class="overlay overlay-top">
            <span class="overlay-name">{name}</span>
            <span class="overlay-sort">{sort}</span>
            <button class="plain overlay-close" type="button" aria-label="Close this image" title="Close this image" on:click=close>
                <Glyph icon=Icon::Close />
            </button>
        </div>
        <div class="overlay overlay-bottom">
            <span class="numbers">{size}</span>
            <span>{model_sees}</span>
            <span class="credit">{credit}</span>
        </div>
    }
}

fn size_of(image: &OpenImage) -> Size {
    (f64::from(image.width), f64::from(image.height))
}

/// Screen pixels for one pixel of the page.
fn device_pixels() -> f64 {
    window().device_pixel_ratio().max(0.5)
}

fn draw(canvas: &web_sys::HtmlCanvasElement, view: Viewport, image: &OpenImage, viewer: Size) {
    let ratio = device_pixels();
    let (width, height) = ((viewer.0 * ratio).round(), (viewer.1 * ratio).round());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a screen has fewer than 2^32 pixels"
    )]
    let (width_px, height_px) = (width as u32, height as u32);
    if (canvas.width(), canvas.height()) != (width_px, height_px) {
        canvas.set_width(width_px);
        canvas.set_height(height_px);
    }
    let (Ok(context), Some(pixels)) = (pixels::context(canvas), pixels::get(image.id)) else {
        return;
    };
    context.set_fill_style_str("#000");
    context.fill_rect(0.0, 0.0, width, height);
    let scale = view.scale * ratio;
    // Smooth while the image is smaller than the screen; single pixels stay visible when it is enlarged much.
    context.set_image_smoothing_enabled(scale < 4.0);
    let (w, h) = size_of(image);
    // Drawing a canvas of the page's own onto another is refused only when one of them is empty.
    let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(
        pixels.canvas.unchecked_ref(),
        view.offset_x * ratio,
        view.offset_y * ratio,
        w * scale,
        h * scale,
    );
}
