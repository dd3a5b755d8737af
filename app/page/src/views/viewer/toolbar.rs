//! The tools beside the image: every one with a name, and a tooltip that shows its key.

use crate::{
    actions::{commands::run, page::Page},
    language::tr,
    model::{
        commands::{Command, key_of},
        viewport::{layout::Layout, pointer::Tool},
    },
    state::pixels,
    views::icons::{Glyph, Icon},
};
use leptos::prelude::*;

/// All tools.
#[component]
pub(crate) fn Toolbar() -> impl IntoView {
    let page = Page::of_context();
    let viewer = page.viewer;
    let session = page.session;
    let current = move || session.images.current.get().and_then(pixels::series);
    let single = Signal::derive(move || {
        viewer.viewports.layout.track();
        current().is_none_or(|series| series.count(viewer.viewports.cut()) < 2)
    });
    let flat = Signal::derive(move || !current().is_some_and(|series| series.is_volume()));
    let alone = Signal::derive(move || session.images.open.with(|images| images.len() < 2));
    let layout = move |is: Layout| Signal::derive(move || viewer.viewports.layout.get() == is);
    let tool = move |is: Tool| Signal::derive(move || viewer.viewports.tool.get() == is);
    view! {
        <div class="tools" role="toolbar" aria-label=tr("Tools")>
            <div class="tool-group" role="group" aria-label=tr("What a drag does")>
                <Button icon=Icon::Contrast id="tool-window" name="Window and level" command=Command::Choose(Tool::Window) on=tool(Tool::Window) />
                <Button icon=Icon::Zoom id="tool-zoom" name="Zoom" command=Command::Choose(Tool::Zoom) on=tool(Tool::Zoom) />
                <Button icon=Icon::Hand id="tool-pan" name="Move" command=Command::Choose(Tool::Pan) on=tool(Tool::Pan) />
                <Button icon=Icon::Ruler id="tool-length" name="Length" command=Command::Choose(Tool::Length) on=tool(Tool::Length) />
                <Button icon=Icon::Angle id="tool-angle" name="Angle" command=Command::Choose(Tool::Angle) on=tool(Tool::Angle) />
                <Button icon=Icon::Ellipse id="tool-ellipse" name="Ellipse: mean and SD" command=Command::Choose(Tool::Ellipse) on=tool(Tool::Ellipse) />
                <Button icon=Icon::Bin id="tool-unmark" name="Remove the last mark" command=Command::DeleteLastMark />
            </div>
            <div class="tool-group" role="group" aria-label=tr("Size")>
                <Button icon=Icon::Fit id="tool-fit" name="Fit the image" command=Command::Fit />
                <Button icon=Icon::Plus id="tool-zoom-in" name="Zoom in" command=Command::ZoomIn />
                <Button icon=Icon::Minus id="tool-zoom-out" name="Zoom out" command=Command::ZoomOut />
                <Button icon=Icon::Actual id="tool-actual" name="Actual size: one image pixel is one screen pixel" command=Command::Actual />
            </div>
            <div class="tool-group" role="group" aria-label=tr("How it lies")>
                <Button icon=Icon::Invert id="tool-invert" name="Invert" command=Command::Invert />
                <Button icon=Icon::TurnLeft id="tool-rotate-left" name="Turn left" command=Command::TurnLeft />
                <Button icon=Icon::TurnRight id="tool-rotate-right" name="Turn right" command=Command::TurnRight />
                <Button icon=Icon::FlipHorizontal id="tool-flip-h" name="Flip left to right" command=Command::FlipHorizontal />
                <Button icon=Icon::FlipVertical id="tool-flip-v" name="Flip top to bottom" command=Command::FlipVertical />
                <Button icon=Icon::Reset id="tool-reset" name="Reset window, size and turns" command=Command::Reset />
            </div>
            <div class="tool-group" role="group" aria-label=tr("What is shown")>
                <Button icon=Icon::Play id="tool-cine" name="Play the slices or frames" command=Command::Play on=viewer.viewports.playing off=single />
                <Button icon=Icon::Planes id="tool-planes" name="Three planes" command=Command::Planes on=layout(Layout::Planes) off=flat />
                <Button icon=Icon::Beside id="tool-compare" name="Compare side by side" command=Command::Compare(Layout::Side) on=layout(Layout::Side) off=alone />
                <Button icon=Icon::Slider id="tool-slider" name="Compare with a slider" command=Command::Compare(Layout::Slider) on=layout(Layout::Slider) off=alone />
                <Button icon=Icon::Table id="tool-metadata" name="Metadata of the file" command=Command::Metadata />
            </div>
        </div>
    }
}

/// A tool; the command brings its key into the tooltip.
#[component]
fn Button(
    icon: Icon,
    id: &'static str,
    name: &'static str,
    command: Command,
    /// For what is switched on and off.
    #[prop(optional, into)]
    on: Option<Signal<bool>>,
    /// Whether it has no use now.
    #[prop(optional, into)]
    off: Option<Signal<bool>>,
) -> impl IntoView {
    let page = Page::of_context();
    let title = move || {
        let key = page
            .session
            .preferences
            .settings
            .with(|settings| key_of(command, &settings.keys));
        if key.is_empty() {
            tr(name).to_owned()
        } else {
            format!("{} ({key})", tr(name))
        }
    };
    view! {
        <button
            class="tool"
            type="button"
            title=title
            aria-label=tr(name)
            aria-pressed=move || on.map(|on| on.get().to_string())
            disabled=move || off.is_some_and(|off| off.get())
            data-testid=id
            on:click=move |_| run(page, command)
        >
            <Glyph icon=icon />
        </button>
    }
}
