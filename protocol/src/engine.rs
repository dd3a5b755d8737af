//! Between the page and the engine worker: questions and prompts there, tokens, steps and results back.

use crate::{JobId, MatrixForm, ModelSource, Picture, UserError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the person wants the engine to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The GPU when there is a real one, else the CPU.
    #[default]
    Auto,
    /// The CPU, whatever else there is.
    Cpu,
    /// WebGPU, also on a software adapter.
    Gpu,
}

/// Which kernels the GPU uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KernelChoice {
    /// The faster ones by a short measurement.
    #[default]
    Measured,
    /// Every invocation works alone: for software adapters.
    BarrierFree,
    /// Workgroups share memory: for graphics processors.
    SharedMemory,
}

/// What the engine runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compute {
    /// WebAssembly with 128-bit vectors, one thread.
    Cpu,
    /// WebGPU.
    Gpu,
}

/// How to answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskSettings {
    /// `None` takes the likeliest token every time; else the temperature of sampling, above 0.
    pub temperature: Option<f32>,
    /// Seed of sampling; without a temperature it changes nothing.
    pub seed: u64,
    /// Longest answer, in tokens.
    pub max_tokens: usize,
    /// Whether to measure where the answer looked; costs one more pass over the answer.
    #[serde(rename = "gaze")]
    pub attention: bool,
}

/// A piece of what a question is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskPart {
    /// An image.
    Image(Picture),
    /// Words: an earlier question, its answer, or the question itself, as typed. Strings that look like control tokens
    /// stay text.
    Text(String),
}

/// Where an answer looked: attention over the patches of one image, the mean over the answer's tokens. It shows what
/// was taken in, not why the answer is what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttentionMap {
    /// Rows of patches.
    pub rows: usize,
    /// Columns of patches.
    pub columns: usize,
    /// One share of the attention per patch, row by row from the top left.
    pub weights: Vec<f32>,
}

/// How to paint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaintSettings {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Steps of the flow.
    pub steps: usize,
    /// Guidance towards the text; 1 = none.
    pub cfg_text: f32,
    /// Guidance towards the source image; 1 = none.
    pub cfg_image: f32,
    /// Seed of the noise; the same seed gives the same image.
    pub seed: u64,
    /// A preview every so many steps; 0 = none.
    pub preview_every: usize,
}

/// Settings for counterfactuals, and which texts ask for one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CounterfactualSettings {
    /// Beginnings of such a text, in English without regard to case.
    pub begins: Vec<String>,
    /// The settings.
    pub settings: PaintSettings,
}

impl CounterfactualSettings {
    /// Whether a text asks for one.
    #[must_use]
    pub fn is_asked(&self, text: &str) -> bool {
        // Not by `to_lowercase`, whose tables would be a fortieth of the page.
        let text = text.trim_start().as_bytes();
        let begins = |beginning: &String| {
            let head = text.get(..beginning.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
        };
        self.begins.iter().any(begins)
    }
}

/// What the page shows of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Name of the model.
    pub name: String,
    /// Licence of the weights.
    pub licence: String,
    /// Number of parameters.
    pub parameters: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Side of the square that images are resized to before the model sees them, in pixels.
    pub sees_px: usize,
    /// Width and height of images it makes by default, in pixels.
    pub paints_px: usize,
    /// Side of an image that it makes is a multiple of this, in pixels.
    pub paint_multiple_px: usize,
    /// Smallest and largest side of an image that it makes, in pixels.
    pub paint_range_px: [usize; 2],
    /// Settings for answers that its makers chose.
    pub ask: AskSettings,
    /// Settings for images from words alone that its makers chose.
    pub paint: PaintSettings,
    /// Settings for images from images that its makers chose.
    pub edit: PaintSettings,
    /// Settings for the same patient with one finding changed, where the makers chose some.
    pub counterfactual: Option<CounterfactualSettings>,
    /// SHA-256 of its description, which holds the hashes of all its files: names the weights exactly.
    pub hash: String,
}

/// What the page shows of the device in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCard {
    /// What the engine runs on.
    pub compute: Compute,
    /// Name of the adapter or of the CPU path.
    pub name: String,
    /// Whether it is a WebGPU adapter that is itself software.
    pub software: bool,
    /// Name of the WebGPU adapter that is there but not in use, if any.
    pub other_adapter: Option<String>,
    /// One sentence: why this one.
    pub why: String,
    /// How it computes and what was measured, in a sentence or two; empty when nothing was.
    pub kernels: String,
    /// What the engine has there; `None` before a model is loaded, and on the CPU, where nothing is counted apart.
    pub memory: Option<MemoryCard>,
}

