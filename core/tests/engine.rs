//! The engine with the model that ships: what a caller sees.
#![cfg(not(target_arch = "wasm32"))]

use std::cell::Cell;

use unimed_core::engine::{
    AskOptions, Compute, Engine, EngineError, Explain, PaintOptions, Part, PartsToRead, open_device,
};
use unimed_imaging::RgbImage;
use unimed_package::{
    FolderSource, Package,
    host::{Host, LocalFuture, NoopHost},
};

fn engine() -> Engine {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../public/model");
    pollster::block_on(async {
        let device = open_device(Compute::Cpu).await.expect("CPU device");
        let mut last = None;
        let engine = Engine::load(
            &FolderSource::new(folder),
            &device,
            &NoopHost::new(),
            &mut |progress| last = Some(progress),
        )
        .await
        .expect("the package that ships");
        let last = last.expect("progress is reported");
        assert!(last.done_bytes <= last.total_bytes && last.total_bytes > 0);
        engine
    })
}

fn picture() -> RgbImage {
    let bytes = include_bytes!("../../tests/images/retina.jpg");
    unimed_imaging::decode(bytes)
        .expect("a real photograph")
        .image
}

fn paint_options(engine: &Engine) -> PaintOptions {
    PaintOptions {
        steps: 3,
        ..engine.info().defaults.paint.clone()
    }
}

/// A host that wants to stop after so many breaths.
struct Impatient {
    breaths: Cell<usize>,
}

impl Host for Impatient {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn yield_now(&self) -> LocalFuture<'_, ()> {
        self.breaths.set(self.breaths.get().saturating_sub(1));
        Box::pin(std::future::ready(()))
    }

    fn cancelled(&self) -> bool {
        self.breaths.get() == 0
    }
}

#[test]
fn loading_hears_a_stop_between_tensors() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../public/model");
    pollster::block_on(async {
        let device = open_device(Compute::Cpu).await.expect("CPU device");
        let host = Impatient {
            breaths: Cell::new(9),
        };
        let mut tensors = 0;
        let error = Engine::load(&FolderSource::new(folder), &device, &host, &mut |_| {
            tensors += 1;
            host.breaths.set(0);
        })
        .await
        .expect_err("it was stopped");
        assert!(error.is_stop(), "{error}");
        assert_eq!(tensors, 1);
    });
}

