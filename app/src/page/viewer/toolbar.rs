//! The tools beside the image: every one with a name, and a tooltip that shows its key.

use super::{
    desk::{Layout, Viewer},
    gestures::Tool,
    pane::device_pixels,
    pose::Pose,
    stack,
};
use crate::page::{
    Page,
    icons::{Glyph, Icon},
    panel::PanelKind,
};
use leptos::prelude::*;

/// Zoom of one key press or button.
pub(crate) const ZOOM_STEP: f64 = 1.25;

/// All tools.
#[component]
pub(crate) fn Toolbar() -> impl IntoView {
    let page = Page::of_context();
    let viewer = page.viewer;
    let session = page.session;
    let current = move || session.current.get().and_then(stack::of);
    let single = Signal::derive(move || {
        viewer.layout.track();
        current().is_none_or(|stack| stack.count(viewer.cut()) < 2)
    });
    let flat = Signal::derive(move || !current().is_some_and(|stack| stack.is_volume()));
    let alone = Signal::derive(move || session.images.with(|images| images.len() < 2));
    let never = Signal::derive(|| false);
    let layout = move |is: Layout| Signal::derive(move || viewer.layout.get() == is);
    let act = |act: fn(Viewer)| Callback::new(move |()| act(viewer));
    view! {
        <div class="tools" role="toolbar" aria-label="Tools">
            <div class="tool-group" role="group" aria-label="What a drag does">
                <Choice tool=Tool::Window icon=Icon::Contrast id="tool-window" name="Window and level (w)" />
                <Choice tool=Tool::Zoom icon=Icon::Zoom id="tool-zoom" name="Zoom (z)" />
                <Choice tool=Tool::Pan icon=Icon::Hand id="tool-pan" name="Move (p)" />
                <Choice tool=Tool::Length icon=Icon::Ruler id="tool-length" name="Length (d)" />
                <Choice tool=Tool::Angle icon=Icon::Angle id="tool-angle" name="Angle (g)" />
                <Choice tool=Tool::Ellipse icon=Icon::Ellipse id="tool-ellipse" name="Ellipse: mean and SD (e)" />
                <Button icon=Icon::Bin id="tool-unmark" name="Remove the last mark (Backspace)" off=never act=act(Viewer::unmark) />
            </div>
            <div class="tool-group" role="group" aria-label="Size">
                <Button icon=Icon::Fit id="tool-fit" name="Fit the image (=)" off=never act=act(Viewer::fit) />
                <Button icon=Icon::Plus id="tool-zoom-in" name="Zoom in (+)" off=never act=act(|v| v.zoom(ZOOM_STEP)) />
                <Button icon=Icon::Minus id="tool-zoom-out" name="Zoom out (-)" off=never act=act(|v| v.zoom(1.0 / ZOOM_STEP)) />
                <Button icon=Icon::Actual id="tool-actual" name="Actual size: one image pixel is one screen pixel" off=never act=act(|v| v.actual(device_pixels())) />
            </div>
            <div class="tool-group" role="group" aria-label="How it lies">
                <Button icon=Icon::Invert id="tool-invert" name="Invert (i)" off=never act=act(Viewer::invert) />
                <Button icon=Icon::TurnLeft id="tool-rotate-left" name="Turn left (l)" off=never act=act(|v| v.turn(Pose::turned_left)) />
                <Button icon=Icon::TurnRight id="tool-rotate-right" name="Turn right (r)" off=never act=act(|v| v.turn(Pose::turned_right)) />
                <Button icon=Icon::FlipAcross id="tool-flip-h" name="Flip left to right (h)" off=never act=act(|v| v.turn(Pose::flipped_across)) />
                <Button icon=Icon::FlipDown id="tool-flip-v" name="Flip top to bottom (v)" off=never act=act(|v| v.turn(Pose::flipped_down)) />
                <Button icon=Icon::Reset id="tool-reset" name="Reset window, size and turns (0)" off=never act=act(Viewer::reset) />
            </div>
            <div class="tool-group" role="group" aria-label="What is shown">
                <Button icon=Icon::Play id="tool-cine" name="Play the slices or frames (c)" on=viewer.playing off=single act=act(Viewer::play) />
                <Button icon=Icon::Planes id="tool-planes" name="Three planes (x)" on=layout(Layout::Planes) off=flat act=act(Viewer::planes) />
                <Button icon=Icon::Beside id="tool-compare" name="Compare side by side (s)" on=layout(Layout::Side) off=alone act=act(|v| v.compare(Layout::Side)) />
                <Button icon=Icon::Slider id="tool-slider" name="Compare with a slider (k)" on=layout(Layout::Slider) off=alone act=act(|v| v.compare(Layout::Slider)) />
                <Button icon=Icon::Table id="tool-metadata" name="Metadata of the file (t)" off=never act=Callback::new(move |()| page.panel.set(Some(PanelKind::Metadata))) />
            </div>
        </div>
    }
}

/// A tool that the first button has until another one is chosen.
#[component]
fn Choice(tool: Tool, icon: Icon, id: &'static str, name: &'static str) -> impl IntoView {
    let chosen = Page::of_context().viewer.tool;
    let on = Signal::derive(move || chosen.get() == tool);
    view! { <Button icon=icon id=id name=name on=on off=Signal::derive(|| false) act=Callback::new(move |()| chosen.set(tool)) /> }
}

#[component]
fn Button(
    icon: Icon,
    id: &'static str,
    name: &'static str,
    /// For what is switched on and off.
    #[prop(optional, into)]
    on: Option<Signal<bool>>,
    /// Whether it has no use now.
    off: Signal<bool>,
    act: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            class="tool"
            type="button"
            title=name
            aria-label=name
            aria-pressed=move || on.map(|on| on.get().to_string())
            disabled=move || off.get()
            data-testid=id
            on:click=move |_| act.run(())
        >
            <Glyph icon=icon />
        </button>
    }
}
