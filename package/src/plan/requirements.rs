//! What a job is made of: phases, the parts that each needs, and bytes that are not weights.

use super::{
    Job, Part, PlanError,
    job::{image_tokens, latent_tokens},
    working,
};
use crate::config::ModelConfig;

/// Markers around an image or a text.
const MARKERS: u64 = 2;

/// A phase before it is known what stays: parts that it cannot do without, and its other bytes.
pub(super) struct PhaseRequirements {
    pub(super) name: &'static str,
    pub(super) passing: Vec<Part>,
    pub(super) cache: u64,
    pub(super) working: u64,
}

/// What a job is made of.
pub(super) struct JobRequirements {
    /// Parts that serve in almost every phase and are too large to come and go.
    pub(super) lasting: Vec<Part>,
    pub(super) phases: Vec<PhaseRequirements>,
    pub(super) passes: u64,
}

/// What a job is made of, by the configuration.
pub(super) fn requirements(config: &ModelConfig, job: &Job) -> Result<JobRequirements, PlanError> {
    match *job {
        Job::Ask {
            ref images,
            text_tokens,
            answer_tokens,
        } => asking(config, images, text_tokens as u64, answer_tokens as u64),
        Job::Paint {
            width,
            height,
            image,
            text_tokens,
            steps,
            previews,
        } => painting(
            config,
            &Painting {
                size: (width, height),
                image,
                text: text_tokens as u64 + MARKERS,
                steps: steps as u64,
                previews,
            },
        ),
    }
}

/// Tokens and patches of images that are read.
fn seen(config: &ModelConfig, images: &[(usize, usize)]) -> Result<(u64, u64), PlanError> {
    let rule = config.vit_transform.rule();
    let (mut tokens, mut largest) = (0, 0);
    for &image in images {
        let (patches, _) = image_tokens(&rule, config.vision.patch_size, image)?;
        tokens += patches + MARKERS;
        largest = largest.max(patches);
    }
    Ok((tokens, largest))
}

fn asking(
    config: &ModelConfig,
    images: &[(usize, usize)],
    text: u64,
    answer: u64,
) -> Result<JobRequirements, PlanError> {
    let decoder = &config.decoder;
    let (read, largest) = seen(config, images)?;
    let text = text + MARKERS;
    let mut phases = Vec::new();
    let images = read;
    if largest > 0 {
        // Several images are read one after the other.
        let before = working::cache(decoder, images - largest - MARKERS);
        phases.push(PhaseRequirements {
            name: "see",
            passing: vec![Part::Vision],
            cache: before,
            working: working::vision(config, largest),
        });
        let image = largest + MARKERS;
        phases.push(PhaseRequirements {
            name: "look",
            passing: Vec::new(),
            cache: before + working::cache(decoder, working::room(image)),
            working: working::decoder(decoder, image),
        });
    }
    let images = working::cache(decoder, images);
    let asked = working::cache(decoder, working::room(text));
    phases.push(PhaseRequirements {
        name: "read",
        passing: Vec::new(),
        cache: images + asked,
        working: working::decoder(decoder, text),
    });
    // The question is remembered as it was read, for others like it; the answer goes into a copy.
    let answered = working::cache(decoder, working::room_after(text, answer + 1));
    phases.push(PhaseRequirements {
        name: "answer",
        passing: Vec::new(),
        cache: images + asked + answered,
        working: working::decoder(decoder, 1).max(working::logits(decoder)),
    });
    Ok(JobRequirements {
        lasting: vec![Part::Embedding, Part::Understanding, Part::Output],
        phases,
        passes: answer + 1,
    })
}

/// A painting, in the units of this file.
struct Painting {
    size: (usize, usize),
    image: Option<(usize, usize)>,
    /// Tokens, markers included.
    text: u64,
    steps: u64,
    previews: bool,
}

fn painting(config: &ModelConfig, job: &Painting) -> Result<JobRequirements, PlanError> {
    let &Painting {
        size: (width, height),
        image,
        text,
        steps,
        previews,
    } = job;
    let decoder = &config.decoder;
    let latents = latent_tokens(config, width, height)? + MARKERS;
    let mut phases = Vec::new();
    let mut condition = 0;
    if let Some(image) = image {
        let rule = config.vae_transform.rule();
        let (tokens, size) = image_tokens(&rule, config.token_pixels(), image)?;
        let (seen, patches) = seen(config, &[size])?;
        condition = tokens + MARKERS + seen;
        let (width, height) = (size.0 as u64, size.1 as u64);
        phases.push(PhaseRequirements {
            name: "encode",
            passing: vec![Part::Encoder],
            cache: 0,
            working: working::autoencoder(&config.autoencoder, width, height),
        });
        phases.push(PhaseRequirements {
            name: "see",
            passing: vec![Part::Vision],
            cache: working::cache(decoder, working::room(tokens + MARKERS)),
            working: working::vision(config, patches),
        });
        let room = working::room(condition) + (tokens + MARKERS) / 2;
        phases.push(PhaseRequirements {
            name: "look",
            passing: Vec::new(),
            cache: working::cache(decoder, room),
            working: working::decoder(decoder, seen.max(tokens + MARKERS)),
        });
    }
    // The context, the one without the text, and the one without the image.
    let contexts = [
        condition + text,
        condition,
        if condition > 0 { text } else { 0 },
    ];
    let cache = working::cache(decoder, contexts.iter().sum());
    phases.push(PhaseRequirements {
        name: "read",
        passing: Vec::new(),
        cache,
        working: working::decoder(decoder, text),
    });
    let shown = || {
        if previews {
            vec![Part::Decoder]
        } else {
            Vec::new()
        }
    };
    // GuidanceContexts are computed one after the other, and their keys and values live for one layer.
    let own = working::layer_cache(decoder, working::room(latents));
    phases.push(PhaseRequirements {
        name: "sample",
        passing: shown(),
        cache,
        working: working::decoder(decoder, latents) + own,
    });
    phases.push(PhaseRequirements {
        name: "decode",
        passing: vec![Part::Decoder],
        // Previews are decoded between steps, when the contexts are still needed.
        cache: if previews { cache } else { 0 },
        working: working::decoding(&config.autoencoder, width as u64, height as u64),
    });
    Ok(JobRequirements {
        lasting: vec![Part::Embedding, Part::Understanding, Part::Generation],
        phases,
        passes: steps,
    })
}
