//! Real pictures through the autoencoder and back, made four times sharper, and asked for in words.

use std::collections::BTreeMap;

use unimed_imaging::{RgbImage, area_down, psnr, resize};
use unimed_package::host::NoopHost;
use unimed_phantom::FINE_SIDE;

use super::{Shown, report::PicturesReport};
use crate::{
    TrainError,
    data::sample_rng,
    evaluate::{Loaded, painting::ratios, report::Tally},
    pictures::{Record, middle_square, sentences},
    sharpness::Sharpness,
};

/// PSNR of pictures that are equal; infinity has no mean.
const EQUAL_DB: f64 = 60.0;
/// How much coarser the source of super-resolution is in each direction.
const FACTOR: usize = 4;
/// Pictures of a modality that are made sharper; each takes about a second.
const SHARPENED: usize = 20;
/// What the simulator asks first.
const REQUEST: &str = "Make this image 4x sharper.";

/// Measures both.
pub(super) fn measure(
    loaded: &Loaded,
    records: &[Shown<'_>],
    report: &mut PicturesReport,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let (mut back, mut sharper) = (Tally::default(), Tally::default());
    let mut sharp: BTreeMap<&'static str, Sharpness> = BTreeMap::new();
    let mut asked: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut of: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (_, record) in records {
        if let Some(modality) = record.modality {
            *of.entry(modality.key()).or_default() += 1;
        }
    }
    for (done, (folder, record)) in records.iter().enumerate() {
        let Some(modality) = record.modality else {
            continue;
        };
        let rule = loaded.engine.model().config.vae_transform.rule();
        let image = rule.apply(&folder.image(record)?)?;
        back.add(
            modality.key(),
            psnr(&loaded.round_trip(&image)?, &image)?.min(EQUAL_DB),
        );
        // Spread over the modality's pictures, which stand source by source.
        let count = of[modality.key()];
        let turn = asked.entry(modality.key()).or_default();
        let chosen =
            count <= SHARPENED || *turn * SHARPENED / count != (*turn + 1) * SHARPENED / count;
        *turn += 1;
        if chosen {
            sharper.add(modality.key(), gain(loaded, &image)?);
            let picture = folder.image(record)?;
            asked_for(loaded, record, &picture, done as u64, &mut sharp)?;
        }
        if (done + 1).is_multiple_of(50) {
            note(&format!(
                "{} of {} pictures made again",
                done + 1,
                records.len()
            ));
        }
    }
    report.autoencoder_psnr = Some(back.decibels()).filter(|_| back.count() > 0);
    report.sharpness = Some(ratios(&sharp)).filter(|ratios| !ratios.is_empty());
    report.superres_gain_db = Some(sharper.decibels()).filter(|_| sharper.count() > 0);
    Ok(())
}

/// Makes an image from a sentence about a picture, and compares how sharp the two are.
fn asked_for(
    loaded: &Loaded,
    record: &Record,
    picture: &RgbImage,
    seed: u64,
    sharp: &mut BTreeMap<&'static str, Sharpness>,
) -> Result<(), TrainError> {
    let said = sentences(record, record.frame, false, &mut sample_rng(14, seed));
    let (Some(said), Some(modality)) = (said, record.modality) else {
        return Ok(());
    };
    let made = loaded.paint_whole(&[], &said.request, seed)?;
    let square = middle_square(picture, FINE_SIDE)?;
    let own = sharp.entry(modality.key()).or_default();
    Ok(own.add(&made, &square)?)
}

/// How much nearer to the picture the sharpened one is than bicubic enlargement.
fn gain(loaded: &Loaded, image: &RgbImage) -> Result<f64, TrainError> {
    let coarse = resize(&area_down(image, FACTOR)?, image.width, image.height)?;
    let mut options = loaded
        .engine
        .info()
        .defaults
        .paint_for(true, REQUEST)
        .clone();
    options.preview_every = 0;
    let factor = loaded.engine.model().config.autoencoder.upscale_factor;
    (options.width, options.height) = (image.width * factor, image.height * factor);
    let (host, mut unheard) = (NoopHost::new(), |_| {});
    let job = loaded.engine.paint(
        std::slice::from_ref(&coarse),
        REQUEST,
        &options,
        &host,
        &mut unheard,
    );
    let made = loaded.reduced(&pollster::block_on(job)?.image)?;
    let decibels = |other: &RgbImage| psnr(other, image).map(|db| db.min(EQUAL_DB));
    Ok(decibels(&made)? - decibels(&coarse)?)
}
