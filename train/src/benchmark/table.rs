//! Reports for people: a table in Markdown, the model's own number beside the printed ones.

use std::fmt;

use super::{BenchmarkReport, PairsReport, Share};

impl fmt::Display for BenchmarkReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} questions, {} without a clear answer\n",
            self.benchmark.title(),
            self.accuracy.n,
            self.unclear
        )?;
        write!(f, "| % | {} |", self.model)?;
        for row in &self.published {
            write!(f, " {} |", row.model)?;
        }
        write!(f, "\n| --- | --- |")?;
        for _ in &self.published {
            write!(f, " --- |")?;
        }
        writeln!(f)?;
        let others = |f: &mut fmt::Formatter<'_>, of: fn(&super::Published) -> Option<f64>| {
            for row in &self.published {
                match of(row) {
                    Some(value) => write!(f, " {value} |")?,
                    None => write!(f, " |")?,
                }
            }
            writeln!(f)
        };
        write!(f, "| accuracy | {} |", own(&self.accuracy))?;
        others(f, |row| row.accuracy)?;
        let mixed = self.open_recall.is_some();
        if mixed {
            write!(
                f,
                "| closed right, open by recall | {} |",
                own(&self.recall)
            )?;
            others(f, |row| row.recall)?;
        }
        let parts = [
            ("multiple choice", &self.choices),
            ("closed", &self.closed),
            ("open, word for word", &self.open_exact),
            ("open, recall", &self.open_recall),
            ("open, F1", &self.open_f1),
        ];
        for (name, share) in parts {
            if let Some(share) = share {
                write!(f, "| {name} | {} |", own(share))?;
                others(f, |_| None)?;
            }
        }
        for (group, share) in &self.groups {
            write!(f, "| part: {group} | {} |", own(share))?;
            others(f, |_| None)?;
        }
        Ok(())
    }
}

fn own(share: &Share) -> String {
    format!("{:.2} ± {:.2} (n {})", share.percent, share.margin, share.n)
}

/// What the paper of the model family prints for its made pictures (PSNR in dB, SSIM).
const PRINTED: [(&str, f64, f64); 4] = [
    ("UniMedVL, H&E to IHC (BCI)", 20.27, 0.456),
    ("UniMedVL, MRI 4x super-resolution (IXI)", 27.29, 0.890),
    ("UniMedVL, T2 to FLAIR (BraTS 2023)", 24.90, 0.881),
    ("UniMedVL, FLAIR to T2 (BraTS 2023)", 25.23, 0.883),
];

impl fmt::Display for PairsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} pairs: {} equal, {} resized; {} pictures without a partner\n",
            self.pairs, self.equal, self.resized, self.alone
        )?;
        let number = |value: Option<f64>, digits| {
            value.map_or_else(String::new, |value| format!("{value:.digits$}"))
        };
        writeln!(f, "| | PSNR, dB | SSIM, 7 x 7 | SSIM, Gaussian |")?;
        writeln!(f, "| --- | --- | --- | --- |")?;
        writeln!(
            f,
            "| mean | {} | {} | {} |",
            number(self.psnr_db, 2),
            number(self.ssim, 3),
            number(self.ssim_gaussian, 3)
        )?;
        for (name, decibels, likeness) in PRINTED {
            writeln!(f, "| {name} | {decibels:.2} | {likeness:.3} | |")?;
        }
        Ok(())
    }
}
