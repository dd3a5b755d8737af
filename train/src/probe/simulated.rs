//! How well a linear classifier tells real pictures from simulated ones of the same modality: what is left between the simulator
//! and the world, in the tower's eyes.

use std::collections::BTreeMap;

use unimed_phantom::{Modality, SIDE, Split, case};

use super::{
    fold, measured,
    report::Probed,
    ridge::{Example, FOLDS, Ridge},
    tower::Tower,
};
use crate::{
    TrainError,
    data::{TRAIN_SEED, rgb},
    pictures::{Folder, PictureSplit, Record, middle_square},
};

/// Pictures of a modality and split, at most.
const MOST: usize = 300;
/// Fewer training pictures are too few.
const FEWEST: usize = 20;
/// Names of the two classes.
const CLASSES: [&str; 2] = ["real", "simulated"];

/// Up to `most` of some pictures, evenly spread.
fn spread<T>(list: Vec<T>, most: usize) -> Vec<T> {
    let (count, step) = (list.len(), most.max(1));
    let kept = |at: usize| count <= step || at * step / count != (at + 1) * step / count;
    let numbered = list.into_iter().enumerate();
    numbered
        .filter(|(at, _)| kept(*at))
        .map(|(_, item)| item)
        .collect()
}

/// Probes every modality that has enough pictures.
pub(super) fn probe(
    tower: &dyn Tower,
    folders: &[Folder],
    note: &mut dyn FnMut(&str),
) -> Result<BTreeMap<String, Probed>, TrainError> {
    let mut found = BTreeMap::new();
    for modality in Modality::ALL {
        let of = |split: PictureSplit| -> Vec<(&Folder, &Record)> {
            let all = folders
                .iter()
                .flat_map(|folder| folder.of(split).map(move |record| (folder, record)));
            spread(
                all.filter(|(_, record)| record.modality == Some(modality))
                    .collect(),
                MOST,
            )
        };
        let (train, board) = (of(PictureSplit::Train), of(PictureSplit::Board));
        if train.len() < FEWEST || board.is_empty() {
            continue;
        }
        let real = |list: &[(&Folder, &Record)]| -> Result<Vec<(Vec<f32>, u64)>, TrainError> {
            list.iter()
                .map(|(folder, record)| {
                    // At the size of the simulator, so that neither shape nor size tells.
                    let image = middle_square(&folder.image(record)?, SIDE)?;
                    Ok((tower.features(&image)?, fold(record)))
                })
                .collect()
        };
        // As many scenes as there are pictures, of the split that training saw and of one that it did not.
        let scenes = |split: Split, count: usize| -> Result<Vec<(Vec<f32>, u64)>, TrainError> {
            (0..count as u64)
                .map(|index| {
                    let scene = case(modality, split, TRAIN_SEED, index);
                    Ok((tower.features(&rgb(scene.image))?, index % FOLDS))
                })
                .collect()
        };
        let learned = [real(&train)?, scenes(Split::Train, train.len())?];
        let asked = [real(&board)?, scenes(Split::Validation, board.len())?];
        let examples: Vec<Example<'_>> = learned
            .iter()
            .enumerate()
            .flat_map(|(class, list)| {
                list.iter().map(move |(features, fold)| Example {
                    features,
                    class,
                    fold: *fold,
                })
            })
            .collect();
        let ridge = Ridge::learned(&examples, CLASSES.len());
        let held_out = asked.iter().enumerate().flat_map(|(class, list)| {
            list.iter()
                .map(move |(features, _)| (features.as_slice(), class))
        });
        if let Some(probed) = measured(&ridge, examples.len(), held_out, &CLASSES, "board") {
            note(&format!(
                "{}: real from simulated {:.3} balanced",
                modality.key(),
                probed.balanced
            ));
            found.insert(modality.key().to_owned(), probed);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_keeps_order_and_number() {
        assert_eq!(spread((0..10).collect(), 4), [2, 4, 7, 9]);
        assert_eq!(spread(vec![1, 2], 4), [1, 2]);
    }
}
