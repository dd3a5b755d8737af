//! The judge of made images, from its weights.

use std::{fs, path::Path};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;
use serde_json::json;
use unimed_imaging::RgbImage;
use unimed_phantom::SIDE;

use super::loaded::modalities;
use crate::{
    TrainError,
    error::at,
    params::Params,
    stages::{JUDGE_MODALITIES, Judge, JudgeNet, Verdict, classes},
    state::load_all_weights,
};

/// Opens the judge's weights. The file says which modalities it tells apart.
///
/// # Errors
///
/// [`TrainError`] when there are none: a number is measured or absent, never stored.
pub fn open_judge(path: &Path) -> Result<Judge, TrainError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let bad = |why: String| TrainError::Weights {
        path: path.to_owned(),
        why,
    };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(e.to_string()))?;
    let named = header
        .metadata()
        .as_ref()
        .and_then(|meta| meta.get(JUDGE_MODALITIES))
        .ok_or_else(|| bad(format!("its header has no {JUDGE_MODALITIES}")))?;
    let keys: Vec<&str> = named.split(',').collect();
    let modalities = modalities(&json!(keys))?;
    let device = Device::flex();
    let net = JudgeNet::new(classes(&modalities).len(), &device);
    let mut params = Params::of(&net, |_| false);
    load_all_weights(path, &mut params)?;
    let net = params.fill(net, &device);
    Ok(Judge { net, modalities })
}

impl Judge {
    /// What the judge sees in a picture.
    pub(super) fn verdict(&self, values: Vec<f32>) -> Verdict {
        self.verdicts(single(values))[0]
    }

    /// The judge's features of a picture.
    pub(super) fn feature_row(&self, values: Vec<f32>) -> Vec<f32> {
        self.net
            .features(single(values))
            .into_data()
            .try_to_vec::<f32>()
            .expect("invariant: the judge computes f32")
    }
}

fn single(values: Vec<f32>) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, [1, 3, SIDE, SIDE]), &Device::flex())
}

/// Values of -1 to 1 as the judge reads them.
pub(super) fn normalized(image: &RgbImage) -> Vec<f32> {
    unimed_core::transforms::normalized(image, [0.5; 3], [0.5; 3])
}
