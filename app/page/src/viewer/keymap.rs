//! The viewer's keys: those of OHIF, and letters for the tools that have none there.

use super::{
    desk::{Layout, Viewer},
    gestures::Tool,
    pane::device_pixels,
    pose::Pose,
};
use crate::{
    Page,
    language::{say, tr},
    panel::PanelKind,
};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Way of one arrow key, in screen pixels.
const ARROW_PX: f64 = 40.0;

/// Zoom of one key press or button.
const ZOOM_STEP: f64 = 1.25;

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
    /// One image pixel on one screen pixel.
    Actual,
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

/// A deed, and the keys that do it until the person chooses another one.
#[derive(Debug)]
pub(crate) struct Binding {
    /// Its name in the settings.
    pub(crate) name: &'static str,
    keys: &'static [&'static str],
    /// What is done.
    pub(crate) deed: Deed,
    /// What the list of keys says of it.
    pub(crate) does: &'static str,
}

/// The keys that the person chose, by the names of the bindings.
pub(crate) type OwnKeys = BTreeMap<String, String>;

const fn bind(
    name: &'static str,
    keys: &'static [&'static str],
    deed: Deed,
    does: &'static str,
) -> Binding {
    Binding {
        name,
        keys,
        deed,
        does,
    }
}

/// Everything that a key does.
pub(crate) static BINDINGS: &[Binding] = &[
    bind(
        "window",
        &["w"],
        Deed::Choose(Tool::Window),
        "drag changes window and level",
    ),
    bind("zoom", &["z"], Deed::Choose(Tool::Zoom), "drag zooms"),
    bind(
        "move",
        &["p"],
        Deed::Choose(Tool::Pan),
        "drag moves the image",
    ),
    bind(
        "length",
        &["d"],
        Deed::Choose(Tool::Length),
        "measure a length",
    ),
    bind(
        "angle",
        &["g"],
        Deed::Choose(Tool::Angle),
        "measure an angle",
    ),
    bind(
        "ellipse",
        &["e"],
        Deed::Choose(Tool::Ellipse),
        "measure in an ellipse",
    ),
    bind(
        "unmark",
        &["Backspace", "Delete"],
        Deed::Unmark,
        "remove the last mark",
    ),
    bind("zoom-in", &["+"], Deed::ZoomIn, "zoom in"),
    bind("zoom-out", &["-", "−"], Deed::ZoomOut, "zoom out"),
    bind("fit", &["="], Deed::Fit, "fit the image"),
    bind(
        "actual",
        &["."],
        Deed::Actual,
        "actual size: an image pixel is a screen pixel",
    ),
    bind("reset", &["0"], Deed::Reset, "reset window, size and turns"),
    bind("invert", &["i"], Deed::Invert, "invert"),
    bind("turn-right", &["r"], Deed::TurnRight, "turn right"),
    bind("turn-left", &["l"], Deed::TurnLeft, "turn left"),
    bind(
        "flip-across",
        &["h"],
        Deed::FlipAcross,
        "flip left to right",
    ),
    bind("flip-down", &["v"], Deed::FlipDown, "flip top to bottom"),
    bind("play", &["c"], Deed::Play, "play or stop"),
    bind(
        "play-or-reset",
        &[" "],
        Deed::Space,
        "play or stop; reset a single image",
    ),
    bind("planes", &["x"], Deed::Planes, "three planes of a volume"),
    bind(
        "side",
        &["s"],
        Deed::Compare(Layout::Side),
        "compare side by side",
    ),
    bind(
        "slider",
        &["k"],
        Deed::Compare(Layout::Slider),
        "compare with a slider",
    ),
    bind("metadata", &["t"], Deed::Metadata, "metadata of the file"),
    bind("previous", &["ArrowUp"], Deed::Step(-1), "previous slice"),
    bind("next", &["ArrowDown"], Deed::Step(1), "next slice"),
    bind(
        "page-back",
        &["PageUp"],
        Deed::Step(-PAGE),
        "ten slices back",
    ),
    bind("page-on", &["PageDown"], Deed::Step(PAGE), "ten slices on"),
    bind("first", &["Home"], Deed::End(false), "first slice"),
    bind("last", &["End"], Deed::End(true), "last slice"),
    bind(
        "image-before",
        &["ArrowLeft"],
        Deed::Sideways(false),
        "previous image",
    ),
    bind(
        "image-after",
        &["ArrowRight"],
        Deed::Sideways(true),
        "next image",
    ),
    bind(
        "window-1",
        &["1"],
        Deed::Preset(0),
        "first window (CT: soft tissue)",
    ),
    bind(
        "window-2",
        &["2"],
        Deed::Preset(1),
        "second window (CT: lung)",
    ),
    bind(
        "window-3",
        &["3"],
        Deed::Preset(2),
        "third window (CT: liver)",
    ),
    bind(
        "window-4",
        &["4"],
        Deed::Preset(3),
        "fourth window (CT: bone)",
    ),
    bind(
        "window-5",
        &["5"],
        Deed::Preset(4),
        "fifth window (CT: brain)",
    ),
];