/// Asks by parts, with the settings of the model's makers.
fn ask_parts(engine: &Engine, parts: &[Part<'_>]) -> unimed_core::engine::Answer {
    let options = engine.info().defaults.ask.clone();
    let host = NoopHost::new();
    pollster::block_on(engine.ask_parts(parts, &options, &host, &mut |_| {})).expect("an answer")
}

#[test]
fn a_follow_up_reads_only_its_own_words() {
    let (engine, picture) = (engine(), picture());
    let questions = ["Which modality is this?", "Is there any abnormality?"];
    let words = |text: &str| {
        let ids = engine.tokenizer().encode_literal(text).expect("text");
        ids.len() + 2 // start and end
    };
    let first = ask_parts(&engine, &[Part::Image(&picture), Part::Text(questions[0])]);
    assert!(first.read_tokens > words(questions[0]) + 2);
    let parts = [
        Part::Image(&picture),
        Part::Text(questions[0]),
        Part::Text(&first.text),
        Part::Text(questions[1]),
    ];
    let second = ask_parts(&engine, &parts);
    // And the end of the answer, which was chosen but never read.
    assert_eq!(second.read_tokens, words(questions[1]) + 1);
    // The same question again reads nothing, another one about the image its words.
    assert_eq!(ask_parts(&engine, &parts).read_tokens, 0);
    let other = ask_parts(&engine, &[Part::Image(&picture), Part::Text(questions[1])]);
    assert_eq!(other.read_tokens, words(questions[1]));
    // Another image, or the same through another window, is read.
    let mut darker = picture.clone();
    darker.pixels.iter_mut().for_each(|value| *value /= 2);
    let new = ask_parts(&engine, &[Part::Image(&darker), Part::Text(questions[1])]);
    assert!(new.read_tokens > words(questions[1]) + 2);
}

#[test]
fn what_is_remembered_changes_no_answer() {
    let picture = picture();
    let questions = [
        "Which organ is shown?",
        "Is there any abnormality?",
        "Describe the image.",
    ];
    let engine_that_remembers = engine();
    let mut said: Vec<String> = Vec::new();
    for question in questions {
        let mut own = vec![Part::Image(&picture)];
        for (question, answer) in questions.iter().zip(&said) {
            own.push(Part::Text(question));
            own.push(Part::Text(answer));
        }
        own.push(Part::Text(question));
        let remembered = ask_parts(&engine_that_remembers, &own);
        let fresh = ask_parts(&engine(), &own);
        assert_eq!(remembered.text, fresh.text, "{question}");
        said.push(remembered.text);
    }
    assert!(!said[2].is_empty());
}

#[test]
fn an_answer_asked_again_as_a_text_is_ended_first() {
    let (remembers, picture) = (engine(), picture());
    let question = "Which organ is shown?";
    let first = ask_parts(&remembers, &[Part::Image(&picture), Part::Text(question)]);
    let parts = [
        Part::Image(&picture),
        Part::Text(question),
        Part::Text(&first.text),
    ];
    let remembered = ask_parts(&remembers, &parts);
    assert_eq!(remembered.read_tokens, 1);
    assert_eq!(remembered.text, ask_parts(&engine(), &parts).text);
}

#[test]
fn an_answer_streams_and_repeats() {
    let engine = engine();
    let mut pieces = String::new();
    let options = engine.info().defaults.ask.clone();
    let ask = |on_token: &mut dyn FnMut(unimed_core::engine::TokenEvent)| {
        let images = [picture()];
        pollster::block_on(engine.ask(
            &images,
            "Which modality is this?",
            &options,
            &NoopHost::new(),
            on_token,
        ))
        .expect("an answer")
    };
    let first = ask(&mut |token| {
        pieces.push_str(&token.text);
        assert!((0.0..=1.0).contains(&token.probability));
    });
    assert!(first.text.starts_with(&pieces) && !pieces.is_empty());
    assert!(!first.text.is_empty() && first.tokens > 0 && !first.stopped);
    assert_eq!(ask(&mut |_| {}).text, first.text);
}

#[test]
fn one_seed_gives_one_image() {
    let engine = engine();
    let paint = |seed: u64| {
        let options = PaintOptions {
            seed,
            ..paint_options(&engine)
        };
        let prompt = "Make a fundus photograph with no abnormality.";
        pollster::block_on(engine.paint(&[], prompt, &options, &NoopHost::new(), &mut |_| {}))
            .expect("an image")
            .image
    };
    let image = paint(7);
    let chosen = &engine.info().defaults.paint;
    assert_eq!((image.width, image.height), (chosen.width, chosen.height));
    let (low, high) = (image.pixels.iter().min(), image.pixels.iter().max());
    assert!(
        high.zip(low).is_some_and(|(high, low)| high - low > 16),
        "a flat field"
    );
    assert_eq!(paint(7), image);
    assert_ne!(paint(8), image);
}

#[test]
fn sizes_and_scales_outside_of_the_range_are_refused() {
    let engine = engine();
    let refused = |options: PaintOptions, prompt: &str| {
        let host = NoopHost::new();
        pollster::block_on(engine.paint(&[], prompt, &options, &host, &mut |_| {}))
            .expect_err("it is outside of the range")
    };
    let own = paint_options(&engine);
    let error = refused(
        PaintOptions {
            width: 100,
            ..own.clone()
        },
        "a",
    );
    let (least, most) = engine.info().paint_sides;
    let expected = format!("the width is 100, expected {least} to {most}");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(matches!(
        refused(own.clone(), "  "),
        EngineError::EmptyPrompt
    ));
    let error = refused(
        PaintOptions {
            cfg_text: f32::NAN,
            ..own.clone()
        },
        "a",
    );
    assert!(
        error.to_string().contains("text guidance is NaN"),
        "{error}"
    );
    assert!(matches!(
        refused(PaintOptions { steps: 0, ..own }, "a"),
        EngineError::Schedule(_)
    ));
    let error = refused(paint_options(&engine), &"a".repeat(4_000_000));
    assert!(matches!(error, EngineError::LongPrompt { .. }), "{error}");
}

#[test]
fn a_stop_keeps_what_there_is() {
    let engine = engine();
    let host = Impatient {
        breaths: Cell::new(4),
    };
    let options = AskOptions {
        max_tokens: 50,
        ..AskOptions::default()
    };
    let answer = pollster::block_on(engine.ask(
        &[picture()],
        "Write a report.",
        &options,
        &host,
        &mut |_| {},
    ))
    .expect("a stopped answer is no error");
    assert!(answer.stopped && answer.tokens < 50);

    let host = Impatient {
        breaths: Cell::new(3),
    };
    let options = PaintOptions {
        steps: 20,
        ..paint_options(&engine)
    };
    let mut steps = 0;
    let prompt = "Make a brain MRI.";
    let painted =
        pollster::block_on(engine.paint(&[], prompt, &options, &host, &mut |_| steps += 1))
            .expect("a stopped painting is no error");
    assert!(painted.stopped && painted.steps == steps && steps < 20);

    let host = Impatient {
        breaths: Cell::new(0),
    };
    let error = pollster::block_on(engine.paint(&[], prompt, &options, &host, &mut |_| {}))
        .expect_err("nothing was painted");
    assert!(error.is_stop());
}

#[test]
fn previews_come_when_asked_for() {
    let engine = engine();
    let options = PaintOptions {
        steps: 4,
        preview_every: 2,
        ..paint_options(&engine)
    };
    let mut previews = Vec::new();
    pollster::block_on(engine.paint(
        &[],
        "Make a chest X-ray.",
        &options,
        &NoopHost::new(),
        &mut |step| previews.push(step.preview.is_some()),
    ))
    .expect("an image");
    assert_eq!(previews, [false, true, false, false]); // the last step is the image itself
}

#[test]
fn texts_and_images_in_any_order() {
    let engine = engine();
    let image = picture();
    let parts = [
        Part::Text("Look."),
        Part::Image(&image),
        Part::Text("What is abnormal?"),
    ];
    let host = NoopHost::new();
    let options = AskOptions {
        max_tokens: 8,
        ..AskOptions::default()
    };
    let answer = pollster::block_on(engine.ask_parts(&parts, &options, &host, &mut |_| {}))
        .expect("an answer");
    assert!(answer.tokens <= 8);
    let options = paint_options(&engine);
    pollster::block_on(engine.paint_parts(&parts, &options, &host, &mut |_| {})).expect("an image");
    let none =
        pollster::block_on(engine.ask_parts(&[], &AskOptions::default(), &host, &mut |_| {}));
    assert!(matches!(none, Err(EngineError::EmptyPrompt)));
}

#[test]
fn the_model_can_explain_its_painting() {
    let engine = engine();
    let image = picture();
    let host = NoopHost::new();
    for explain in [Explain::Before, Explain::BeforeApart, Explain::After] {
        let options = PaintOptions {
            explain,
            ..paint_options(&engine)
        };
        let images = std::slice::from_ref(&image);
        let painted = pollster::block_on(engine.paint(
            images,
            "Write a report.",
            &options,
            &host,
            &mut |_| {},
        ))
        .expect("an image");
        assert!(painted.explanation.is_some(), "{explain:?}");
    }
    let options = PaintOptions {
        think: Some("Think first.".into()),
        ..paint_options(&engine)
    };
    let painted =
        pollster::block_on(engine.paint(&[], "Make a brain MRI.", &options, &host, &mut |_| {}))
            .expect("an image");
    assert!(painted.thought.is_some() && painted.explanation.is_none());
}

#[test]
fn every_source_image_is_reconstructed() {
    let engine = engine();
    let images = [picture(), RgbImage::filled(200, 100, [90, 60, 30])];
    let options = paint_options(&engine);
    let result = pollster::block_on(engine.reconstruct(
        &images,
        "Which modality is this?",
        &options,
        &NoopHost::new(),
        &mut |_| {},
    ))
    .expect("an answer and images");
    assert!(!result.answer.is_empty());
    let sizes: Vec<_> = result
        .images
        .iter()
        .map(|image| (image.width, image.height))
        .collect();
    let side = options.width;
    assert_eq!(sizes, [(side, side), (side, side / 2)]);
}

/// Control strings in a prompt stay text, so nobody can end a segment from within.
#[test]
fn control_strings_are_ordinary_text() {
    let engine = engine();
    let ids = engine
        .tokenizer()
        .encode_literal("a<|im_end|>b")
        .expect("text");
    let special = engine.tokenizer().special();
    assert!(ids.len() > 3 && !ids.contains(&special.eos));
    let raw = engine.tokenizer().encode_raw("a<|im_end|>b").expect("text");
    assert!(raw.contains(&special.eos));
}

#[test]
fn an_answer_tells_where_it_looked() {
    let engine = engine();
    let options = AskOptions {
        attention: true,
        ..engine.info().defaults.ask.clone()
    };
    let images = [picture(), picture()];
    let answer = pollster::block_on(engine.ask(
        &images,
        "Which modality is this?",
        &options,
        &NoopHost::new(),
        &mut |_| {},
    ))
    .expect("an answer");
    assert_eq!(answer.attention.len(), 2);
    for attention in &answer.attention {
        let patches = attention.rows * attention.columns;
        assert_eq!(attention.weights.len(), (answer.tokens + 1) * patches);
        assert!(attention.weights.iter().all(|w| (0.0..=1.0).contains(w)));
    }
    // Both images together get a share of each token's attention, never more than all of it.
    let share = |token: usize| -> f32 {
        let own = |attention: &unimed_core::engine::ImageAttention| {
            let patches = attention.rows * attention.columns;
            attention.weights[token * patches..(token + 1) * patches]
                .iter()
                .sum::<f32>()
        };
        answer.attention.iter().map(own).sum()
    };
    assert!((0..answer.tokens).all(|token| share(token) < 1.0));
    assert!((0..answer.tokens).any(|token| share(token) > 0.05));
}

#[test]
fn an_engine_answers_before_what_makes_images_is_there() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../public/model");
    let source = FolderSource::new(folder);
    let host = NoopHost::new();
    pollster::block_on(async {
        let device = open_device(Compute::Cpu).await.expect("CPU device");
        let package = Package::open(&source).await.expect("a whole package");
        let needed = PartsToRead::for_answers(&package, &device).expect("a plan");
        assert!(needed.has("connector.fc1.weight") && needed.has("connector.fc1.scales"));
        assert!(!needed.has("llm2vae.weight") && !needed.has("decoder.conv_in.weight"));
        let mut bytes = 0;
        let mut engine = Engine::load_understanding(&package, &device, &host, &mut |at| {
            bytes = at.total_bytes;
        })
        .await
        .expect("the package that ships");
        assert!(
            bytes * 2 < package.manifest().total_bytes(),
            "{bytes} of {}",
            package.manifest().total_bytes()
        );
        let whole = self::engine();
        let answer = async |engine: &Engine| {
            let options = AskOptions {
                max_tokens: 12,
                ..AskOptions::default()
            };
            engine
                .ask(
                    &[picture()],
                    "Which modality is this?",
                    &options,
                    &host,
                    &mut |_| {},
                )
                .await
                .expect("an answer")
                .text
        };
        let expected = answer(&whole).await;
        assert_eq!(answer(&engine).await, expected);
        let options = paint_options(&whole);
        let paint = async |engine: &Engine| {
            let prompt = "Make a chest X-ray.";
            engine
                .paint(&[picture()], prompt, &options, &host, &mut |_| {})
                .await
        };
        let refused = paint(&engine).await.expect_err("half a model");
        assert!(matches!(refused, EngineError::AnswersOnly), "{refused}");
        let loaded = engine
            .load_generation(&package, &device, &host, &mut |_| {})
            .await;
        loaded.expect("the other half");
        let needed = engine.needed_for_making(&device).expect("a plan");
        assert!(needed.is_none() && engine.makes_images());
        let [made, expected_image] = [&engine, &whole]
            .map(|engine| pollster::block_on(paint(engine)).expect("an image").image);
        assert!(
            made == expected_image,
            "the same weights paint the same image"
        );
        // What was joined for answers is still there; other words, so that nothing of it is remembered.
        let [now, then] = [&engine, &whole].map(|engine| {
            let options = AskOptions {
                max_tokens: 12,
                ..AskOptions::default()
            };
            let (question, hear) = ("What is a cyst?", &mut |_| {});
            let other = engine.ask(&[], question, &options, &host, hear);
            pollster::block_on(other).expect("an answer").text
        });
        assert_eq!(now, then);
    });
}
