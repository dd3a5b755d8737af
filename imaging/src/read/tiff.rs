//! TIFF files as series: one for the pages of each size and kind.

use super::picture_series::{field, series};
use crate::budget::Budget;
use crate::tif;
use crate::{Format, ImagingError, SampleKind, Samples, Series, Voi, VoiWindow};

/// Reads a file; decoded pixels count against the budget.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<Vec<Series>, ImagingError> {
    let contents = tif::read(bytes, budget)?;
    let mut all = Vec::new();
    for stack in contents.stacks {
        let about: Vec<(bool, usize)> = stack.frames.iter().map(|f| (f.invert, f.number)).collect();
        let frames: Vec<Samples> = stack.frames.into_iter().map(|f| f.samples).collect();
        let several = about.windows(2).any(|pair| pair[0].1 == pair[1].1);
        let mut series = series(name, Format::Tiff, stack.width, stack.height, frames);
        for (position, (frame, (invert, number))) in
            series.info.frames.iter_mut().zip(about).enumerate()
        {
            frame.invert = invert && series.info.kind != SampleKind::Rgb8;
            // Several frames of one page are counted through.
            frame.number = if several { position } else { number };
        }
        if series.info.kind == SampleKind::U8 && stack.bits < 8 {
            let white = f64::from((1_u32 << stack.bits) - 1);
            series.info.voi = vec![Voi::Window(VoiWindow::spanning(0.0, white))];
        }
        series.info.notes.clone_from(&contents.notes);
        if !stack.unit.is_empty() {
            series
                .info
                .metadata
                .push(field("ImageJ unit", stack.unit.clone()));
        }
        all.push(series);
    }
    Ok(all)
}
