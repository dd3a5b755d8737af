//! The advanced drawer: how to answer, how to paint. An empty field means: as the model's makers chose.

use crate::{
    actions::page::Page,
    language::tr,
    model::{mode::Mode, settings::Settings},
    views::number_field::typed_number,
};
use leptos::{html, prelude::*};

/// The fields of the tab that is open.
#[component]
pub(crate) fn Drawer() -> impl IntoView {
    let session = Page::of_context().session;
    let ask = move || session.conversation.mode.get() == Mode::Ask;
    view! {
        <div class="drawer">
            <Show when=ask fallback=|| view! { <PaintFields /> }>
                <AskFields />
            </Show>
            <button class="button" type="button" title=tr("As the model's makers chose") data-testid="defaults" on:click=move |_| session.preferences.set(Settings::forget_sampling)>
                {tr("Back to the model's own")}
            </button>
        </div>
    }
}

#[component]
fn AskFields() -> impl IntoView {
    let session = Page::of_context().session;
    let now = move || {
        session.engine.model.with(|model| {
            session
                .preferences
                .settings
                .with(|settings| settings.ask(model.as_ref()))
        })
    };
    view! {
        <Field
            name="Temperature"
            help="0: the likeliest words; higher: more varied"
            least=0.0 most=2.0 step="0.1"
            value=Signal::derive(move || f64::from(now().temperature.unwrap_or(0.0)))
            set=Callback::new(move |value: f64| session.preferences.set(|settings| settings.temperature = Some(value as f32)))
        />
        <Field
            name="Longest answer"
            help="in tokens; a token is about a word"
            least=1.0 most=1024.0 step="1"
            value=Signal::derive(move || now().max_tokens as f64)
            set=Callback::new(move |value: f64| session.preferences.set(|settings| settings.max_tokens = Some(whole(value))))
        />
        <SeedField />
    }
}

#[component]
fn PaintFields() -> impl IntoView {
    let session = Page::of_context().session;
    let now = move || {
        session.engine.model.with(|model| {
            session
                .preferences
                .settings
                .with(|settings| settings.paint(model.as_ref(), &[], ""))
        })
    };
    let multiple = move || {
        session
            .engine
            .model
            .with(|model| model.as_ref().map_or(16, |model| model.paint_multiple_px))
    };
    let range = move || {
        session.engine.model.with(|model| {
            model
                .as_ref()
                .map_or([64, 256], |model| model.paint_range_px)
        })
    };
    let set_side = move |value: f64| {
        let [least, most] = untrack(range);
        let side = round_to(value, untrack(multiple)).clamp(least, most);
        session
            .preferences
            .set(|settings| settings.size = Some((side, side)));
    };
    view! {
        <Field
            name="Steps"
            help="more steps: finer, slower"
            least=1.0 most=200.0 step="1"
            value=Signal::derive(move || now().steps as f64)
            set=Callback::new(move |value: f64| session.preferences.set(|settings| settings.steps = Some(whole(value).max(1))))
        />
        <Field
            name="Size"
            help="width and height in pixels"
            least=16.0 most=2048.0 step="16"
            value=Signal::derive(move || now().width as f64)
            set=Callback::new(set_side)
        />
        <Field
            name="Text guidance"
            help="how closely to follow your words; 1: off"
            least=1.0 most=15.0 step="0.5"
            value=Signal::derive(move || f64::from(now().cfg_text))
            set=Callback::new(move |value: f64| session.preferences.set(|settings| settings.cfg_text = Some(value as f32)))
        />
        <Field
            name="Image guidance"
            help="how closely to follow the image it starts from; 1: off"
            least=1.0 most=5.0 step="0.1"
            value=Signal::derive(move || f64::from(now().cfg_image))
            set=Callback::new(move |value: f64| session.preferences.set(|settings| settings.cfg_image = Some(value as f32)))
        />
        <SeedField />
    }
}

/// The seed is a whole number of up to 64 bits, more than a number field can hold.
#[component]
fn SeedField() -> impl IntoView {
    let session = Page::of_context().session;
    let shown = move || {
        session
            .preferences
            .settings
            .with(|settings| settings.seed.to_string())
    };
    let typed = Typed::new(shown);
    let on_change = move |event: leptos::ev::Event| {
        if let Ok(seed) = event_target_value(&event).trim().parse() {
            session.preferences.set(|settings| settings.seed = seed);
        }
        typed.end(shown);
    };
    view! {
        <label class="field" title=tr("the same seed and words give the same result")>
            <span>{tr("Seed")}</span>
            <input type="text" inputmode="numeric" pattern="[0-9]*" data-testid="seed" node_ref=typed.input on:input=move |_| typed.begin() on:change=on_change on:blur=move |_| typed.end(shown) />
        </label>
    }
}

#[component]
fn Field(
    name: &'static str,
    help: &'static str,
    least: f64,
    most: f64,
    step: &'static str,
    value: Signal<f64>,
    set: Callback<f64>,
) -> impl IntoView {
    // A 32-bit value shows as it was typed, not with the digits of its 64-bit neighbour.
    let shown = move || format!("{}", (value.get() * 1e3).round() / 1e3);
    let typed = Typed::new(shown);
    let on_change = move |event: leptos::ev::Event| {
        if let Some(number) = typed_number(&event) {
            set.run(number.clamp(least, most));
        }
        typed.end(shown);
    };
    view! {
        <label class="field" title=tr(help)>
            <span>{tr(name)}</span>
            <input type="number" min=least.to_string() max=most.to_string() step=step node_ref=typed.input on:input=move |_| typed.begin() on:change=on_change on:blur=move |_| typed.end(shown) />
        </label>
    }
}

/// A field that follows a value, but not while a person types: a model that has just loaded brings values of its own, and
/// they would take the place of what was typed before it could be read.
#[derive(Clone, Copy)]
struct Typed {
    input: NodeRef<html::Input>,
    typing: StoredValue<bool>,
}

impl Typed {
    /// Follows `value`, by an effect and no memo: a memo would stay in the lists of the session's signals when its field is
    /// gone (see `state::subscriptions`).
    fn new(value: impl Fn() -> String + Copy + 'static) -> Self {
        let field = Self {
            input: NodeRef::new(),
            typing: StoredValue::new(false),
        };
        Effect::new(move |_| {
            let value = value();
            if !field.typing.get_value() {
                field.show(&value);
            }
        });
        field
    }

    fn begin(self) {
        self.typing.set_value(true);
    }

    /// Shows the value that is in force, also where what was typed is none, was clamped to it, or was taken back: then the
    /// browser tells of no change, only that the field is left.
    fn end(self, value: impl Fn() -> String) {
        self.typing.set_value(false);
        self.show(&untrack(value));
    }

    fn show(self, value: &str) {
        if let Some(input) = self.input.get() {
            input.set_value(value);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "fields are clamped to small positive numbers"
)]
fn whole(value: f64) -> usize {
    value.round() as usize
}

fn round_to(value: f64, multiple: usize) -> usize {
    let multiple = multiple.max(1);
    whole(value / multiple as f64).max(1) * multiple
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_to_what_the_model_can_make() {
        assert_eq!(round_to(100.0, 16), 96);
        assert_eq!(round_to(5.0, 16), 16);
        assert_eq!(round_to(130.0, 1), 130);
    }
}
