//! The viewer's commands and their keys: where OHIF has a key for one, mostly that (docs/reference/viewer.md compares them).

use crate::{
    language::{say, tr},
    model::viewport::{layout::Layout, pointer::Tool},
};
use std::collections::BTreeMap;

/// Slices of Page Up and Page Down.
const PAGE: i64 = 10;

/// What a key does in the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
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
    FlipHorizontal,
    /// Mirror top to bottom.
    FlipVertical,
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
    DeleteLastMark,
}

/// A command, and the keys that run it until the person chooses another one.
#[derive(Debug)]
pub(crate) struct Binding {
    /// Its name in the settings.
    pub(crate) name: &'static str,
    keys: &'static [&'static str],
    /// What is done.
    pub(crate) command: Command,
    /// What the list of keys says of it.
    pub(crate) does: &'static str,
}

/// The keys that the person chose, by the names of the bindings.
pub(crate) type OwnKeys = BTreeMap<String, String>;

const fn bind(
    name: &'static str,
    keys: &'static [&'static str],
    command: Command,
    does: &'static str,
) -> Binding {
    Binding {
        name,
        keys,
        command,
        does,
    }
}

/// Everything that a key does.
pub(crate) static BINDINGS: &[Binding] = &[
    bind(
        "window",
        &["w"],
        Command::Choose(Tool::Window),
        "drag changes window and level",
    ),
    bind("zoom", &["z"], Command::Choose(Tool::Zoom), "drag zooms"),
    bind(
        "move",
        &["p"],
        Command::Choose(Tool::Pan),
        "drag moves the image",
    ),
    bind(
        "length",
        &["d"],
        Command::Choose(Tool::Length),
        "measure a length",
    ),
    bind(
        "angle",
        &["g"],
        Command::Choose(Tool::Angle),
        "measure an angle",
    ),
    bind(
        "ellipse",
        &["e"],
        Command::Choose(Tool::Ellipse),
        "measure in an ellipse",
    ),
    bind(
        "unmark",
        &["Backspace", "Delete"],
        Command::DeleteLastMark,
        "remove the last mark",
    ),
    bind("zoom-in", &["+"], Command::ZoomIn, "zoom in"),
    bind("zoom-out", &["-", "−"], Command::ZoomOut, "zoom out"),
    bind("fit", &["="], Command::Fit, "fit the image"),
    bind(
        "actual",
        &["."],
        Command::Actual,
        "actual size: an image pixel is a screen pixel",
    ),
    bind(
        "reset",
        &["0"],
        Command::Reset,
        "reset window, size and turns",
    ),
    bind("invert", &["i"], Command::Invert, "invert"),
    bind("turn-right", &["r"], Command::TurnRight, "turn right"),
    bind("turn-left", &["l"], Command::TurnLeft, "turn left"),
    bind(
        "flip-across",
        &["h"],
        Command::FlipHorizontal,
        "flip left to right",
    ),
    bind(
        "flip-down",
        &["v"],
        Command::FlipVertical,
        "flip top to bottom",
    ),
    bind("play", &["c"], Command::Play, "play or stop"),
    bind(
        "play-or-reset",
        &[" "],
        Command::Space,
        "play or stop; reset a single image",
    ),
    bind(
        "planes",
        &["x"],
        Command::Planes,
        "three planes of a volume",
    ),
    bind(
        "side",
        &["s"],
        Command::Compare(Layout::Side),
        "compare side by side",
    ),
    bind(
        "slider",
        &["k"],
        Command::Compare(Layout::Slider),
        "compare with a slider",
    ),
    bind(
        "metadata",
        &["t"],
        Command::Metadata,
        "metadata of the file",
    ),
    bind(
        "previous",
        &["ArrowUp"],
        Command::Step(-1),
        "previous slice",
    ),
    bind("next", &["ArrowDown"], Command::Step(1), "next slice"),
    bind(
        "page-back",
        &["PageUp"],
        Command::Step(-PAGE),
        "ten slices back",
    ),
    bind(
        "page-on",
        &["PageDown"],
        Command::Step(PAGE),
        "ten slices on",
    ),
    bind("first", &["Home"], Command::End(false), "first slice"),
    bind("last", &["End"], Command::End(true), "last slice"),
    bind(
        "image-before",
        &["ArrowLeft"],
        Command::Sideways(false),
        "previous image",
    ),
    bind(
        "image-after",
        &["ArrowRight"],
        Command::Sideways(true),
        "next image",
    ),
    bind(
        "window-1",
        &["1"],
        Command::Preset(0),
        "first window (CT: soft tissue)",
    ),
    bind(
        "window-2",
        &["2"],
        Command::Preset(1),
        "second window (CT: lung)",
    ),
    bind(
        "window-3",
        &["3"],
        Command::Preset(2),
        "third window (CT: liver)",
    ),
    bind(
        "window-4",
        &["4"],
        Command::Preset(3),
        "fourth window (CT: bone)",
    ),
    bind(
        "window-5",
        &["5"],
        Command::Preset(4),
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

/// A key of a command, as it is written on a keyboard; empty where there is none.
pub(crate) fn key_of(command: Command, own: &OwnKeys) -> String {
    BINDINGS
        .iter()
        .find(|binding| binding.command == command)
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
        let command = |key| binding(key, &OwnKeys::new()).map(|b| b.command);
        assert_eq!(command("z"), Some(Command::Choose(Tool::Zoom)));
        assert_eq!(command("5"), Some(Command::Preset(4)));
        assert_eq!(command("Home"), Some(Command::End(false)));
        assert_eq!(command("q"), None);
    }

    #[test]
    fn a_chosen_key_takes_the_place_of_the_standard_ones() {
        let mut own = OwnKeys::new();
        assert_eq!(rebind(&mut own, "invert", "q"), Ok(()));
        assert_eq!(binding("q", &own).map(|b| b.command), Some(Command::Invert));
        assert!(binding("i", &own).is_none());
        assert_eq!(key_of(Command::Invert, &own), "q");
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
