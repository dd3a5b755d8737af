//! The choice of the next token from logits.

use burn::tensor::Tensor;

use crate::{
    error::{RunError, read},
    kernels::argmax::argmax_with_sum,
    paint::Mt19937,
};

/// A chosen token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Its id.
    pub id: u32,
    /// Its probability at temperature 1.
    pub probability: f32,
}

/// Chooses the most probable token (ties: the lowest id), or draws from
/// `softmax(logits / temperature)` over the whole vocabulary.
///
/// # Errors
///
/// [`RunError::NotFinite`] when no logit can be compared.
pub fn choose(
    logits: &[f32],
    temperature: Option<f32>,
    rng: &mut Mt19937,
) -> Result<Choice, RunError> {
    if logits.is_empty() || logits.iter().any(|logit| !logit.is_finite()) {
        return Err(RunError::NotFinite {
            place: "the logits",
        });
    }
    let best = (1..logits.len()).fold(
        0,
        |best, id| if logits[id] > logits[best] { id } else { best },
    );
    let id = match temperature.filter(|&temperature| temperature > 0.0) {
        None => best,
        Some(temperature) => {
            let weight =
                |logit: f32| (f64::from(logit - logits[best]) / f64::from(temperature)).exp();
            let total: f64 = logits.iter().map(|&logit| weight(logit)).sum();
            let mut left = rng.uniform() * total;
            let drawn = logits.iter().position(|&logit| {
                left -= weight(logit);
                left < 0.0
            });
            drawn.unwrap_or(best)
        }
    };
    let mass: f64 = logits
        .iter()
        .map(|&logit| f64::from(logit - logits[id]).exp())
        .sum();
    let id = u32::try_from(id).expect("invariant: a vocabulary has fewer than 2^32 entries");
    Ok(Choice {
        id,
        probability: (1.0 / mass) as f32,
    })
}

/// The most probable token (ties: the lowest id), found on the device.
///
/// # Shapes
///
/// - logits: `[1, 1, vocab]`
///
/// # Errors
///
/// [`RunError::NotFinite`] when a logit cannot be compared; [`RunError::Device`] when the device is lost.
pub async fn most_probable(logits: Tensor<3>) -> Result<Choice, RunError> {
    let found = read(argmax_with_sum(logits.flatten(0, 2))).await?;
    let &[id, largest, sum, odd] = found.as_slice() else {
        unreachable!("invariant: four numbers");
    };
    if odd > 0.0 || !largest.is_finite() || !sum.is_finite() {
        return Err(RunError::NotFinite {
            place: "the logits",
        });
    }
    Ok(Choice {
        id: id as u32,
        probability: 1.0 / sum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_device_chooses_is_what_is_chosen_from_all_logits() {
        use burn::tensor::{Device, TensorData};
        for logits in [
            vec![0.0],
            vec![0.0, 2.0, 2.0],
            vec![-90.0, 1.5, 90.0, -3.0],
            (0..1536)
                .map(|i| ((i * 7919) % 1536) as f32 * 0.01)
                .collect(),
        ] {
            let expected = choose(&logits, None, &mut Mt19937::new(0)).expect("finite");
            let shape = [1, 1, logits.len()];
            let tensor = Tensor::from_data(TensorData::new(logits, shape), &Device::flex());
            let found = pollster::block_on(most_probable(tensor)).expect("finite");
            assert_eq!(found.id, expected.id);
            assert!((found.probability - expected.probability).abs() < 1e-6);
        }
    }

    #[test]
    fn ties_go_to_the_lowest_id() {
        let choice = choose(&[0.0, 2.0, 2.0], None, &mut Mt19937::new(0)).expect("finite");
        assert_eq!(choice.id, 1);
        assert!((choice.probability - 0.468_31).abs() < 1e-4); // e^2 / (1 + 2 e^2)
    }

    #[test]
    fn draws_follow_the_tempered_probabilities() {
        let logits = [0.0, 2.0_f32.ln() * 0.5]; // at temperature 0.5: 1 to 2
        let mut rng = Mt19937::new(7);
        let hits = (0..6000)
            .filter(|_| choose(&logits, Some(0.5), &mut rng).expect("finite").id == 1)
            .count();
        assert!(
            (3850..=4150).contains(&hits),
            "{hits} of 6000, expected about 4000"
        );
    }

    #[test]
    fn nan_is_an_error() {
        let mut rng = Mt19937::new(0);
        assert!(choose(&[0.0, f32::NAN], None, &mut rng).is_err());
        assert!(choose(&[], None, &mut rng).is_err());
    }
}
