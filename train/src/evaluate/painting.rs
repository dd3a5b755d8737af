//! The autoencoder's round trip, and what the judge sees in images painted from text.

use burn::tensor::{Tensor, TensorData};
use unimed_core::{
    context::Branches,
    host::Pace,
    paint::{Canvas, Guidance, Sampling, Schedule},
    tokenizer::TextMode,
    transforms::{to_image, to_tensor},
};
use unimed_imaging::RgbImage;
use unimed_phantom::{Case, Modality, SIDE, Split, case};

use super::{EvalSettings, JudgeScores, Loaded, PaintingScores, Report, report::Tally};
use crate::{
    TrainError,
    data::{pixels, rgb},
    stages::{Judge, Verdict, names_a_finding},
};

/// Most paintings per modality; each takes about a second.
const MOST_PAINTINGS: u64 = 100;

impl Loaded {
    /// Paints a text with the package's own settings.
    ///
    /// # Errors
    ///
    /// [`TrainError`].
    pub fn paint(&self, text: &str, seed: u32) -> Result<RgbImage, TrainError> {
        let pace = Pace::free();
        let options = &self.defaults.paint;
        let ids = self
            .tokenizer
            .encode(text, TextMode::Literal)
            .map_err(|error| TrainError::Tokenizer(error.to_string()))?;
        let mut branches = Branches::default();
        pollster::block_on(branches.add_text(&self.model, &ids, &pace))?;
        let unit = self.model.config.token_pixels();
        let canvas = Canvas {
            rows: options.height / unit,
            columns: options.width / unit,
        };
        let schedule =
            Schedule::new(options.steps, options.shift).map_err(|error| TrainError::Value {
                what: "the schedule in the manifest",
                found: error.to_string(),
                expected: "at least one step and a positive shift".into(),
            })?;
        let guidance = Guidance {
            text_scale: options.cfg_text,
            image_scale: options.cfg_image,
            interval: options.cfg_interval,
            renorm: options.renorm,
            renorm_min: options.renorm_min,
        };
        let sampling = Sampling {
            canvas,
            schedule,
            guidance,
        };
        let noise = self.model.initial_noise(canvas, seed);
        let tokens =
            pollster::block_on(
                self.model
                    .sample(&branches, &sampling, noise, &pace, &mut |_| {}),
            )?;
        let decoded = pollster::block_on(self.model.decode_latent(tokens, canvas, &pace))?;
        Ok(pollster::block_on(to_image(decoded))?)
    }

    /// Through the mean of the autoencoder's posterior and back.
    ///
    /// # Errors
    ///
    /// [`TrainError::Run`].
    pub fn round_trip(&self, image: &RgbImage) -> Result<RgbImage, TrainError> {
        let pace = Pace::free();
        let (mean, std) = (self.model.config.image_mean, self.model.config.image_std);
        let tensor = to_tensor(image, mean, std, &self.model.device());
        let run = async {
            let latent = self.model.autoencoder.encode(tensor, None, &pace).await?;
            let decoded = self.model.autoencoder.decode(latent, &pace).await?;
            to_image(decoded).await
        };
        Ok(pollster::block_on(run)?)
    }
}

pub(super) fn round_trip(
    loaded: &Loaded,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let mut tally = Tally::default();
    for modality in Modality::ALL {
        for index in 0..settings.count {
            let image = rgb(case(modality, Split::Test, settings.seed, index).image);
            let back = loaded.round_trip(&image)?;
            let psnr = unimed_imaging::psnr(&back, &image)?;
            tally.add(modality.key(), psnr);
        }
        note(&format!(
            "{}: {} round trips",
            modality.key(),
            settings.count
        ));
    }
    report.n.round_trips = tally.count();
    report.autoencoder_psnr = Some(tally.decibels());
    Ok(())
}

pub(super) fn measure(
    loaded: &Loaded,
    judge: &Judge,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let count = settings.count.min(MOST_PAINTINGS);
    let (mut painted, mut found) = (Tally::default(), Tally::default());
    let (mut ceiling, mut own_modality) = (Tally::default(), Tally::default());
    let mut shuffled = Tally::default();
    for modality in Modality::ALL {
        let mut before: Option<Case> = None;
        for index in 0..count {
            let case = case(modality, Split::Test, settings.seed, index);
            let key = modality.key();
            let render = verdict(judge, pixels(&case.image));
            own_modality.hit(key, render.modality == modality);
            ceiling.hit(key, names_a_finding(&case, &render));
            let image = loaded.paint(&case.prompt, index as u32)?;
            let seen = verdict(judge, normalized(&image));
            painted.hit(key, seen.modality == modality);
            found.hit(key, names_a_finding(&case, &seen));
            if let Some(before) = &before {
                shuffled.hit(key, names_a_finding(before, &seen));
            }
            before = Some(case);
            if (index + 1) % 10 == 0 {
                let so_far = painted.mean();
                note(&format!(
                    "{key}: {} paintings, modality {so_far}",
                    index + 1
                ));
            }
        }
    }
    report.n.paintings = painted.count();
    report.text_to_image = Some(PaintingScores {
        modality: painted.mean(),
        by_modality: painted.means(),
        finding: found.mean(),
        finding_ceiling: ceiling.mean(),
        frechet: None,
    });
    report.judge = Some(JudgeScores {
        modality: own_modality.mean(),
        finding: ceiling.mean(),
        shuffled_floor: shuffled.mean(),
    });
    Ok(())
}

fn normalized(image: &RgbImage) -> Vec<f32> {
    unimed_core::transforms::normalized(image, [0.5; 3], [0.5; 3])
}

fn verdict(judge: &Judge, values: Vec<f32>) -> Verdict {
    let device = burn::tensor::Device::flex();
    let shape = [1, 3, SIDE, SIDE];
    judge.verdicts(Tensor::from_data(TensorData::new(values, shape), &device))[0]
}
