//! What a drag or a pinch does to the image.

use crate::{
    model::viewport::{
        pointer::{Pinch, Tool, drag_zoom},
        pointer_tools::PointerMove,
    },
    state::{
        pane_content::{PaneCamera, PaneContent},
        pixels,
    },
};
use leptos::prelude::*;

/// Does what a drag or pinch asks for.
pub(crate) fn follow(movement: PointerMove, content: &PaneContent, pane_camera: PaneCamera) {
    match movement {
        PointerMove::Drag { tool, start, by } => match tool {
            Tool::Window => {
                if let Some(series) = pixels::series(content.image_view.id) {
                    let frame = untrack(|| content.frame());
                    let window_level = content.image_view.window_level;
                    window_level.update(|window_level| {
                        *window_level = window_level.dragged(by, &series.info, frame);
                    });
                }
            }
            Tool::Zoom => pane_camera
                .change(|transform, camera| transform.zoomed(camera, drag_zoom(by.1), start)),
            _ => pane_camera.change(|transform, camera| transform.panned(camera, by)),
        },
        PointerMove::Pinch(Pinch {
            factor,
            middle,
            moved,
        }) => pane_camera.change(|transform, camera| {
            transform.panned(transform.zoomed(camera, factor, middle), moved)
        }),
        PointerMove::None | PointerMove::Draw => {}
    }
}
