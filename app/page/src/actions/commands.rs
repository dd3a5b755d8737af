//! Does what a command says.

use crate::{
    actions::{
        page::Page,
        viewer::{Viewer, device_pixels},
    },
    model::{commands::Command, panel::PanelKind, viewport::orientation::Orientation},
};
use leptos::prelude::*;

/// Way of one arrow key, in screen pixels.
const ARROW_PX: f64 = 40.0;

/// Zoom of one key press or button.
const ZOOM_STEP: f64 = 1.25;

/// Does it.
pub(crate) fn run(page: Page, command: Command) {
    let viewer = page.viewer;
    match command {
        Command::Choose(tool) => viewer.viewports.tool.set(tool),
        Command::ZoomIn => viewer.zoom(ZOOM_STEP),
        Command::ZoomOut => viewer.zoom(1.0 / ZOOM_STEP),
        Command::Fit => viewer.fit(),
        Command::Actual => viewer.actual(device_pixels()),
        Command::Reset => viewer.reset(),
        Command::Invert => viewer.invert(),
        Command::TurnRight => viewer.turn(Orientation::turned_right),
        Command::TurnLeft => viewer.turn(Orientation::turned_left),
        Command::FlipHorizontal => viewer.turn(Orientation::flipped_across),
        Command::FlipVertical => viewer.turn(Orientation::flipped_down),
        Command::Space if viewer.count() < 2 => viewer.reset(),
        Command::Play | Command::Space => viewer.play(),
        Command::Planes => viewer.planes(),
        Command::Compare(how) => viewer.compare(how),
        Command::Metadata => page.panel.set(Some(PanelKind::Metadata)),
        Command::Step(steps) if viewer.count() > 1 => viewer.step(steps),
        Command::Step(steps) => viewer.pan((0.0, if steps < 0 { ARROW_PX } else { -ARROW_PX })),
        Command::End(last) => viewer.step(if last { i64::MAX } else { i64::MIN }),
        Command::Sideways(next) => sideways(page, viewer, next),
        Command::Preset(number) => viewer.preset(number),
        Command::DeleteLastMark => viewer.unmark(),
    }
}

fn sideways(page: Page, viewer: Viewer, next: bool) {
    let session = page.session;
    let place = session.images.open.with_untracked(|images| {
        let now = session.images.current.get_untracked();
        let at = images.iter().position(|image| Some(image.id) == now)?;
        let to = if next { at + 1 } else { at.checked_sub(1)? };
        images.get(to).map(|image| image.id)
    });
    match place {
        Some(id) => session.images.current.set(Some(id)),
        // The only image: it moves.
        None if session.images.open.with_untracked(Vec::len) == 1 => {
            viewer.pan((if next { -ARROW_PX } else { ARROW_PX }, 0.0));
        }
        None => {}
    }
}
