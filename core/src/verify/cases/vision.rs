//! Case `vit`: the vision tower on packed patches, connector, position table.

use burn::tensor::Tensor;

use super::{Bench, Results, put};
use crate::verify::{VerifyError, fixtures::FixtureError};

impl Bench<'_> {
    pub(super) async fn vision(&self, results: &mut Results) -> Result<(), VerifyError> {
        let tokens = self.input::<2>("vit.in.tokens")?;
        let ids = self.fixtures.ids("vit.in.position_ids")?;
        let lengths = self.fixtures.ids("vit.in.seqlens")?;
        let unified = &self.model.unified;
        let tower = &unified.vit_model.vision_model;
        // Images never see each other: each runs alone, and the outputs are packed again.
        let mut stages: Vec<(String, Vec<Tensor<3>>)> = Vec::new();
        let mut record = |name: &str, tensor: Tensor<3>| match stages
            .iter_mut()
            .find(|(known, _)| known == name)
        {
            Some((_, parts)) => parts.push(tensor),
            None => stages.push((name.into(), vec![tensor])),
        };
        let mut start = 0;
        for &length in &lengths {
            let length = length as usize;
            let patches = tokens.clone().narrow(0, start, length).unsqueeze::<3>();
            let ids: Vec<usize> = ids[start..start + length]
                .iter()
                .map(|&id| id as usize)
                .collect();
            start += length;
            let mut x = tower.embed(patches, &ids);
            record("embeddings", x.clone());
            for (index, layer) in tower.layers().iter().enumerate() {
                x = layer.forward(x);
                record(&format!("layer{index}"), x.clone());
            }
            let features = tower.finish(x);
            let connected = unified.connector.forward(features.clone());
            let positions = unified.vit_pos_embed.rows(&ids).unsqueeze::<3>();
            record("features", features);
            record("connector", connected.clone());
            record("connector_plus_pos", connected + positions);
        }
        for (name, parts) in stages {
            put(results, format!("vit.out.{name}"), Tensor::cat(parts, 1)).await?;
        }
        self.vision_sizes(results)
    }

    fn vision_sizes(&self, results: &mut Results) -> Result<(), VerifyError> {
        for key in self.fixtures.meta_keys("vit") {
            let Some(letter) = key
                .strip_prefix("image_")
                .and_then(|k| k.strip_suffix("_hw"))
            else {
                return Err(FixtureError::Meta {
                    name: key,
                    why: "is not known".into(),
                }
                .into());
            };
            let picture = self.vit_picture(&self.picture(&format!("img.in.{letter}"))?)?;
            let stored = self.fixtures.meta("vit", &key)?;
            results.fact(key, vec![picture.height, picture.width], stored);
        }
        Ok(())
    }
}
