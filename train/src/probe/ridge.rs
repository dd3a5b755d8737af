//! Ridge regression on classes: the linear classifier with a solution in closed form (Hoerl & Kennard 1970), every class of the same
//! weight, the penalty chosen by cross-validation over groups.

/// Penalties that are tried, as parts of the features' variance.
const PENALTIES: [f64; 7] = [1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 1.0, 10.0];
/// Parts of the cross-validation.
pub(super) const FOLDS: u64 = 5;

/// What is learned from: features, class and group of each picture.
pub(super) struct Example<'a> {
    pub(super) features: &'a [f32],
    pub(super) class: usize,
    /// Which part of the cross-validation its group is in.
    pub(super) fold: u64,
}

/// Mean and deviation of each feature.
struct Scale {
    mean: Vec<f64>,
    inverse: Vec<f64>,
}

impl Scale {
    fn of(examples: &[Example<'_>]) -> Self {
        let width = examples.first().map_or(0, |example| example.features.len());
        let n = examples.len().max(1) as f64;
        let (mut mean, mut square) = (vec![0.0; width], vec![0.0; width]);
        for example in examples {
            for (at, &value) in example.features.iter().enumerate() {
                mean[at] += f64::from(value) / n;
                square[at] += f64::from(value).powi(2) / n;
            }
        }
        let inverse = mean.iter().zip(&square).map(|(mean, square)| {
            let deviation = (square - mean * mean).max(0.0).sqrt();
            // A feature that never changes tells nothing.
            if deviation > 1e-6 {
                1.0 / deviation
            } else {
                0.0
            }
        });
        Self {
            inverse: inverse.collect(),
            mean,
        }
    }

    /// The scaled features and a one.
    fn row(&self, features: &[f32]) -> Vec<f64> {
        let parts = self.mean.iter().zip(&self.inverse).zip(features);
        let scaled = parts.map(|((mean, inverse), &value)| (f64::from(value) - mean) * inverse);
        scaled.chain([1.0]).collect()
    }
}

/// Weighted sums of products: of features with features, and of features with classes.
#[derive(Clone)]
struct Sums {
    width: usize,
    classes: usize,
    gram: Vec<f64>,
    cross: Vec<f64>,
    weight: f64,
}

impl Sums {
    fn new(width: usize, classes: usize) -> Self {
        Self {
            width,
            classes,
            gram: vec![0.0; width * width],
            cross: vec![0.0; width * classes],
            weight: 0.0,
        }
    }

    fn add(&mut self, row: &[f64], class: usize, weight: f64) {
        for (at, &value) in row.iter().enumerate() {
            let value = value * weight;
            // The lower triangle is enough.
            let line = &mut self.gram[at * self.width..=at * self.width + at];
            for (sum, other) in line.iter_mut().zip(row) {
                *sum += value * other;
            }
            self.cross[at * self.classes + class] += value;
        }
        self.weight += weight;
    }

    fn less(&self, part: &Self) -> Self {
        let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self {
            gram: minus(&self.gram, &part.gram),
            cross: minus(&self.cross, &part.cross),
            weight: self.weight - part.weight,
            ..*self
        }
    }

