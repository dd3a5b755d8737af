//! Real pictures through the autoencoder and back, and made four times sharper.

use std::collections::BTreeMap;

use unimed_imaging::{RgbImage, area_down, psnr, resize};
use unimed_package::host::Unattended;

use super::{Shown, report::PicturesReport};
use crate::{
    TrainError,
    evaluate::{Loaded, report::Tally},
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
    report.superres_gain_db = Some(sharper.decibels()).filter(|_| sharper.count() > 0);
    Ok(())
}

/// How much nearer to the picture the sharpened one is than bicubic enlargement.
fn gain(loaded: &Loaded, image: &RgbImage) -> Result<f64, TrainError> {
    let coarse = resize(&area_down(image, FACTOR)?, image.width, image.height)?;
    let mut options = loaded.engine.info().defaults.paint_for(true).clone();
    options.preview_every = 0;
    let factor = loaded.engine.model().config.autoencoder.upscale_factor;
    (options.width, options.height) = (image.width * factor, image.height * factor);
    let (host, mut unheard) = (Unattended::new(), |_| {});
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
