//! Pictures to features: what the vision tower of a package says of a picture, without the decoder.

use unimed_core::{model::patchify_pixels, nn::grid_position_ids, transforms::to_tensor};
use unimed_imaging::RgbImage;
use unimed_package::host::Yielder;

use crate::{TrainError, evaluate::Loaded};

/// Something that describes pictures by numbers.
pub(super) trait Tower {
    /// The features of a picture, always equally many.
    fn features(&self, image: &RgbImage) -> Result<Vec<f32>, TrainError>;
}

impl Tower for Loaded {
    /// Mean and largest value of each feature over the patches, the picture read at the size that the package asks for.
    fn features(&self, image: &RgbImage) -> Result<Vec<f32>, TrainError> {
        let model = self.engine.model();
        let config = &model.config;
        let sized = config.vit_transform.rule().apply(image)?;
        let pixels = to_tensor(&sized, config.image_mean, config.image_std, &model.device());
        let patch = config.vision.patch_size;
        let side = config.vit_max_num_patch_per_side;
        let ids = grid_position_ids(sized.height / patch, sized.width / patch, side);
        let tower = &model.unified.vit_model.vision_model;
        let patches = patchify_pixels(pixels, patch);
        let features = pollster::block_on(tower.forward(patches, &ids, &Yielder::never()))
            .expect("invariant: nobody cancels it"); // [1, t, d]
        let mut numbers = Vec::new();
        for tensor in [features.clone().mean_dim(1), features.max_dim(1)] {
            let values = tensor.into_data().try_to_vec::<f32>();
            numbers.extend(values.expect("invariant: the tower computes f32"));
        }
        Ok(numbers)
    }
}