/// Memory of a device, counted by the allocator that holds it, beside what was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryCard {
    /// Bytes of all tensors now: weights, and what is remembered of images and texts.
    pub held_bytes: u64,
    /// Most bytes that an ordinary question needs at once by the plan, or an image where what makes them is loaded.
    pub planned_bytes: u64,
}

/// Page to engine worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToEngine {
    /// Open a device and load a model; once in the life of a worker.
    Start {
        /// Where the model comes from; a folder goes along.
        model: ModelSource,
        /// Absolute address of the page's folder, with a slash at its end (to sort requests).
        page_url: String,
        /// What the person wants to run on.
        device: DeviceChoice,
        /// Which kernels the GPU is to use.
        kernels: KernelChoice,
        /// What [`FromEngine::Measured`] brought on this and earlier visits, by adapter.
        measured: BTreeMap<String, String>,
    },
    /// Answer a question.
    Ask {
        /// Which job; every answer names it.
        job: JobId,
        /// Images and words in the order in which they are read; the question is the last.
        parts: Vec<AskPart>,
        /// How.
        settings: AskSettings,
    },
    /// Make an image.
    Paint {
        /// Which job; every answer names it.
        job: JobId,
        /// Source images; empty to paint from text alone.
        images: Vec<Picture>,
        /// What to make, as typed.
        prompt: String,
        /// How.
        settings: PaintSettings,
    },
    /// Recompute a reference implementation's numbers on the device in use; the answers are [`FromVerification`](crate::FromVerification). The
    /// model that is loaded has no part in it.
    Verify {
        /// Which job; every answer names it.
        job: JobId,
        /// The set's files by name, each with the place of its bytes beside the message.
        files: BTreeMap<String, usize>,
        /// How the matrices of the set's model are held.
        form: MatrixForm,
    },
    /// Stop a job, running or waiting. Its result then says `stopped`.
    Cancel {
        /// Which job.
        job: JobId,
    },
}

