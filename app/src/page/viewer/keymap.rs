//! The viewer's keys: those of OHIF, and letters for the tools that have none there.

use super::{
    desk::{Layout, Viewer},
    gestures::Tool,
    pose::Pose,
    toolbar::ZOOM_STEP,
};
use crate::page::{Page, panel::PanelKind};
use leptos::prelude::*;

/// Way of one arrow key, in screen pixels.
const ARROW_PX: f64 = 40.0;

/// Slices of Page Up and Page Down.
const PAGE: i64 = 10;

/// What a key does in the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Another tool for the first button.
    Choose(Tool),
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// All of the image.
    Fit,
    /// As it was opened.
    Reset,
    /// Swap black and white.
    Invert,
    /// A quarter turn clockwise.
    TurnRight,
    /// A quarter turn counterclockwise.
    TurnLeft,
    /// Mirror left to right.
    FlipAcross,
    /// Mirror top to bottom.
    FlipDown,
    /// Play or stop.
    Play,
    /// Play or stop; a single image is reset.
    Space,
    /// Three planes or one image.
    Planes,
    /// Compare.
    Compare(Layout),
    /// The metadata table.
    Metadata,
    /// Slices or frames on (or back).
    Step(i64),
    /// The first or the last slice.
    End(bool),
    /// Left or right: of a single image, move it; else to the next or previous open image.
    Sideways(bool),
    /// The window of a number, from 0.
    Preset(usize),
    /// Remove the last mark.
    Unmark,
}

/// Every key, what it does, and how the list of keys says it.
pub(crate) static KEYS: &[(&[&str], Deed, &str)] = &[
    (
        &["w"],
        Deed::Choose(Tool::Window),
        "drag changes window and level",
    ),
    (&["z"], Deed::Choose(Tool::Zoom), "drag zooms"),
    (&["p"], Deed::Choose(Tool::Pan), "drag moves the image"),
    (&["d"], Deed::Choose(Tool::Length), "measure a length"),
    (&["g"], Deed::Choose(Tool::Angle), "measure an angle"),
    (&["e"], Deed::Choose(Tool::Ellipse), "measure in an ellipse"),
    (
        &["Backspace", "Delete"],
        Deed::Unmark,
        "remove the last mark",
    ),
    (&["+"], Deed::ZoomIn, "zoom in"),
    (&["-", "−"], Deed::ZoomOut, "zoom out"),
    (&["="], Deed::Fit, "fit the image"),
    (&["0"], Deed::Reset, "reset window, size and turns"),
    (&["i"], Deed::Invert, "invert"),
    (&["r"], Deed::TurnRight, "turn right"),
    (&["l"], Deed::TurnLeft, "turn left"),
    (&["h"], Deed::FlipAcross, "flip left to right"),
    (&["v"], Deed::FlipDown, "flip top to bottom"),
    (&["c"], Deed::Play, "play or stop"),
    (&[" "], Deed::Space, "play or stop; reset a single image"),
    (&["x"], Deed::Planes, "three planes of a volume"),
    (&["s"], Deed::Compare(Layout::Side), "compare side by side"),
    (
        &["k"],
        Deed::Compare(Layout::Slider),
        "compare with a slider",
    ),
    (&["t"], Deed::Metadata, "metadata of the file"),
    (&["ArrowUp"], Deed::Step(-1), "previous slice"),
    (&["ArrowDown"], Deed::Step(1), "next slice"),
    (&["PageUp"], Deed::Step(-PAGE), "ten slices back"),
    (&["PageDown"], Deed::Step(PAGE), "ten slices on"),
    (&["Home"], Deed::End(false), "first slice"),
    (&["End"], Deed::End(true), "last slice"),
    (&["ArrowLeft"], Deed::Sideways(false), "previous image"),
    (&["ArrowRight"], Deed::Sideways(true), "next image"),
    (&["1"], Deed::Preset(0), "first window (CT: soft tissue)"),
    (&["2"], Deed::Preset(1), "second window (CT: lung)"),
    (&["3"], Deed::Preset(2), "third window (CT: liver)"),
    (&["4"], Deed::Preset(3), "fourth window (CT: bone)"),
    (&["5"], Deed::Preset(4), "fifth window (CT: brain)"),
];

/// What a key does.
pub(crate) fn deed(key: &str) -> Option<Deed> {
    KEYS.iter()
        .find(|(keys, ..)| keys.contains(&key))
        .map(|(_, deed, _)| *deed)
}

/// Does it.
pub(crate) fn act(page: Page, deed: Deed) {
    let viewer = page.viewer;
    match deed {
        Deed::Choose(tool) => viewer.tool.set(tool),
        Deed::ZoomIn => viewer.zoom(ZOOM_STEP),
        Deed::ZoomOut => viewer.zoom(1.0 / ZOOM_STEP),
        Deed::Fit => viewer.fit(),
        Deed::Reset => viewer.reset(),
        Deed::Invert => viewer.invert(),
        Deed::TurnRight => viewer.turn(Pose::turned_right),
        Deed::TurnLeft => viewer.turn(Pose::turned_left),
        Deed::FlipAcross => viewer.turn(Pose::flipped_across),
        Deed::FlipDown => viewer.turn(Pose::flipped_down),
        Deed::Space if viewer.count() < 2 => viewer.reset(),
        Deed::Play | Deed::Space => viewer.play(),
        Deed::Planes => viewer.planes(),
        Deed::Compare(how) => viewer.compare(how),
        Deed::Metadata => page.panel.set(Some(PanelKind::Metadata)),
        Deed::Step(steps) if viewer.count() > 1 => viewer.step(steps),
        Deed::Step(steps) => viewer.pan((0.0, if steps < 0 { ARROW_PX } else { -ARROW_PX })),
        Deed::End(last) => viewer.step(if last { i64::MAX } else { i64::MIN }),
        Deed::Sideways(next) => sideways(page, viewer, next),
        Deed::Preset(number) => viewer.preset(number),
        Deed::Unmark => viewer.unmark(),
    }
}

fn sideways(page: Page, viewer: Viewer, next: bool) {
    let session = page.session;
    let place = session.images.with_untracked(|images| {
        let now = session.current.get_untracked();
        let at = images.iter().position(|image| Some(image.id) == now)?;
        let to = if next { at + 1 } else { at.checked_sub(1)? };
        images.get(to).map(|image| image.id)
    });
    match place {
        Some(id) => session.current.set(Some(id)),
        // The only image: it moves.
        None if session.images.with_untracked(Vec::len) == 1 => {
            viewer.pan((if next { -ARROW_PX } else { ARROW_PX }, 0.0));
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_and_none_is_the_pages_own() {
        let all: Vec<&str> = KEYS
            .iter()
            .flat_map(|(keys, ..)| keys.iter().copied())
            .collect();
        let different: HashSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), different.len());
        for own in ["/", "a", "m", "o", "?", "Escape"] {
            assert!(!different.contains(own), "{own}");
        }
    }

    #[test]
    fn readers_find_their_keys() {
        assert_eq!(deed("z"), Some(Deed::Choose(Tool::Zoom)));
        assert_eq!(deed("5"), Some(Deed::Preset(4)));
        assert_eq!(deed("Home"), Some(Deed::End(false)));
        assert_eq!(deed("q"), None);
    }
}
