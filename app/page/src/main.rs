//! The page: a viewer on the left, a conversation on the right, what it runs on above, what it sent below.

#![expect(
    unreachable_pub,
    reason = "leptos' component macro writes `pub` for every component"
)]

mod answer;
mod bar;
mod checks;
mod conversation;
mod decoder_link;
mod difference;
mod drawer;
mod dropped;
mod engine_link;
mod engine_news;
mod errors;
mod export;
mod followers;
mod icons;
mod keys;
mod language;
mod manager;
mod offline;
mod painted;
mod panel;
mod panels;
mod pixels;
mod png_text;
mod privacy;
mod progress;
mod prompt;
mod samples;
mod saved;
mod sections;
mod send;
mod settings;
mod speeds;
mod state;
mod studio;
mod sure;
mod takes;
mod talk_head;
mod thread;
mod thumbnails;
mod turn;
mod update;
mod viewer;
mod welcome;

use crate::language::tr;
use checks::Surroundings;
use decoder_link::Decoder;
use engine_link::{Engine, Places};
use leptos::{html, mount::mount_to, prelude::*};
use manager::link::Manager;
use panel::PanelKind;
use settings::{Settings, Theme, device_from_query};
use state::Session;
use viewer::desk::Viewer;
use wasm_bindgen::JsCast;

fn main() {
    console_error_panic_hook::set_once();
    let root = document()
        .get_element_by_id("app")
        .and_then(|root| root.dyn_into().ok());
    let root = root
        .or_else(|| document().body())
        .expect("invariant: the document has a body");
    // The page's own executor is there only once something is mounted.
    wasm_bindgen_futures::spawn_local(async move {
        language::load(language::first(&Settings::load())).await;
        // The words that stood there while the program was loading.
        root.set_inner_html("");
        mount_to(root, App).forget();
    });
}

/// What every part of the page can reach. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    session: Session,
    engine: Engine,
    manager: Manager,
    decoder: Decoder,
    /// The open panel.
    panel: RwSignal<Option<PanelKind>>,
    viewer: Viewer,
    file_input: NodeRef<html::Input>,
    folder_input: NodeRef<html::Input>,
    prompt_box: NodeRef<html::Textarea>,
}

impl Page {
    /// The page that this component belongs to.
    fn of_context() -> Self {
        expect_context()
    }

    /// Lets the person choose files.
    fn choose_file(self) {
        if let Some(input) = self.file_input.get_untracked() {
            // The same file may be chosen again.
            input.set_value("");
            input.click();
        }
    }

    /// Lets the person choose a folder.
    fn choose_folder(self) {
        if let Some(input) = self.folder_input.get_untracked() {
            input.set_value("");
            input.click();
        }
    }
}

#[component]
fn App() -> impl IntoView {
    let surroundings = Surroundings::look();
    let mut settings = Settings::load();
    if let Some(device) = window()
        .location()
        .search()
        .ok()
        .as_deref()
        .and_then(device_from_query)
    {
        settings.device = device;
        settings.store();
    }
    let session = Session::new(surroundings, settings);
    let places = places();
    let page_url = places.page_url.clone();
    unimed_web::requests::observe(&places.page_url, &places.package_url, move |records| {
        session.requests.update(|requests| requests.extend(records));
    });
    let viewer = Viewer::new(session);
    let page = Page {
        session,
        engine: Engine::new(session, places),
        manager: Manager::new(),
        decoder: Decoder::start(session, viewer),
        panel: RwSignal::new(None),
        viewer,
        file_input: NodeRef::new(),
        folder_input: NodeRef::new(),
        prompt_box: NodeRef::new(),
    };
    page.decoder
        .on_saved(Callback::new(move |file| saved::open(page, file)));
    page.engine.follow();
    offline::keep_site(session, &page_url, move || page.engine.start());
    provide_context(page);
    keys::listen(page);
    Effect::new(move |_| {
        let name = match session.settings.with(|settings| settings.theme) {
            Theme::Dark => "dark",
            Theme::Light => "light",
        };
        if let Some(root) = document().document_element() {
            // Setting a plain attribute is never refused.
            let _ = root.set_attribute("data-theme", name);
        }
    });
    // Another language: all that is seen is made anew; what is open and what was said lies in the session.
    move || {
        session.spoken.track();
        view! {
            <bar::Bar />
            <main class="work">
                <viewer::ViewerPane />
                <section class="talk" aria-label=tr("Conversation")>
                    <update::UpdateLine />
                    <talk_head::TalkHead />
                    <conversation::Conversation />
                    <prompt::PromptBox />
                </section>
            </main>
            <privacy::PrivacyLine />
            <panels::Panels />
        }
    }
}

/// The number in a field, if there is one. The browser reads it: Rust's own reader brings ten kilobytes of tables.
fn typed_number(event: &impl JsCast) -> Option<f64> {
    let number = js_sys::parse_float(&event_target_value(event));
    number.is_finite().then_some(number)
}

/// Where the page and its model lie. All addresses are relative to the page, so that it works under any path.
fn places() -> Places {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let absolute = |path: &str| {
        web_sys::Url::new_with_base(path, &base).map_or_else(|_| path.to_owned(), |url| url.href())
    };
    Places {
        page_url: absolute("./"),
        package_url: absolute("model/"),
    }
}