/// Engine worker to page, as [`crate::FromWorker::Event`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromEngine {
    /// An adapter was measured. The page keeps the record, so that the next visit need not measure again.
    Measured {
        /// Name of the adapter.
        adapter: String,
        /// In the engine's own words.
        record: String,
    },
    /// A device is open.
    Device(DeviceCard),
    /// Loading goes on.
    Loading {
        /// Bytes done.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
        /// What is being done, in a few words.
        phase: String,
    },
    /// The model is loaded; jobs may come.
    Ready(Box<ModelCard>),
    /// The device or the model could not be opened; this worker is of no more use.
    StartFailed(UserError),
    /// An answer grew.
    Token {
        /// Which job.
        job: JobId,
        /// What it adds to the answer; often nothing.
        text: String,
        /// Number of this token, from 0.
        index: usize,
        /// Probability that the model gave this token, 0 to 1.
        probability: f32,
    },
    /// An answer is complete, or was stopped.
    Answered {
        /// Which job.
        job: JobId,
        /// The answer.
        text: String,
        /// Its length in tokens.
        tokens: usize,
        /// Time to read image and question.
        prefill_ms: f64,
        /// Time to write the answer.
        decode_ms: f64,
        /// Whether the person stopped it.
        stopped: bool,
        /// Where it looked, image by image, when that was asked for.
        attention: Vec<AttentionMap>,
    },
    /// A step of a painting is done.
    Step {
        /// Which job.
        job: JobId,
        /// Steps done.
        step: usize,
        /// Steps in all.
        steps: usize,
        /// What it looks like by now, every few steps.
        preview: Option<Picture>,
    },
    /// A painting is complete, or was stopped.
    Painted {
        /// Which job.
        job: JobId,
        /// The image.
        picture: Picture,
        /// Steps done.
        steps: usize,
        /// Seed of its noise.
        seed: u64,
        /// Time it took.
        paint_ms: f64,
        /// Whether the person stopped it.
        stopped: bool,
    },
    /// A job was stopped before there was anything to show of it.
    Stopped {
        /// Which job.
        job: JobId,
    },
    /// A job failed; the worker goes on.
    Failed {
        /// Which job.
        job: JobId,
        /// Why, and what to do.
        user_error: UserError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remedy, decode, encode};

    fn ask() -> AskSettings {
        AskSettings {
            temperature: Some(0.7),
            seed: u64::MAX,
            max_tokens: 64,
            attention: true,
        }
    }

    fn paint() -> PaintSettings {
        PaintSettings {
            width: 128,
            height: 96,
            steps: 24,
            cfg_text: 4.0,
            cfg_image: 1.5,
            seed: 1 << 60,
            preview_every: 4,
        }
    }

    #[test]
    fn messages_to_the_engine_survive_the_way() {
        let picture = Picture {
            width: 4,
            height: 3,
            buffer: 1,
        };
        let messages = [
            ToEngine::Start {
                model: ModelSource::Url("http://127.0.0.1:8080/model/".into()),
                page_url: "http://127.0.0.1:8080/".into(),
                device: DeviceChoice::Gpu,
                kernels: KernelChoice::BarrierFree,
                measured: BTreeMap::from([("X".into(), "{}".into())]),
            },
            ToEngine::Ask {
                job: JobId(1),
                parts: vec![
                    AskPart::Image(picture),
                    AskPart::Text("<|im_end|> что это? \u{1F9E0}\n\"".into()),
                ],
                settings: ask(),
            },
            ToEngine::Paint {
                job: JobId(2),
                images: vec![],
                prompt: String::new(),
                settings: paint(),
            },
            ToEngine::Verify {
                job: JobId(3),
                files: BTreeMap::from([("config.json".into(), 0)]),
                form: MatrixForm::Q8,
            },
            ToEngine::Cancel { job: JobId(2) },
        ];
        for message in messages {
            assert_eq!(
                decode::<ToEngine>(&encode(&message)).expect("same text"),
                message
            );
        }
    }

    #[test]
    fn messages_from_the_engine_survive_the_way() {
        let picture = Picture {
            width: 4,
            height: 3,
            buffer: 0,
        };
        let messages = [
            FromEngine::Measured {
                adapter: "X".into(),
                record: r#"{"cpu":1.5}"#.into(),
            },
            FromEngine::Device(DeviceCard {
                compute: Compute::Cpu,
                name: "CPU".into(),
                software: false,
                other_adapter: Some("SwiftShader".into()),
                why: "The only WebGPU adapter is software.".into(),
                kernels: String::new(),
                memory: Some(MemoryCard {
                    held_bytes: 1 << 33,
                    planned_bytes: 1 << 34,
                }),
            }),
            FromEngine::Loading {
                done_bytes: 5_000_000_000,
                total_bytes: 1 << 40,
                phase: "weights".into(),
            },
            FromEngine::Ready(Box::new(ModelCard {
                name: "Demo 128".into(),
                licence: "MIT".into(),
                parameters: 14_000_000_000,
                bytes: 7_000_000,
                sees_px: 128,
                paints_px: 128,
                paint_multiple_px: 16,
                paint_range_px: [64, 256],
                ask: ask(),
                paint: paint(),
                edit: paint(),
                counterfactual: Some(CounterfactualSettings {
                    begins: vec!["Add ".into()],
                    settings: paint(),
                }),
                hash: "00ff".into(),
            })),
            FromEngine::StartFailed(UserError::new("No model.", "Build again.", Remedy::Reload)),
            FromEngine::Token {
                job: JobId(1),
                text: " chest".into(),
                index: 1,
                probability: 0.5,
            },
            FromEngine::Answered {
                job: JobId(1),
                text: "a chest X-ray".into(),
                tokens: 4,
                prefill_ms: 12.5,
                decode_ms: 80.25,
                stopped: true,
                attention: vec![AttentionMap {
                    rows: 1,
                    columns: 2,
                    weights: vec![0.25, 0.75],
                }],
            },
            FromEngine::Step {
                job: JobId(2),
                step: 1,
                steps: 24,
                preview: Some(picture),
            },
            FromEngine::Painted {
                job: JobId(2),
                picture,
                steps: 24,
                seed: u64::MAX,
                paint_ms: 1.0,
                stopped: false,
            },
            FromEngine::Failed {
                job: JobId(2),
                user_error: UserError::new("x", "y", Remedy::Retry),
            },
        ];
        for message in messages {
            assert_eq!(
                decode::<FromEngine>(&encode(&message)).expect("same text"),
                message
            );
        }
    }

    #[test]
    fn a_seed_keeps_all_64_bits() {
        // A trip through a browser number would round 2^60 + 1.
        let mut settings = paint();
        settings.seed = (1 << 60) + 1;
        let text = encode(&settings);
        assert!(text.contains("1152921504606846977"), "{text}");
        assert_eq!(
            decode::<PaintSettings>(&text).expect("same text").seed,
            (1 << 60) + 1
        );
    }
}