    /// Weights `[width, classes]` for a penalty, by Cholesky's decomposition.
    fn solve(&self, penalty: f64) -> Vec<f64> {
        let (n, k) = (self.width, self.classes);
        let mut lower = self.gram.clone();
        for at in 0..n {
            // The last row is the one of ones, which is not held back.
            let held = if at + 1 < n { penalty } else { 0.0 };
            lower[at * n + at] += self.weight * held + 1e-9;
        }
        for row in 0..n {
            for column in 0..=row {
                let sum: f64 = (0..column)
                    .map(|at| lower[row * n + at] * lower[column * n + at])
                    .sum();
                let value = lower[row * n + column] - sum;
                lower[row * n + column] = if row == column {
                    value.max(1e-12).sqrt()
                } else {
                    value / lower[column * n + column]
                };
            }
        }
        let mut x = self.cross.clone();
        for class in 0..k {
            for row in 0..n {
                let sum: f64 = (0..row)
                    .map(|at| lower[row * n + at] * x[at * k + class])
                    .sum();
                x[row * k + class] = (x[row * k + class] - sum) / lower[row * n + row];
            }
            for row in (0..n).rev() {
                let sum: f64 = (row + 1..n)
                    .map(|at| lower[at * n + row] * x[at * k + class])
                    .sum();
                x[row * k + class] = (x[row * k + class] - sum) / lower[row * n + row];
            }
        }
        x
    }
}

/// A linear classifier.
pub(super) struct Ridge {
    scale: Scale,
    classes: usize,
    weights: Vec<f64>,
    /// The penalty that was chosen.
    pub(super) penalty: f64,
}

/// The class with the largest value.
fn best(row: &[f64], weights: &[f64], classes: usize) -> usize {
    let value = |class: usize| -> f64 {
        row.iter()
            .enumerate()
            .map(|(at, value)| value * weights[at * classes + class])
            .sum()
    };
    let values: Vec<f64> = (0..classes).map(value).collect();
    (0..classes)
        .max_by(|&a, &b| values[a].total_cmp(&values[b]))
        .unwrap_or(0)
}

impl Ridge {
    /// Learns from examples of `classes` classes, each of which occurs.
    pub(super) fn learned(examples: &[Example<'_>], classes: usize) -> Self {
        let scale = Scale::of(examples);
        let rows: Vec<Vec<f64>> = examples
            .iter()
            .map(|example| scale.row(example.features))
            .collect();
        let width = rows.first().map_or(1, Vec::len);
        let mut counts = vec![0.0_f64; classes];
        for example in examples {
            counts[example.class] += 1.0;
        }
        let mut parts = vec![Sums::new(width, classes); FOLDS as usize];
        let mut all = Sums::new(width, classes);
        for (row, example) in rows.iter().zip(examples) {
            let weight = 1.0 / counts[example.class].max(1.0);
            parts[example.fold as usize].add(row, example.class, weight);
            all.add(row, example.class, weight);
        }
        let mut penalty = (PENALTIES[PENALTIES.len() / 2], -1.0);
        for candidate in PENALTIES {
            let mut right = vec![0.0; classes];
            for (fold, part) in parts.iter().enumerate() {
                let weights = all.less(part).solve(candidate);
                for (row, example) in rows.iter().zip(examples) {
                    if example.fold == fold as u64 && best(row, &weights, classes) == example.class
                    {
                        right[example.class] += 1.0;
                    }
                }
            }
            let shares = right
                .iter()
                .zip(&counts)
                .map(|(right, count)| right / count.max(1.0));
            let balanced = shares.sum::<f64>() / classes as f64;
            if balanced >= penalty.1 {
                penalty = (candidate, balanced);
            }
        }
        Self {
            weights: all.solve(penalty.0),
            penalty: penalty.0,
            scale,
            classes,
        }
    }

    /// The class of some features.
    pub(super) fn class(&self, features: &[f32]) -> usize {
        best(&self.scale.row(features), &self.weights, self.classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{normals, sample_rng};

    #[test]
    fn one_feature_and_two_classes_by_hand() {
        // Scaled to -1 and 1, weights of a half each: the slope is cov / (var + penalty), the class of the larger value
        // changes at the middle.
        let values = [[0.0_f32], [2.0], [0.0], [2.0]];
        let examples: Vec<Example<'_>> = (0..4)
            .map(|at| Example {
                features: &values[at],
                class: at % 2,
                fold: at as u64,
            })
            .collect();
        let ridge = Ridge::learned(&examples, 2);
        // Of penalties that do equally well, the largest. With 10, a picture that is left out is taken for the class that is
        // then the more frequent one; with 1 it is not. The slope of class 1 is 0.5 / (1 + 1).
        assert_eq!(ridge.penalty, 1.0);
        assert!(
            (ridge.weights[1] - 0.25).abs() < 1e-6,
            "{:?}",
            ridge.weights
        );
        assert!((ridge.weights[3] - 0.5).abs() < 1e-6, "{:?}", ridge.weights);
        assert_eq!((ridge.class(&[0.9]), ridge.class(&[1.1])), (0, 1));
    }

    #[test]
    fn a_rare_class_counts_as_much_as_a_frequent_one() {
        let noise = normals(&mut sample_rng(1, 4), 400);
        let features: Vec<[f32; 2]> = (0..200)
            .map(|at| {
                let shift = if at % 20 == 0 { 2.0 } else { -2.0 };
                [noise[2 * at] + shift, noise[2 * at + 1]]
            })
            .collect();
        let examples: Vec<Example<'_>> = features
            .iter()
            .enumerate()
            .map(|(at, features)| Example {
                features,
                class: usize::from(at % 20 == 0),
                fold: (at as u64 / 20) % FOLDS,
            })
            .collect();
        let ridge = Ridge::learned(&examples, 2);
        let rare = examples.iter().filter(|example| example.class == 1);
        let found = rare
            .filter(|example| ridge.class(example.features) == 1)
            .count();
        assert!(found >= 8, "{found} of 10");
    }
}
