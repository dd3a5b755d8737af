//! Where an answer looked, drawn over its image: one square for each patch that the model read, the more it took in the
//! brighter. Squares, not clouds, because patches are all that the model has.

use super::camera::{Camera, Lie, Pair};
use crate::{
    Page,
    icons::{Glyph, Icon},
    language::tr,
    pixels::{self, ImageId},
    typed_number,
};
use leptos::{html, prelude::*};
use unimed_protocol::Gaze;
use wasm_bindgen::Clamped;
use web_sys::ImageData;

/// What is drawn over which image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GazeShown {
    /// The image that the answer was about, as the model got it.
    pub(crate) image: ImageId,
    /// Where the answer looked.
    pub(crate) gaze: Gaze,
}

/// Colour of the squares.
const COLOR: [u8; 3] = [255, 159, 28];

/// Red, green, blue and opacity of every patch: the one that most was taken from is opaque.
fn squares(gaze: &Gaze) -> Vec<u8> {
    let most = gaze.weights.iter().copied().fold(0.0, f32::max);
    let mut rgba = Vec::with_capacity(4 * gaze.rows * gaze.columns);
    for patch in 0..gaze.rows * gaze.columns {
        let weight = gaze.weights.get(patch).copied().unwrap_or(0.0);
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
fn matrix(lie: Lie, camera: Camera, (columns, rows): (usize, usize)) -> String {
    let (width, height) = lie.pixels;
    let origin: Pair = lie.to_screen(camera, (0.0, 0.0));
    let right = lie.to_screen(camera, (width, 0.0));
    let down = lie.to_screen(camera, (0.0, height));
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
pub(crate) fn Overlay(
    /// The image in the pane.
    image: ImageId,
    /// How it lies.
    lie: Memo<Lie>,
    /// Where one looks.
    camera: Memo<Camera>,
) -> impl IntoView {
    let page = Page::of_context();
    let canvas = NodeRef::<html::Canvas>::new();
    let gaze = Memo::new(move |_| {
        let shown = page.session.gaze.get()?;
        (shown.image == image).then_some(shown.gaze)
    });
    Effect::new(move |_| {
        let (Some(canvas), Some(gaze)) = (canvas.get(), gaze.get()) else {
            return;
        };
        let (columns, rows) = (gaze.columns as u32, gaze.rows as u32);
        canvas.set_width(columns);
        canvas.set_height(rows);
        let rgba = squares(&gaze);
        if let (Ok(context), Ok(data)) = (
            pixels::context(&canvas),
            ImageData::new_with_u8_clamped_array_and_sh(Clamped(&rgba), columns, rows),
        ) {
            // The canvas has just been given this very size.
            let _ = context.put_image_data(&data, 0.0, 0.0);
        }
    });
    let transform = move || {
        let size = gaze.with(|gaze| gaze.as_ref().map(|gaze| (gaze.columns, gaze.rows)));
        matrix(lie.get(), camera.get(), size.unwrap_or((1, 1)))
    };
    view! {
        <Show when=move || gaze.with(Option::is_some)>
            <canvas
                class="gaze"
                node_ref=canvas
                aria-hidden="true"
                data-testid="gaze"
                style:transform=transform
                style:opacity=move || page.viewer.glow.get().to_string()
            ></canvas>
        </Show>
    }
}

/// What the squares are, how strong they are, and their end.
#[component]
pub(crate) fn GazeControls() -> impl IntoView {
    let page = Page::of_context();
    let glow = page.viewer.glow;
    let here = move || {
        let current = page.session.current.get();
        page.session.gaze.with(|shown| {
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
                    prop:value=move || glow.get().to_string()
                    on:input=move |event| {
                        if let Some(share) = typed_number(&event) {
                            glow.set(share);
                        }
                    }
                />
                <button
                    class="plain"
                    type="button"
                    aria-label=tr("Hide where it looked")
                    title=tr("Hide where it looked")
                    on:click=move |_| page.session.gaze.set(None)
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
    use crate::viewer::pose::Pose;

    fn gaze(weights: &[f32]) -> Gaze {
        Gaze {
            rows: 1,
            columns: 2,
            weights: weights.to_vec(),
        }
    }

    #[test]
    fn the_patch_that_most_was_taken_from_is_opaque() {
        assert_eq!(
            squares(&gaze(&[0.1, 0.2])),
            [255, 159, 28, 128, 255, 159, 28, 255]
        );
        assert_eq!(squares(&gaze(&[0.0, 0.0]))[3], 0);
        assert_eq!(squares(&gaze(&[0.5])).len(), 8);
    }

    #[test]
    fn patches_lie_on_the_picture_however_it_is_turned() {
        let lie = Lie {
            pixels: (40.0, 20.0),
            stretch: (1.0, 1.0),
            pose: Pose::default(),
            pane: (80.0, 40.0),
        };
        let camera = Camera::default();
        assert_eq!(
            matrix(lie, camera, (2, 1)),
            "matrix(40.0000, 0.0000, 0.0000, 40.0000, 0.00, 0.00)"
        );
        let turned = Lie {
            pose: Pose::default().turned_right(),
            pane: (20.0, 40.0),
            ..lie
        };
        // The left edge is on top now, and what was the top edge on the right.
        assert_eq!(
            matrix(turned, camera, (2, 1)),
            "matrix(0.0000, 20.0000, -20.0000, 0.0000, 20.00, 0.00)"
        );
    }
}
