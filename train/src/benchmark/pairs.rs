//! Pairs of pictures: what was made, and what is true.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use unimed_imaging::{RgbImage, psnr, resize, ssim};

use super::{BenchmarkError, Picture, error::at, likeness, picture::is_picture, report::rounded};

/// How alike a pair is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairScore {
    /// The name that both have.
    pub name: String,
    /// PSNR in dB on 8-bit RGB, peak 255; `None` for equal pictures, where it is infinite.
    pub psnr_db: Option<f64>,
    /// SSIM with windows of 7 x 7, as scikit-image computes it by default; `None` below that size.
    pub ssim: Option<f64>,
    /// SSIM with the Gaussian window of 11 x 11 of its paper; `None` below that size.
    pub ssim_gaussian: Option<f64>,
    /// Whether the true picture had another size and was resized to the made one's.
    pub resized: bool,
}

/// How alike all pairs are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairsReport {
    /// Mean PSNR in dB over the pairs that differ.
    pub psnr_db: Option<f64>,
    /// Mean SSIM (7 x 7).
    pub ssim: Option<f64>,
    /// Mean SSIM (Gaussian).
    pub ssim_gaussian: Option<f64>,
    /// How many pairs.
    pub pairs: usize,
    /// How many are equal in every value.
    pub equal: usize,
    /// How many true pictures were resized.
    pub resized: usize,
    /// Pictures of either folder without a partner.
    pub alone: usize,
    /// Every pair.
    pub by_pair: Vec<PairScore>,
}

/// Compares two files, or the files of two folders that have one name (whatever their endings).
///
/// # Errors
///
/// [`BenchmarkError`] names the picture that cannot be read.
pub fn compare(made: &Path, truth: &Path) -> Result<PairsReport, BenchmarkError> {
    let (pairs, alone) = if made.is_dir() && truth.is_dir() {
        partners(made, truth)?
    } else {
        let name = made.file_stem().unwrap_or_default().to_string_lossy();
        let pair = (name.into_owned(), made.to_owned(), truth.to_owned());
        (vec![pair], 0)
    };
    let by_pair: Vec<PairScore> = pairs
        .iter()
        .map(|(name, made, truth)| {
            let picture = |path: &PathBuf| Ok(Picture::Path(path.clone()).load(name, 1)?.remove(0));
            pair(name, &picture(made)?, picture(truth)?)
        })
        .collect::<Result<_, BenchmarkError>>()?;
    let mean = |value: fn(&PairScore) -> Option<f64>| {
        let values: Vec<f64> = by_pair.iter().filter_map(value).collect();
        (!values.is_empty()).then(|| fine(values.iter().sum::<f64>() / values.len() as f64))
    };
    Ok(PairsReport {
        psnr_db: mean(|pair| pair.psnr_db),
        ssim: mean(|pair| pair.ssim),
        ssim_gaussian: mean(|pair| pair.ssim_gaussian),
        pairs: by_pair.len(),
        equal: by_pair.iter().filter(|pair| pair.psnr_db.is_none()).count(),
        resized: by_pair.iter().filter(|pair| pair.resized).count(),
        alone,
        by_pair,
    })
}

/// Files of two folders by their names without the ending, and how many have no partner.
type Partners = (Vec<(String, PathBuf, PathBuf)>, usize);

fn partners(made: &Path, truth: &Path) -> Result<Partners, BenchmarkError> {
    let named = |folder: &Path| -> Result<BTreeMap<String, PathBuf>, BenchmarkError> {
        let entries = fs::read_dir(folder).map_err(at(folder))?;
        let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let named = files.filter(|path| is_picture(path)).filter_map(|path| {
            let name = path.file_stem()?.to_string_lossy().into_owned();
            Some((name, path))
        });
        Ok(named.collect())
    };
    let (left, mut right) = (named(made)?, named(truth)?);
    let all = left.len() + right.len();
    let pairs: Vec<_> = left
        .into_iter()
        .filter_map(|(name, made)| {
            let truth = right.remove(&name)?;
            Some((name, made, truth))
        })
        .collect();
    if pairs.is_empty() {
        return Err(BenchmarkError::NoPairs {
            made: made.to_owned(),
            truth: truth.to_owned(),
        });
    }
    let alone = all - 2 * pairs.len();
    Ok((pairs, alone))
}

fn pair(name: &str, made: &RgbImage, truth: RgbImage) -> Result<PairScore, BenchmarkError> {
    let refused = |error: unimed_imaging::ImagingError| BenchmarkError::Picture {
        id: name.to_owned(),
        name: name.to_owned(),
        why: error.to_string(),
    };
    let resized = (truth.width, truth.height) != (made.width, made.height);
    let truth = if resized {
        resize(&truth, made.width, made.height).map_err(refused)?
    } else {
        truth
    };
    let decibels = psnr(made, &truth).map_err(refused)?;
    Ok(PairScore {
        name: name.to_owned(),
        psnr_db: decibels.is_finite().then(|| rounded(decibels)),
        ssim: likeness::ssim(made, &truth).map(fine),
        // Too small for its window is the only way in which it fails here.
        ssim_gaussian: ssim(made, &truth).ok().map(fine),
        resized,
    })
}

/// SSIM is printed with three decimals; one more shows how it was rounded.
fn fine(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
