//! What the model is given: the image as it is shown.
//!
//! The slice or plane that has the keys, through its window and inversion, turned and mirrored as on the screen; all of
//! it at its own resolution, so zoom, position, marks and words do not go along. Pixels that are not square are made
//! square. An image on which nothing was changed is given as it was opened.

use super::{
    camera::{Camera, Lie},
    desk::Viewer,
    painter::{Painter, Sight},
    pane::Shows,
    pose::Pose,
    stack::{self, Cut, Stack},
    tone::Tone,
};
use crate::{
    decoder_link::too_large,
    language::tr,
    pixels,
    state::{OpenImage, Session},
};
use leptos::prelude::*;
use unimed_protocol::{FileId, Trouble};
use unimed_web::message::to_buffer;

/// Whether the opened picture itself is what is shown.
fn is_plain(stack: &Stack, cut: Cut, tone: &Tone, pose: Pose) -> bool {
    cut == Cut::Stack
        && stack.count(cut) == 1
        && pose == Pose::default()
        && stack.stretch(cut, 0) == (1.0, 1.0)
        && *tone == Tone::default()
}

/// The image as it is shown, its pixels kept under a number of their own; the image itself where nothing was changed.
/// Follows changes.
///
/// # Errors
///
/// The browser has no room for its pixels.
pub(crate) fn as_shown(
    viewer: Viewer,
    session: Session,
    image: OpenImage,
) -> Result<OpenImage, Trouble> {
    let (Some(stack), Some(desk)) = (stack::of(image.id), viewer.desk(image.id)) else {
        return Ok(image);
    };
    let shows = viewer.shows(desk);
    let (cut, slice) = (shows.cut, shows.slice());
    let (tone, pose) = (desk.tone.get(), shows.place.pose.get());
    if is_plain(&stack, cut, &tone, pose) {
        return Ok(image);
    }
    let (width, height, rgba) = picture(&stack, cut, (slice, shows.time()), &tone, pose);
    let id = FileId(session.next_number());
    if pixels::keep(id, width, height, to_buffer(&rgba)).is_err() {
        return Err(too_large(&image.name, width, height));
    }
    let words = words(&stack, &shows);
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
    stack: &Stack,
    cut: Cut,
    (slice, time): (usize, usize),
    tone: &Tone,
    pose: Pose,
) -> (u32, u32, Vec<u8>) {
    let (width, height) = stack.size(cut);
    let mut lie = Lie {
        pixels: (width as f64, height as f64),
        stretch: stack.stretch(cut, slice),
        pose,
        pane: (1.0, 1.0),
    };
    let size = lie.size();
    lie.pane = (size.0.round().max(1.0), size.1.round().max(1.0));
    let screen = (lie.pane.0 as usize, lie.pane.1 as usize);
    let sight = Sight {
        map: lie.screen_map(Camera::default(), 1.0),
        scale: 1.0,
        screen,
    };
    let mut painter = Painter::default();
    painter.take(stack, cut, slice, time);
    let mut rgba = Vec::new();
    painter.paint(stack, tone, &sight, &mut rgba);
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    (side(screen.0), side(screen.1), rgba)
}

/// How it is shown, in words: "slice 12/40, W 80 L 40, inverted".
/// Follows changes.
pub(crate) fn words(stack: &Stack, shows: &Shows) -> String {
    let (cut, tone) = (shows.cut, shows.desk.tone.get());
    let inverted = if tone.invert { tr("inverted") } else { "" };
    [
        tr(stack.plane_name(cut)),
        &stack.slice_words(cut, shows.slice()),
        &tone.words(&stack.info, shows.frame()),
        inverted,
        tr(shows.place.pose.get().words()),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(", ")
}
