//! The attention map of an answer, drawn over its image: one square for each patch that the model read, the more it took in the
//! brighter. Squares, not clouds, because patches are all that the model has.

use crate::{
    actions::page::Page,
    language::tr,
    model::{
        image::ImageId,
        viewport::camera::{Camera, Pair, ViewTransform},
    },
    state::pixels,
    views::{
        icons::{Glyph, Icon},
        number_field::typed_number,
    },
};
use leptos::{html, prelude::*};
use unimed_protocol::AttentionMap;
use wasm_bindgen::Clamped;
use web_sys::ImageData;

/// Colour of the squares.
const COLOR: [u8; 3] = [255, 159, 28];

/// Red, green, blue and opacity of every patch: the one that most was taken from is opaque.
fn squares(attention: &AttentionMap) -> Vec<u8> {
    let most = attention.weights.iter().copied().fold(0.0, f32::max);
    let mut rgba = Vec::with_capacity(4 * attention.rows * attention.columns);
    for patch in 0..attention.rows * attention.columns {
        let weight = attention.weights.get(patch).copied().unwrap_or(0.0);
        let share = if most > 0.0 {
            (weight / most).clamp(0.0, 1.0)
        } else {
            0.0
        };
        rgba.extend(COLOR);
        rgba.push((share * 255.0).round() as u8);
    }
    rgba
}

/// How a canvas of one pixel a patch is brought over the picture, as CSS has it.
fn matrix(transform: ViewTransform, camera: Camera, (columns, rows): (usize, usize)) -> String {
    let (width, height) = transform.pixels;
    let origin: Pair = transform.to_screen(camera, (0.0, 0.0));
    let right = transform.to_screen(camera, (width, 0.0));
    let down = transform.to_screen(camera, (0.0, height));
    let (columns, rows) = (columns.max(1) as f64, rows.max(1) as f64);
    format!(
        "matrix({:.4}, {:.4}, {:.4}, {:.4}, {:.2}, {:.2})",
        (right.0 - origin.0) / columns,
        (right.1 - origin.1) / columns,
        (down.0 - origin.0) / rows,
        (down.1 - origin.1) / rows,
        origin.0,
        origin.1
    )
}

/// The squares over a pane, when its image is the one that an answer looked at.
#[component]
pub(crate) fn AttentionOverlay(
    /// The image in the pane.
    image: ImageId,
    /// From the slice to the screen.
    transform: Memo<ViewTransform>,
    /// Where one looks.
    camera: Memo<Camera>,
) -> impl IntoView {
    let page = Page::of_context();
    let canvas = NodeRef::<html::Canvas>::new();
    let attention = Memo::new(move |_| {
        let shown = page.session.conversation.attention.get()?;
        (shown.image == image).then_some(shown.attention)
    });
    Effect::new(move |_| {
        let (Some(canvas), Some(attention)) = (canvas.get(), attention.get()) else {
            return;
        };
        let (columns, rows) = (attention.columns as u32, attention.rows as u32);
        canvas.set_width(columns);
        canvas.set_height(rows);
        let rgba = squares(&attention);
        if let (Ok(context), Ok(data)) = (
            pixels::context(&canvas),
            ImageData::new_with_u8_clamped_array_and_sh(Clamped(&rgba), columns, rows),
        ) {
            // The canvas has just been given this very size.
            let _ = context.put_image_data(&data, 0.0, 0.0);
        }
    });
    let transform = move || {
        let size = attention.with(|attention| {
            attention
                .as_ref()
                .map(|attention| (attention.columns, attention.rows))
        });
        matrix(transform.get(), camera.get(), size.unwrap_or((1, 1)))
    };
    view! {
        <Show when=move || attention.with(Option::is_some)>
            <canvas
                class="gaze"
                node_ref=canvas
                aria-hidden="true"
                data-testid="gaze"
                style:transform=transform
                style:opacity=move || page.viewer.viewports.overlay_opacity.get().to_string()
            ></canvas>
        </Show>
    }
}

/// What the squares are, how strong they are, and their end.
#[component]
pub(crate) fn AttentionControls() -> impl IntoView {
    let page = Page::of_context();
    let overlay_opacity = page.viewer.viewports.overlay_opacity;
    let here = move || {
        let current = page.session.images.current.get();
        page.session.conversation.attention.with(|shown| {
            shown
                .as_ref()
                .is_some_and(|shown| Some(shown.image) == current)
        })
    };
    view! {
        <Show when=here>
            <div class="gaze-foot">
                <span>{tr("Where it looked: attention of the answer over image patches; not a finding")}</span>
                <input
                    type="range"
                    min="0"
                    max="1"
                    step="0.05"
                    aria-label=tr("How strong the attention is drawn")
                    data-testid="gaze-opacity"
                    prop:value=move || overlay_opacity.get().to_string()
                    on:input=move |event| {
                        if let Some(share) = typed_number(&event) {
                            overlay_opacity.set(share);
                        }
                    }
                />
                <button
                    class="plain"
                    type="button"
                    aria-label=tr("Hide where it looked")
                    title=tr("Hide where it looked")
                    on:click=move |_| page.session.conversation.attention.set(None)
                >
                    <Glyph icon=Icon::Close />
                </button>
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::viewport::orientation::Orientation;

    fn attention(weights: &[f32]) -> AttentionMap {
        AttentionMap {
            rows: 1,
            columns: 2,
            weights: weights.to_vec(),
        }
    }

    #[test]
    fn the_patch_that_most_was_taken_from_is_opaque() {
        assert_eq!(
            squares(&attention(&[0.1, 0.2])),
            [255, 159, 28, 128, 255, 159, 28, 255]
        );
        assert_eq!(squares(&attention(&[0.0, 0.0]))[3], 0);
        assert_eq!(squares(&attention(&[0.5])).len(), 8);
    }

    #[test]
    fn patches_lie_on_the_picture_however_it_is_turned() {
        let transform = ViewTransform {
            pixels: (40.0, 20.0),
            stretch: (1.0, 1.0),
            orientation: Orientation::default(),
            pane: (80.0, 40.0),
        };
        let camera = Camera::default();
        assert_eq!(
            matrix(transform, camera, (2, 1)),
            "matrix(40.0000, 0.0000, 0.0000, 40.0000, 0.00, 0.00)"
        );
        let turned = ViewTransform {
            orientation: Orientation::default().turned_right(),
            pane: (20.0, 40.0),
            ..transform
        };
        // The left edge is on top now, and what was the top edge on the right.
        assert_eq!(
            matrix(turned, camera, (2, 1)),
            "matrix(0.0000, 20.0000, -20.0000, 0.0000, 20.00, 0.00)"
        );
    }
}
