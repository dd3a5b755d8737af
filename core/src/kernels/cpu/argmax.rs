//! The CPU twin of the largest logit.

use burn::{backend::Flex, tensor::TensorData};
use burn_flex::FlexTensor;

use super::contiguous;
use crate::kernels::argmax::{ArgmaxOps, RESULT};

impl ArgmaxOps for Flex {
    fn argmax_with_sum(logits: FlexTensor) -> FlexTensor {
        let logits = contiguous(logits);
        let logits = logits
            .as_slice::<f32>()
            .expect("invariant: contiguous 32-bit floats");
        let best = (1..logits.len()).fold(
            0,
            |best, id| if logits[id] > logits[best] { id } else { best },
        );
        let largest = logits[best];
        let weights = logits.iter().map(|&logit| f64::from(logit - largest).exp());
        let odd = logits.iter().filter(|logit| !logit.is_finite()).count();
        let result = vec![
            best as f32,
            largest,
            weights.sum::<f64>() as f32,
            odd as f32,
        ];
        FlexTensor::from_data(TensorData::new(result, [RESULT]))
    }
}
