//! What the model is given: the image as it is shown.
//!
//! The slice or plane that has the keys, through its window and inversion, turned and mirrored as on the screen; all of
//! it at its own resolution, so zoom, position, marks and words do not go along. Pixels that are not square are made
//! square. An image on which nothing was changed is given as it was opened.

use crate::{
    language::tr,
    model::{
        image::OpenImage,
        viewport::{
            camera::Camera,
            orientation::Orientation,
            series::{Series, ViewPlane},
            slice_renderer::{ScreenView, SliceRenderer},
            window_level::WindowLevel,
        },
    },
    state::{pane_content::PaneContent, pixels, session::Session},
};
use leptos::prelude::*;
use unimed_protocol::{FileId, Remedy, UserError};
use unimed_web::message::to_buffer;

/// Whether the opened picture itself is what is shown.
fn is_plain(
    series: &Series,
    cut: ViewPlane,
    window_level: &WindowLevel,
    orientation: Orientation,
) -> bool {
    cut == ViewPlane::Stack
        && series.count(cut) == 1
        && orientation == Orientation::default()
        && series.stretch(cut, 0) == (1.0, 1.0)
        && *window_level == WindowLevel::default()
}

/// The image as it is shown, its pixels kept under a number of their own; the image itself where nothing was changed.
/// Follows changes.
///
/// # Errors
///
/// The browser has no room for its pixels.
pub(crate) fn as_shown(session: Session, image: OpenImage) -> Result<OpenImage, UserError> {
    let (Some(series), Some(image_view)) = (
        pixels::series(image.id),
        session.images.viewports.image_view(image.id),
    ) else {
        return Ok(image);
    };
    let content = session.images.pane_content(image_view);
    let (cut, slice) = (content.cut, content.slice());
    let (window_level, orientation) = (
        image_view.window_level.get(),
        content.viewport.orientation.get(),
    );
    if is_plain(&series, cut, &window_level, orientation) {
        return Ok(image);
    }
    let (width, height, rgba) = picture(
        &series,
        cut,
        (slice, content.time()),
        &window_level,
        orientation,
    );
    let id = FileId(session.next_number());
    if pixels::keep(id, width, height, to_buffer(&rgba)).is_err() {
        return Err(too_large(&image.name, width, height));
    }
    let words = words(&series, &content);
    Ok(OpenImage {
        id,
        name: format!("{} ({words})", image.name),
        width,
        height,
        ..image
    })
}

/// Width, height and RGBA of a slice as it is shown, one screen pixel for each of its pixels.
fn picture(
    series: &Series,
    cut: ViewPlane,
    (slice, time): (usize, usize),
    window_level: &WindowLevel,
    orientation: Orientation,
) -> (u32, u32, Vec<u8>) {
    let mut transform = series.view_transform(cut, slice, orientation, (1.0, 1.0));
    let size = transform.size();
    transform.pane = (size.0.round().max(1.0), size.1.round().max(1.0));
    let screen = (transform.pane.0 as usize, transform.pane.1 as usize);
    let screen_view = ScreenView {
        map: transform.screen_map(Camera::default(), 1.0),
        scale: 1.0,
        screen,
    };
    let mut renderer = SliceRenderer::default();
    renderer.take(series, cut, slice, time);
    let mut rgba = Vec::new();
    renderer.paint(series, window_level, &screen_view, &mut rgba);
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    (side(screen.0), side(screen.1), rgba)
}

/// How it is shown, in words: "slice 12/40, W 80 L 40, inverted".
/// Follows changes.
pub(crate) fn words(series: &Series, content: &PaneContent) -> String {
    let (cut, window_level) = (content.cut, content.image_view.window_level.get());
    let inverted = if window_level.invert {
        tr("inverted")
    } else {
        ""
    };
    [
        tr(series.plane_name(cut)),
        &series.slice_words(cut, content.slice()),
        &window_level.words(&series.info, content.frame()),
        inverted,
        tr(content.viewport.orientation.get().words()),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(", ")
}

/// A picture that the browser has no canvas for.
pub(crate) fn too_large(name: &str, width: u32, height: u32) -> UserError {
    UserError::new(
        format!("{name} has {width} x {height} pixels, more than this browser can show."),
        "Open a smaller version of the image.",
        Remedy::ChooseFile,
    )
}
