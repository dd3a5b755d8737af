//! What an image that was made from another one changed: the two laid over each other, bright where they differ.

use crate::{
    language::{say, tr},
    model::{image::ImageId, progress::decimal},
    state::pixels,
};
use leptos::{html, prelude::*};
use wasm_bindgen::{Clamped, JsValue};
use web_sys::{HtmlCanvasElement, ImageData};

/// How two images differ.
#[derive(Debug, Clone, PartialEq)]
struct Difference {
    /// Grey of the difference, opaque, as a canvas has it.
    rgba: Vec<u8>,
    /// Mean over pixels and channels, of 255.
    mean: f64,
    /// The largest of a pixel, of 255.
    most: u8,
}

/// Compares two images of the same size, given as red, green, blue, opacity.
fn compare(before: &[u8], after: &[u8]) -> Difference {
    let mut rgba = Vec::with_capacity(after.len());
    let (mut sum, mut most) = (0_u64, 0_u8);
    for (before, after) in before.chunks_exact(4).zip(after.chunks_exact(4)) {
        let channel = |place: usize| before[place].abs_diff(after[place]);
        let differences = [channel(0), channel(1), channel(2)];
        let largest = differences.into_iter().max().unwrap_or(0);
        sum += differences
            .iter()
            .map(|value| u64::from(*value))
            .sum::<u64>();
        most = most.max(largest);
        rgba.extend([largest, largest, largest, 255]);
    }
    let values = (rgba.len() / 4 * 3).max(1);
    Difference {
        mean: sum as f64 / values as f64,
        rgba,
        most,
    }
}

/// The pixels of an image at another size, as the browser resizes them.
fn pixels_at(id: ImageId, width: u32, height: u32) -> Result<Vec<u8>, JsValue> {
    let known = pixels::get(id).ok_or_else(|| JsValue::from_str("the image was closed"))?;
    let canvas = pixels::blank_canvas(width, height)?;
    let context = pixels::context(&canvas)?;
    context.draw_image_with_html_canvas_element_and_dw_and_dh(
        &known.canvas()?,
        0.0,
        0.0,
        f64::from(width),
        f64::from(height),
    )?;
    let data = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?;
    Ok(data.data().0)
}

/// Draws the difference and says how large it is.
fn draw(source: ImageId, made: ImageId, canvas: &HtmlCanvasElement) -> Result<String, JsValue> {
    let known = pixels::get(made).ok_or_else(|| JsValue::from_str("the image was closed"))?;
    let (width, height) = (known.width, known.height);
    let found = compare(
        &pixels_at(source, width, height)?,
        &pixels_at(made, width, height)?,
    );
    canvas.set_width(width);
    canvas.set_height(height);
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&found.rgba), width, height)?;
    pixels::context(canvas)?.put_image_data(&data, 0.0, 0.0)?;
    Ok(words(&found))
}

fn words(found: &Difference) -> String {
    say(
        "Difference from the source: bright where the two differ; {} of 255 on average, {} at most",
        &[&decimal(found.mean), &found.most.to_string()],
    )
}

/// The difference between an image and its source, with its size in words.
#[component]
pub(crate) fn DifferenceMap(
    /// What it was made from.
    source: ImageId,
    /// What was made.
    made: Memo<Option<(ImageId, u32)>>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let caption = RwSignal::new(String::new());
    Effect::new(move |_| {
        let (Some(canvas), Some((made, _))) = (canvas.get(), made.get()) else {
            return;
        };
        caption.set(draw(source, made, &canvas).unwrap_or_else(|_| {
            tr("The difference cannot be shown: one of the two images is no longer open. Open it again.").to_owned()
        }));
    });
    view! {
        <figure class="painting">
            <canvas class="painted" node_ref=canvas role="img" aria-label=move || caption.get() data-testid="difference"></canvas>
        </figure>
        <p class="meta" data-testid="difference-words">{move || caption.get()}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pixels_are_black_and_the_largest_channel_counts() {
        let before = [10, 10, 10, 255, 0, 0, 0, 255];
        let after = [10, 10, 10, 255, 0, 60, 30, 255];
        let found = compare(&before, &after);
        assert_eq!(found.rgba, [0, 0, 0, 255, 60, 60, 60, 255]);
        assert_eq!((found.mean, found.most), (15.0, 60));
        assert_eq!(
            words(&found),
            "Difference from the source: bright where the two differ; 15.0 of 255 on average, 60 at most"
        );
        assert_eq!(compare(&[], &[]).mean, 0.0);
    }
}
