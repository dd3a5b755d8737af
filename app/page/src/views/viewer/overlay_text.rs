//! What is said over a pane: window and level, zoom, slice, the patient's sides, the value under the pointer, a scale.

use crate::{
    actions::viewer::device_pixels,
    model::viewport::{
        camera::{Camera, ViewTransform},
        scale_bar::{scale_bar, where_it_holds},
        series::Series,
        window_level::number,
    },
    state::{pane_content::PaneContent, pixels},
};
use leptos::prelude::*;

/// The longest scale bar, as a share of the pane's width.
const BAR_SHARE: f64 = 0.25;

/// The words over a pane.
#[component]
pub(crate) fn OverlayText(
    /// What the pane shows.
    content: PaneContent,
    /// From the slice to the screen.
    transform: Memo<ViewTransform>,
    /// Where one looks.
    camera: Memo<Camera>,
    /// The slice.
    slice: Memo<usize>,
    /// Column, row and value under the pointer; empty words where there is none.
    value: Signal<Option<(usize, usize, String)>>,
) -> impl IntoView {
    let (image_view, cut, viewport) = (content.image_view, content.cut, content.viewport);
    let info = move |say: &dyn Fn(&Series) -> String| {
        pixels::series(image_view.id).map_or_else(String::new, |series| say(&series))
    };
    let window = move || {
        let window_level = image_view.window_level.get();
        info(&|series| window_level.words(&series.info, content.frame()))
    };
    let zoom = move || {
        let zoom = transform.get().scale(camera.get()) * device_pixels();
        format!("{}×", number((zoom * 100.0).round() / 100.0))
    };
    let slices = move || info(&|series| series.slice_words(cut, slice.get()));
    let plane = move || info(&|series| series.plane_name(cut).to_owned());
    let under = move || {
        value.get().map(|(x, y, value)| {
            let colon = if value.is_empty() { "" } else { ": " };
            format!("x {x} y {y}{colon}{value}")
        })
    };
    let edges = move || {
        let edges = pixels::series(image_view.id).map(|series| series.edges(cut, slice.get()));
        viewport.orientation.get().edges(&edges.unwrap_or_default())
    };
    let letters = move || {
        let sides = ["left", "right", "top", "bottom"];
        edges()
            .into_iter()
            .zip(sides)
            .filter(|(letters, _)| !letters.is_empty())
            .map(|(letters, side)| view! { <span class=format!("edge edge-{side}") data-testid=format!("edge-{side}")>{letters}</span> })
            .collect_view()
    };
    let bar = move || {
        let series = pixels::series(image_view.id)?;
        let ((across, down), kind) = series.pixel_mm(cut, slice.get())?;
        let transform = transform.get();
        let px_per_mm = transform.scale(camera.get()) / across.min(down);
        let (length_mm, length_px) = scale_bar(px_per_mm, transform.pane.0 * BAR_SHARE)?;
        let (unit, of_mm) = match length_mm {
            10.0.. => ("cm", 0.1),
            0.1.. => ("mm", 1.0),
            _ => ("µm", 1000.0),
        };
        let words = format!(
            "{} {unit}{}",
            number(length_mm * of_mm),
            where_it_holds(kind)
        );
        Some(view! {
            <div class="scale" data-testid="scale-bar" data-mm=length_mm.to_string()>
                <span class="scale-words">{words}</span>
                <span class="scale-line" style:width=format!("{length_px:.1}px")></span>
            </div>
        })
    };
    view! {
        <div class="pane-words" aria-hidden="true">
            {letters}
            <div class="pane-top">
                <span>{plane}</span>
                <span data-testid="value">{under}</span>
            </div>
            <div class="pane-bottom numbers">
                <span data-testid="window-level">{window}</span>
                <span data-testid="zoom">{zoom}</span>
                <span data-testid="slice">{slices}</span>
            </div>
            {bar}
        </div>
    }
}
