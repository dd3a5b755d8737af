//! The list of the viewer's keys and mouse buttons, where each can be changed.

use crate::{
    actions::page::Page,
    language::{say, tr},
    model::{
        commands::{BINDINGS, Binding, OwnKeys, key_name, rebind},
        viewport::pointer::{Mouse, Tool},
    },
};
use leptos::{ev, prelude::*};

/// Keys that only change what other keys do.
const MODIFIERS: [&str; 6] = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"];

/// What a mouse button can do: its name in the page.
const DRAGS: [(Tool, &str); 3] = [
    (Tool::Window, "window and level"),
    (Tool::Zoom, "zoom"),
    (Tool::Pan, "move"),
];

/// All keys and buttons of the viewer.
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let session = Page::of_context().session;
    let waiting = RwSignal::new(None::<&'static str>);
    let user_error = RwSignal::new(String::new());
    let standard = move |_| {
        user_error.set(String::new());
        session.preferences.set(|settings| {
            settings.keys = OwnKeys::new();
            settings.mouse = Mouse::default();
        });
    };
    view! {
        <p class="meta">
            {tr("Click a key to change it, then press the new one. ")}
            <span role="status" data-testid="key-trouble">{move || user_error.get()}</span>
        </p>
        <dl class="keys">
            <div><dt>{tr("drag")}</dt><dd>{tr("what the chosen tool does; at first window (right, left) and level (up, down)")}</dd></div>
            <Drag name="middle" get=|mouse| mouse.middle set=|mouse, tool| mouse.middle = tool />
            <Drag name="right" get=|mouse| mouse.right set=|mouse, tool| mouse.right = tool />
            <Drag name="Shift" get=|mouse| mouse.shift set=|mouse, tool| mouse.shift = tool />
            <Drag name="Ctrl" get=|mouse| mouse.ctrl set=|mouse, tool| mouse.ctrl = tool />
            <div><dt>{tr("wheel")}</dt><dd>{tr("slices; zoom for a single image, or with Ctrl")}</dd></div>
            <div><dt>{tr("two fingers")}</dt><dd>{tr("zoom and move")}</dd></div>
            <div><dt>{tr("end of a mark")}</dt><dd>{tr("drag it to change the measurement")}</dd></div>
            {BINDINGS.iter().map(|binding| view! { <Key binding=binding waiting=waiting user_error=user_error /> }).collect_view()}
        </dl>
        <button class="button" type="button" data-testid="standard-keys" on:click=standard>{tr("Standard keys and buttons")}</button>
    }
}

/// What a mouse button or a key held with it does.
#[component]
fn Drag(name: &'static str, get: fn(&Mouse) -> Tool, set: fn(&mut Mouse, Tool)) -> impl IntoView {
    let session = Page::of_context().session;
    let now = move || {
        session
            .preferences
            .settings
            .with(|settings| get(&settings.mouse))
    };
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if let Some((tool, _)) = DRAGS.iter().find(|(_, words)| *words == chosen) {
            session
                .preferences
                .set(|settings| set(&mut settings.mouse, *tool));
        }
    };
    view! {
        <div>
            <dt>{say("{} drag", &[tr(name)])}</dt>
            <dd>
                <select aria-label=say("What a {} drag does", &[tr(name)]) data-testid=format!("drag-{name}") on:change=choose>
                    {DRAGS.map(|(tool, words)| view! { <option value=words selected=move || now() == tool>{tr(words)}</option> })}
                </select>
            </dd>
        </div>
    }
}

/// One command and the button that shows and changes its key.
#[component]
fn Key(
    binding: &'static Binding,
    waiting: RwSignal<Option<&'static str>>,
    user_error: RwSignal<String>,
) -> impl IntoView {
    let session = Page::of_context().session;
    let waits = move || waiting.get() == Some(binding.name);
    let on_key = move |event: ev::KeyboardEvent| {
        if waiting.get_untracked() != Some(binding.name) {
            return;
        }
        let key = event.key();
        // Tab goes on as always, and ends the waiting by taking the focus away.
        if key == "Tab" || MODIFIERS.contains(&key.as_str()) {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        waiting.set(None);
        user_error.set(String::new());
        if key != "Escape" {
            session.preferences.set(|settings| {
                if let Err(why) = rebind(&mut settings.keys, binding.name, &key) {
                    user_error.set(why);
                }
            });
        }
    };
    let words = move || {
        if waits() {
            return tr("press a key").to_owned();
        }
        session.preferences.settings.with(|settings| {
            let keys = binding.keys(&settings.keys);
            let names: Vec<&str> = keys.into_iter().map(key_name).collect();
            names.join(", ")
        })
    };
    view! {
        <div>
            <dt>
                <button
                    class="key"
                    type="button"
                    class:waiting=waits
                    aria-label=move || say("{}: key {}, change it", &[tr(binding.does), &words()])
                    data-testid=format!("key-{}", binding.name)
                    on:click=move |_| waiting.set(Some(binding.name))
                    on:keydown=on_key
                    on:blur=move |_| waiting.update(|waiting| {
                        if *waiting == Some(binding.name) {
                            *waiting = None;
                        }
                    })
                >
                    <kbd>{words}</kbd>
                </button>
            </dt>
            <dd>{tr(binding.does)}</dd>
        </div>
    }
}
