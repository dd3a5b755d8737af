//! Facts in reports: what the impression says against what the scene holds.

use unimed_phantom::{REPORT_REQUESTS, Split, case, report_facts};

use super::{
    loaded::Loaded,
    report::{Report, rounded},
    settings::EvalSettings,
};
use crate::TrainError;

/// Longest report; the longest right one has about 130 tokens.
const MAX_TOKENS: usize = 200;

pub(super) fn measure(
    loaded: &Loaded,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let (mut right, mut said, mut wanted) = (0, 0, 0);
    for &modality in &loaded.modalities {
        for index in 0..settings.images() {
            let case = case(modality, Split::Test, settings.seed, index);
            let context = loaded.look(std::slice::from_ref(&case.image))?;
            let request = REPORT_REQUESTS[(index % REPORT_REQUESTS.len() as u64) as usize];
            let text = loaded.answer(&context, request, MAX_TOKENS)?;
            let (found, truth) = (
                report_facts(modality, &text),
                report_facts(modality, &case.report),
            );
            right += found.intersection(&truth).count();
            said += found.len();
            wanted += truth.len();
            report.n.reports += 1;
        }
        note(&format!("{}: reports", modality.key()));
    }
    report.report_f1 = Some(rounded(f1(right, said, wanted)));
    Ok(())
}

/// Harmonic mean of precision and recall.
fn f1(right: usize, said: usize, wanted: usize) -> f64 {
    2.0 * right as f64 / (said + wanted).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::f1;

    #[test]
    fn f1_is_the_harmonic_mean() {
        // Precision 3/4, recall 3/6.
        let wanted = 2.0 / (4.0 / 3.0 + 2.0);
        assert!((f1(3, 4, 6) - wanted).abs() < 1e-12);
        assert_eq!(f1(0, 0, 0), 0.0);
    }
}
