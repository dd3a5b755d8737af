//! How far a painting is and how long it will still take, from the steps that were really done.

use crate::language::say;
pub(crate) use unimed_web::amounts::bytes;

/// Steps of a painting and when they were done.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct StepTimes {
    /// Steps done.
    pub(crate) done: usize,
    /// Steps in all; 0 before the first is done.
    pub(crate) total: usize,
    first_ms: f64,
    latest_ms: f64,
    first_step: usize,
}

impl StepTimes {
    /// Notes that a step is done now.
    pub(crate) fn note(&mut self, step: usize, steps: usize, now_ms: f64) {
        if self.total == 0 {
            self.first_ms = now_ms;
            self.first_step = step;
        }
        self.done = step;
        self.total = steps;
        self.latest_ms = now_ms;
    }

    /// Seconds left at the rate of the steps so far; `None` until two steps are done.
    pub(crate) fn seconds_left(&self) -> Option<f64> {
        let measured = self
            .done
            .checked_sub(self.first_step)
            .filter(|&steps| steps > 0)?;
        let per_step_ms = (self.latest_ms - self.first_ms) / measured as f64;
        Some(per_step_ms * self.total.saturating_sub(self.done) as f64 / 1e3)
    }

    /// "Step 7 of 24, about 3 s left".
    pub(crate) fn line(&self) -> String {
        let (done, total) = (self.done.to_string(), self.total.to_string());
        let step = say("Step {} of {}", &[&done, &total]);
        match self.seconds_left() {
            Some(seconds) if self.done < self.total => {
                say("{}, {} left", &[&step, &rounded(seconds)])
            }
            _ => step,
        }
    }
}

/// A time in the words people use: "3 s", "about 20 s", "about 2 min".
pub(crate) fn rounded(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{:.0} s", s.max(1.0)),
        s if s < 60.0 => say("about {} s", &[&format!("{:.0}", (s / 5.0).round() * 5.0)]),
        s if s < 3600.0 => say("about {} min", &[&format!("{:.0}", (s / 60.0).round())]),
        s => say("about {} h", &[&format!("{:.0}", (s / 3600.0).round())]),
    }
}

/// A time that was measured: "850 ms", "3.2 s", "2 min 5 s".
pub(crate) fn measured(ms: f64) -> String {
    match ms / 1e3 {
        s if s < 1.0 => format!("{ms:.0} ms"),
        s if s < 60.0 => format!("{s:.1} s"),
        s => format!("{:.0} min {:.0} s", (s / 60.0).floor(), s % 60.0),
    }
}

/// A number with one digit after the point: "3.2".
pub(crate) fn decimal(value: f64) -> String {
    format!("{value:.1}")
}

/// A number of parameters: "3.5 million", "14.2 billion".
pub(crate) fn parameters(count: u64) -> String {
    match count as f64 {
        n if n < 1e6 => say("{} thousand", &[&format!("{:.0}", n / 1e3)]),
        n if n < 1e9 => say("{} million", &[&decimal(n / 1e6)]),
        n => say("{} billion", &[&decimal(n / 1e9)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_comes_from_the_steps_done() {
        let mut step_times = StepTimes::default();
        assert_eq!(step_times.seconds_left(), None);
        step_times.note(1, 24, 1_000.0);
        assert_eq!(step_times.line(), "Step 1 of 24");
        step_times.note(7, 24, 4_000.0);
        assert_eq!(step_times.seconds_left(), Some(8.5));
        assert_eq!(step_times.line(), "Step 7 of 24, 8 s left");
        step_times.note(24, 24, 12_000.0);
        assert_eq!(step_times.line(), "Step 24 of 24");
    }

    #[test]
    fn quantities_read_as_people_say_them() {
        assert_eq!(rounded(0.2), "1 s");
        assert_eq!(rounded(21.0), "about 20 s");
        assert_eq!(rounded(130.0), "about 2 min");
        assert_eq!(measured(850.4), "850 ms");
        assert_eq!(measured(125_000.0), "2 min 5 s");
        assert_eq!(parameters(3_500_000), "3.5 million");
    }
}