impl Binding {
    /// The keys that do it.
    pub(crate) fn keys<'a>(&'a self, own: &'a OwnKeys) -> Vec<&'a str> {
        own.get(self.name)
            .map_or_else(|| self.keys.to_vec(), |key| vec![key.as_str()])
    }
}

/// What a key is bound to; `None` for a key without a use.
pub(crate) fn binding(key: &str, own: &OwnKeys) -> Option<&'static Binding> {
    BINDINGS
        .iter()
        .find(|binding| binding.keys(own).contains(&key))
}

/// A key of a deed, as it is written on a keyboard; empty where there is none.
pub(crate) fn key_of(deed: Deed, own: &OwnKeys) -> String {
    BINDINGS
        .iter()
        .find(|binding| binding.deed == deed)
        .and_then(|binding| {
            binding
                .keys(own)
                .first()
                .map(|key| key_name(key).to_owned())
        })
        .unwrap_or_default()
}

/// A key as it is written on a keyboard.
pub(crate) fn key_name(key: &str) -> &str {
    match key {
        " " => "space",
        "ArrowUp" => "↑",
        "ArrowDown" => "↓",
        "ArrowLeft" => "←",
        "ArrowRight" => "→",
        "PageUp" => "Page up",
        "PageDown" => "Page down",
        key => key,
    }
}

/// Keys that the whole page has for itself.
pub(crate) const PAGE_KEYS: [&str; 7] = ["/", "a", "m", "o", "?", "Escape", "Tab"];

/// Chooses a key for a binding in place of its standard ones. `Err` says what the key does already.
pub(crate) fn rebind(own: &mut OwnKeys, name: &'static str, key: &str) -> Result<(), String> {
    if PAGE_KEYS.contains(&key) {
        return Err(say("{} is a key of the page itself.", &[key_name(key)]));
    }
    match binding(key, own) {
        Some(taken) if taken.name != name => {
            return Err(say("{} is taken: {}.", &[key_name(key), tr(taken.does)]));
        }
        _ => {}
    }
    let standard = BINDINGS
        .iter()
        .any(|binding| binding.name == name && binding.keys.contains(&key));
    if standard {
        own.remove(name);
    } else {
        own.insert(name.to_owned(), key.to_owned());
    }
    Ok(())
}

/// Does it.
pub(crate) fn act(page: Page, deed: Deed) {
    let viewer = page.viewer;
    match deed {
        Deed::Choose(tool) => viewer.tool.set(tool),
        Deed::ZoomIn => viewer.zoom(ZOOM_STEP),
        Deed::ZoomOut => viewer.zoom(1.0 / ZOOM_STEP),
        Deed::Fit => viewer.fit(),
        Deed::Actual => viewer.actual(device_pixels()),
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
        let all: Vec<&str> = BINDINGS.iter().flat_map(|b| b.keys).copied().collect();
        let different: HashSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), different.len());
        let names: HashSet<&str> = BINDINGS.iter().map(|b| b.name).collect();
        assert_eq!(names.len(), BINDINGS.len());
        for own in PAGE_KEYS {
            assert!(!different.contains(own), "{own}");
        }
    }

    #[test]
    fn readers_find_their_keys() {
        let deed = |key| binding(key, &OwnKeys::new()).map(|b| b.deed);
        assert_eq!(deed("z"), Some(Deed::Choose(Tool::Zoom)));
        assert_eq!(deed("5"), Some(Deed::Preset(4)));
        assert_eq!(deed("Home"), Some(Deed::End(false)));
        assert_eq!(deed("q"), None);
    }

    #[test]
    fn a_chosen_key_takes_the_place_of_the_standard_ones() {
        let mut own = OwnKeys::new();
        assert_eq!(rebind(&mut own, "invert", "q"), Ok(()));
        assert_eq!(binding("q", &own).map(|b| b.deed), Some(Deed::Invert));
        assert!(binding("i", &own).is_none());
        assert_eq!(key_of(Deed::Invert, &own), "q");
        // What was given up is free for others; what is taken is told.
        assert_eq!(rebind(&mut own, "metadata", "i"), Ok(()));
        assert_eq!(
            rebind(&mut own, "invert", "i"),
            Err("i is taken: metadata of the file.".to_owned())
        );
        assert_eq!(
            rebind(&mut own, "invert", "/"),
            Err("/ is a key of the page itself.".to_owned())
        );
        assert_eq!(rebind(&mut own, "metadata", "t"), Ok(()));
        assert_eq!(rebind(&mut own, "invert", "i"), Ok(()));
        assert_eq!(own, OwnKeys::new());
    }
}
