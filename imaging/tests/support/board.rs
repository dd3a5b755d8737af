//! The board of real pictures: `tests/images/board.json`.

use serde_json::Value;
use unimed_imaging::{Crop, DisplayWindow, Excerpt, ImagingError, PlaneKind, RgbImage};

/// The file, parsed.
pub(crate) fn board() -> Value {
    serde_json::from_str(include_str!("../../../tests/images/board.json"))
        .expect("board.json is JSON")
}

/// The entries of a list in the file.
pub(crate) fn list<'v>(board: &'v Value, name: &str) -> &'v [Value] {
    board[name]
        .as_array()
        .unwrap_or_else(|| panic!("board.json has no list {name}"))
}

/// A text in an entry.
pub(crate) fn text<'v>(entry: &'v Value, name: &str) -> &'v str {
    entry[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is missing in {entry}"))
}

/// The bytes of a picture's file.
pub(crate) fn file(picture: &Value) -> Vec<u8> {
    crate::support::read(text(picture, "package"), text(picture, "file"))
}

/// What is shown of a picture's file. The evaluation parses the same by serde.
pub(crate) fn excerpt(picture: &Value) -> Excerpt {
    let show = &picture["show"];
    for key in show.as_object().expect("show is an object").keys() {
        let known = ["frame", "plane", "window", "crop", "orientation"];
        assert!(known.contains(&key.as_str()), "{key} in {picture}");
    }
    let whole = |value: &Value| {
        let number = value.as_u64().unwrap_or_else(|| panic!("{picture}"));
        usize::try_from(number).expect("small")
    };
    let present = |value: &'_ Value| (!value.is_null()).then(|| value.clone());
    Excerpt {
        frame: present(&show["frame"]).map_or(0, |frame| whole(&frame)),
        plane: present(&show["plane"]).map(|plane| match plane.as_str() {
            Some("Axial") => PlaneKind::Axial,
            Some("Coronal") => PlaneKind::Coronal,
            Some("Sagittal") => PlaneKind::Sagittal,
            _ => panic!("plane {plane} in {picture}"),
        }),
        window: present(&show["window"]).map(|window| DisplayWindow {
            center: window["center"].as_f64().expect("center"),
            width: window["width"].as_f64().expect("width"),
        }),
        crop: present(&show["crop"]).map(|crop| Crop {
            left: whole(&crop["left"]),
            top: whole(&crop["top"]),
            width: whole(&crop["width"]),
            height: whole(&crop["height"]),
        }),
        orientation: present(&show["orientation"])
            .map(|mark| u8::try_from(whole(&mark)).expect("1 to 8")),
    }
}

/// A picture as the model is asked about it.
pub(crate) fn picture(entry: &Value) -> Result<RgbImage, ImagingError> {
    excerpt(entry).read(text(entry, "file"), &file(entry))
}
