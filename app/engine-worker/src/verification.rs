//! Recomputes a reference implementation's numbers on the device in use, beside the model that is loaded.

use std::{collections::BTreeMap, error::Error};
use unimed_core::{
    engine::ComputeDevice,
    model::Model,
    verify::{Agreement, Check, FixtureError, Fixtures, special_tokens, verify_all},
};
use unimed_model_store::host::WorkerHost;
use unimed_package::{
    MemoryIndex, Quantization, QuantizedIndex,
    config::{ModelConfig, VisionDepth},
    host::{Host, Yielder},
};
use unimed_protocol::{
    Comparison, ForcedDecoding, FromEngine, FromVerification, JobId, MatrixForm, MissedToken,
    Remedy, UserError,
};
use unimed_web::{message::Message, worker::tell};

/// Tells every comparison, then how many hold.
pub(crate) async fn verify(
    device: &ComputeDevice,
    host: &WorkerHost,
    job: JobId,
    files: &BTreeMap<String, usize>,
    form: MatrixForm,
    message: &Message,
) {
    let set = Set { files, message };
    let event = match set.compare(device, host, job, form).await {
        Ok(verified) => return tell(&verified, &[]),
        Err(_) if host.cancelled() => FromEngine::Stopped { job },
        Err(error) => FromEngine::Failed {
            job,
            user_error: UserError::from_message(&error.to_string(), Remedy::Reload),
        },
    };
    tell(&event, &[]);
}

/// The files of the set, beside the message.
struct Set<'a> {
    files: &'a BTreeMap<String, usize>,
    message: &'a Message,
}

impl Set<'_> {
    fn bytes(&self, file: &'static str) -> Result<Vec<u8>, FixtureError> {
        let place = self.files.get(file);
        let bytes = place.and_then(|place| self.message.bytes(*place));
        bytes.ok_or_else(|| FixtureError::File {
            file,
            why: "missing".to_owned(),
        })
    }

    fn text(&self, file: &'static str) -> Result<String, FixtureError> {
        String::from_utf8(self.bytes(file)?).map_err(|error| FixtureError::File {
            file,
            why: error.to_string(),
        })
    }

    async fn compare(
        &self,
        device: &ComputeDevice,
        host: &WorkerHost,
        job: JobId,
        form: MatrixForm,
    ) -> Result<FromVerification, Box<dyn Error>> {
        let config = ModelConfig::from_json(
            &self.text("config.json")?,
            &self.text("llm_config.json")?,
            &self.text("vit_config.json")?,
        )?;
        let fixtures = Fixtures::new(
            self.bytes("fixtures.safetensors")?,
            &self.text("fixtures.json")?,
        )?;
        let special = special_tokens(&fixtures, &config)?;
        let quantization = match form {
            MatrixForm::Floats => Quantization::None,
            MatrixForm::Q8 => Quantization::Q8,
            MatrixForm::Q4 => Quantization::Q4,
        };
        let index = |file| -> Result<MemoryIndex, Box<dyn Error>> {
            Ok(MemoryIndex::new(file, self.bytes(file)?)?)
        };
        let (weights, autoencoder) = (index("ema.safetensors")?, index("ae.safetensors")?);
        let yielder = Yielder::new(host);
        let (model, _) = Model::load(
            config,
            special,
            VisionDepth::Auto,
            &QuantizedIndex::new(&weights, quantization),
            &autoencoder,
            &device.device,
            &mut |_| {},
            &yielder,
        )
        .await?;
        let mut on_check = |check| {
            let comparison = Box::new(comparison(check));
            tell(&FromVerification::Compared { job, comparison }, &[]);
        };
        let summary = verify_all(&model, &fixtures, quantization, &yielder, &mut on_check).await?;
        Ok(FromVerification::Verified {
            job,
            passed: summary.passed,
            failed: summary.failed,
            skipped: summary.skipped,
        })
    }
}

fn comparison(check: Check) -> Comparison {
    Comparison {
        name: check.tensor,
        max_abs: check.max_abs,
        relative_l2: check.relative_l2,
        tolerance: check.tolerance,
        share: check.share,
        pass: check.pass,
        why: check.why,
        forced: check.agreement.map(forced_decoding),
    }
}

fn forced_decoding(agreement: Agreement) -> ForcedDecoding {
    let misses = agreement.misses.into_iter();
    ForcedDecoding {
        agreed: agreement.agreed,
        predicted: agreement.predicted,
        misses: misses
            .map(|miss| MissedToken {
                place: miss.place,
                gap: miss.gap,
                margin: miss.floats.map(|floats| floats.margin),
                error: miss.floats.map(|floats| floats.error),
            })
            .collect(),
    }
}
