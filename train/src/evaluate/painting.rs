//! The autoencoder's round trip, and what the judge sees in images painted from text.

use std::collections::BTreeMap;

use unimed_core::transforms::{to_image, to_tensor};
use unimed_imaging::{RgbImage, area_down};
use unimed_package::host::{NoopHost, Yielder};
use unimed_phantom::{Case, Image, Split, case, fine_image};

use super::{
    judge::normalized,
    likeness,
    loaded::Loaded,
    questions::Attributes,
    report::{JudgeScores, PaintingScores, Report, Tally, rounded},
    settings::EvalSettings,
};
use crate::{
    TrainError,
    data::{TRAIN_SEED, pixels, rgb},
    sharpness::Sharpness,
    stages::{Judge, names_a_finding},
};

/// Training renders per modality among which the nearest one is looked for.
const TRAINING: u64 = 300;
/// Seed of the second set of fresh renders.
const OTHER_SEED: u64 = 0x5EC0_17D5;

impl Loaded {
    /// Paints a text, from pictures or from nothing, with the package's own settings but for
    /// [`Loaded::steps`]; what the decoder makes larger is brought back to the size of the scenes.
    ///
    /// # Errors
    ///
    /// [`TrainError`].
    pub fn paint(&self, images: &[Image], text: &str, seed: u64) -> Result<RgbImage, TrainError> {
        self.reduced(&self.paint_whole(images, text, seed)?)
    }

    /// Means over the blocks of pixels that the decoder makes of one.
    pub(super) fn reduced(&self, image: &RgbImage) -> Result<RgbImage, TrainError> {
        let factor = self.engine.model().config.autoencoder.upscale_factor;
        Ok(area_down(image, factor)?)
    }

    /// As [`Self::paint`], in the size that the model makes.
    ///
    /// # Errors
    ///
    /// [`TrainError`].
    pub fn paint_whole(
        &self,
        images: &[Image],
        text: &str,
        seed: u64,
    ) -> Result<RgbImage, TrainError> {
        let mut options = self
            .engine
            .info()
            .defaults
            .paint_for(!images.is_empty(), text)
            .clone();
        options.seed = seed;
        options.steps = self.steps.unwrap_or(options.steps);
        options.preview_every = 0;
        let images: Vec<RgbImage> = images.iter().cloned().map(rgb).collect();
        let host = NoopHost::new();
        let mut unheard = |_| {};
        let job = self
            .engine
            .paint(&images, text, &options, &host, &mut unheard);
        Ok(pollster::block_on(job)?.image)
    }

    /// Through the mean of the autoencoder's posterior and back, in the size of the image.
    ///
    /// # Errors
    ///
    /// [`TrainError::Run`].
    pub fn round_trip(&self, image: &RgbImage) -> Result<RgbImage, TrainError> {
        let yielder = Yielder::never();
        let model = self.engine.model();
        let (mean, std) = (model.config.image_mean, model.config.image_std);
        let tensor = to_tensor(image, mean, std, &model.device());
        let run = async {
            let latent = model.autoencoder.encode(tensor, None, &yielder).await?;
            let decoded = model.autoencoder.decode(latent, &yielder).await?;
            to_image(decoded).await
        };
        self.reduced(&pollster::block_on(run)?)
    }
}

/// A painting as the simulator's images are.
fn plain(image: RgbImage) -> Image {
    Image {
        width: image.width,
        height: image.height,
        pixels: image.pixels,
    }
}

/// The ratios of a table.
pub(super) fn ratios(table: &BTreeMap<&'static str, Sharpness>) -> BTreeMap<&'static str, f64> {
    let each = table.iter();
    each.map(|(key, sharp)| (*key, rounded(sharp.ratio())))
        .collect()
}

pub(super) fn round_trip(
    loaded: &Loaded,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let mut tally = Tally::default();
    for &modality in &loaded.modalities {
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
    let count = settings.images();
    let (mut painted, mut found) = (Tally::default(), Tally::default());
    let (mut ceiling, mut own_modality) = (Tally::default(), Tally::default());
    let (mut asked, mut shuffled) = (Tally::default(), Tally::default());
    let (mut made, mut fresh, mut other) = (Vec::new(), Vec::new(), Vec::new());
    let mut sharp: BTreeMap<&'static str, Sharpness> = BTreeMap::new();
    let mut attributes = Attributes::default();
    for &modality in &loaded.modalities {
        let mut before: Option<Case> = None;
        for index in 0..count {
            let case = case(modality, Split::Test, settings.seed, index);
            let key = modality.key();
            let render = judge.verdict(pixels(&case.image));
            own_modality.hit(key, render.modality == modality);
            ceiling.hit(key, names_a_finding(&case, &render));
            let whole = loaded.paint_whole(&[], &case.prompt, index)?;
            let image = loaded.reduced(&whole)?;
            attributes.ask(loaded, &case, &plain(image.clone()))?;
            let fine = rgb(fine_image(modality, Split::Test, settings.seed, index));
            sharp.entry(key).or_default().add(&whole, &fine)?;
            let seen = judge.verdict(normalized(&image));
            painted.hit(key, seen.modality == modality);
            let hit = names_a_finding(&case, &seen);
            found.hit(key, hit);
            asked.hit(case.finding.unwrap_or("normal"), hit);
            if let Some(before) = &before {
                shuffled.hit(key, names_a_finding(before, &seen));
            }
            made.push(judge.feature_row(normalized(&image)));
            fresh.push(judge.feature_row(pixels(&case.image)));
            let twin = unimed_phantom::case(modality, Split::Test, OTHER_SEED, index);
            other.push(judge.feature_row(pixels(&twin.image)));
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
    let training: Vec<Vec<f32>> = loaded
        .modalities
        .iter()
        .flat_map(|&modality| (0..TRAINING).map(move |index| (modality, index)))
        .map(|(modality, index)| case(modality, Split::Train, TRAIN_SEED, index))
        .map(|case| judge.feature_row(pixels(&case.image)))
        .collect();
    report.n.paintings = painted.count();
    report.text_to_image = Some(PaintingScores {
        modality: painted.mean(),
        by_modality: painted.means(),
        finding: found.mean(),
        finding_by_modality: found.means(),
        finding_by_asked: asked.means(),
        finding_ceiling: ceiling.mean(),
        attributes: attributes.scores(),
        sharpness: ratios(&sharp),
        frechet: rounded(likeness::frechet(&made, &fresh)),
        frechet_floor: rounded(likeness::frechet(&other, &fresh)),
        diversity: rounded(likeness::spread(&made)),
        diversity_of_renders: rounded(likeness::spread(&fresh)),
        nearest_training: rounded(likeness::nearest(&made, &training)),
        nearest_training_of_renders: rounded(likeness::nearest(&fresh, &training)),
    });
    report.judge = Some(JudgeScores {
        modality: own_modality.mean(),
        finding: ceiling.mean(),
        shuffled_floor: shuffled.mean(),
    });
    Ok(())
}
