//! What is said over a pane: window and level, zoom, slice, the patient's sides, the value under the pointer, a scale.

use super::{
    camera::{Camera, Lie},
    pane::{Shows, device_pixels},
    stack,
    tone::number,
};
use crate::language::tr;
use leptos::prelude::*;
use unimed_imaging::SpacingKind;

/// The longest scale bar, as a share of the pane's width.
const BAR_SHARE: f64 = 0.25;

/// The words over a pane.
#[component]
pub(crate) fn PaneWords(
    /// What the pane shows.
    shows: Shows,
    /// How it lies.
    lie: Memo<Lie>,
    /// Where one looks.
    camera: Memo<Camera>,
    /// The slice.
    slice: Memo<usize>,
    /// Column, row and value under the pointer; empty words where there is none.
    value: Signal<Option<(usize, usize, String)>>,
) -> impl IntoView {
    let (desk, cut, place) = (shows.desk, shows.cut, shows.place);
    let info = move |say: &dyn Fn(&stack::Stack) -> String| {
        stack::of(desk.id).map_or_else(String::new, |stack| say(&stack))
    };
    let window = move || {
        let tone = desk.tone.get();
        info(&|stack| tone.words(&stack.info, shows.frame()))
    };
    let zoom = move || {
        let zoom = lie.get().scale(camera.get()) * device_pixels();
        format!("{}×", number((zoom * 100.0).round() / 100.0))
    };
    let slices = move || info(&|stack| stack.slice_words(cut, slice.get()));
    let plane = move || info(&|stack| stack.plane_name(cut).to_owned());
    let under = move || {
        value.get().map(|(x, y, value)| {
            let colon = if value.is_empty() { "" } else { ": " };
            format!("x {x} y {y}{colon}{value}")
        })
    };
    let edges = move || {
        let edges = stack::of(desk.id).map(|stack| stack.edges(cut, slice.get()));
        place.pose.get().edges(&edges.unwrap_or_default())
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
        let stack = stack::of(desk.id)?;
        let ((across, down), kind) = stack.pixel_mm(cut, slice.get())?;
        let lie = lie.get();
        let px_per_mm = lie.scale(camera.get()) / across.min(down);
        let (length_mm, length_px) = scale_bar(px_per_mm, lie.pane.0 * BAR_SHARE)?;
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

/// What is said after a length that does not simply hold in the patient.
pub(crate) fn where_it_holds(kind: SpacingKind) -> &'static str {
    match kind {
        SpacingKind::Detector => tr(" at the detector"),
        SpacingKind::Film => tr(" on the film"),
        SpacingKind::Magnified => tr(" by the magnification that the file estimates"),
        SpacingKind::Patient | SpacingKind::Ultrasound => "",
    }
}

/// The longest of 1, 2, 5, 10, ... mm that is at most `room_px` long: its length in mm and in screen pixels.
pub(crate) fn scale_bar(px_per_mm: f64, room_px: f64) -> Option<(f64, f64)> {
    if !(px_per_mm > 0.0 && room_px >= 8.0 && px_per_mm.is_finite()) {
        return None;
    }
    let most = room_px / px_per_mm;
    let power = 10.0_f64.powf(most.log10().floor());
    let length_mm = [5.0, 2.0, 1.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|length| *length <= most * (1.0 + 1e-9))?;
    Some((length_mm, length_mm * px_per_mm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_a_round_number_that_fits() {
        // 200 px at 3 px a mm: 66 mm would fit.
        assert_eq!(scale_bar(3.0, 200.0), Some((50.0, 150.0)));
        assert_eq!(scale_bar(10.0, 200.0), Some((20.0, 200.0)));
        let (length_mm, length_px) = scale_bar(1000.0, 200.0).expect("fits");
        assert!((length_mm - 0.2).abs() < 1e-12 && (length_px - 200.0).abs() < 1e-9);
        assert_eq!(scale_bar(0.0, 200.0), None);
    }
}
