//! Recomputes the numbers of a reference implementation and compares them.
//!
//! A fixture set is a model folder with `fixtures.safetensors` (all inputs and outputs) and
//! `fixtures.json` (metadata and tolerances). The same code serves `unimed verify` and the tests
//! in the browser.

mod agreement;
mod cases;
mod check;
mod fixtures;
mod quantized;

pub use agreement::{Agreement, Closeness, Miss};
pub use cases::CASES;
pub use check::{Check, Summary};
pub use fixtures::{FixtureError, Fixtures, Value};

use crate::{
    error::RunError,
    model::{LoadError, Model},
};
use unimed_package::{
    Quantization,
    config::{ModelConfig, SpecialTokens},
    host::Yielder,
};

/// Verification that could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The fixtures cannot be read.
    #[error(transparent)]
    Fixture(#[from] FixtureError),
    /// The computation ended early.
    #[error(transparent)]
    Run(#[from] RunError),
    /// An image could not be resized.
    #[error(transparent)]
    Image(#[from] unimed_imaging::ImagingError),
    /// The weights do not fit.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Control tokens of a fixture set: from its scalars, else from its configuration.
///
/// # Errors
///
/// [`FixtureError`] when neither names them.
pub fn special_tokens(
    fixtures: &Fixtures,
    config: &ModelConfig,
) -> Result<SpecialTokens, FixtureError> {
    if let Some(ids) = config.special_token_ids {
        return Ok(ids);
    }
    let ids = fixtures.scalar("special_token_ids")?;
    serde_json::from_value(ids.clone()).map_err(|error| FixtureError::Meta {
        name: "scalars.special_token_ids".into(),
        why: error.to_string(),
    })
}

/// Runs one case (see [`CASES`]) of a model of floats and hands every comparison to `on_check`.
///
/// # Errors
///
/// [`VerifyError`] when the case cannot be run at all.
pub async fn verify_case(
    model: &Model,
    fixtures: &Fixtures,
    case: &str,
    on_check: &mut dyn FnMut(Check),
) -> Result<Summary, VerifyError> {
    let mut results = check::Results::default();
    let yielder = Yielder::never();
    cases::run(
        model,
        fixtures,
        case,
        Quantization::None,
        &yielder,
        &mut results,
    )
    .await?;
    Ok(results.compare(fixtures, case, Quantization::None, on_check))
}

/// Runs every case of the set. An output that no case computes counts as skipped.
///
/// `quantization` says how the model's matrices were stored: a quantized model has wider
/// tolerances, and its texts are decoded with the stored tokens as input.
///
/// # Errors
///
/// [`VerifyError`] when a case cannot be run at all, or the yielder's host stops it.
pub async fn verify_all(
    model: &Model,
    fixtures: &Fixtures,
    quantization: Quantization,
    yielder: &Yielder<'_>,
    on_check: &mut dyn FnMut(Check),
) -> Result<Summary, VerifyError> {
    let mut total = Summary::default();
    let mut agreement = Agreement::default();
    for case in fixtures.cases() {
        let mut results = check::Results::default();
        cases::run(model, fixtures, &case, quantization, yielder, &mut results).await?;
        total += results.compare(fixtures, &case, quantization, on_check);
        yielder.yield_now().await.map_err(RunError::from)?;
        agreement += results.agreement;
    }
    if let Some(check) = agreement.check(quantization) {
        total.count(check.pass);
        on_check(check);
    }
    Ok(total)
}
