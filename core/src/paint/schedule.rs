//! The time grid of the flow.

/// A grid that cannot be walked.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// No step.
    #[error("a painting takes {found} steps, expected at least 1; choose more steps")]
    NoStep {
        /// Steps asked for.
        found: usize,
    },
    /// A shift that is not positive.
    #[error("the time shift is {found}, expected a number above 0; use 3, the usual value")]
    Shift {
        /// Shift asked for.
        found: f32,
    },
}

/// Times from 1 (noise) down to 0 (image): `t = s u / (1 + (s - 1) u)` with `u` linear.
///
/// The official scripts count grid points (`num_timesteps`, 50); a grid of `n` points has `n - 1`
/// Euler steps. This type counts steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    times: Vec<f32>,
}

impl Schedule {
    /// A grid of `steps` Euler steps with time shift `shift`.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] for no step or a shift that is not positive.
    pub fn new(steps: usize, shift: f32) -> Result<Self, ScheduleError> {
        if steps == 0 {
            return Err(ScheduleError::NoStep { found: steps });
        }
        if !(shift.is_finite() && shift > 0.0) {
            return Err(ScheduleError::Shift { found: shift });
        }
        let times = (0..=steps)
            .map(|i| {
                let u = (1.0 - i as f64 / steps as f64) as f32;
                shift * u / (1.0 + (shift - 1.0) * u)
            })
            .collect();
        Ok(Self { times })
    }

    /// Number of Euler steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.times.len() - 1
    }

    /// All grid points, 1 first, 0 last.
    #[must_use]
    pub fn times(&self) -> &[f32] {
        &self.times
    }

    /// Time of step `i` and how far it goes.
    #[must_use]
    pub fn step(&self, i: usize) -> (f32, f32) {
        (self.times[i], self.times[i] - self.times[i + 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_steps_with_shift_three() {
        let schedule = Schedule::new(4, 3.0).expect("valid");
        for (time, wanted) in schedule.times().iter().zip([1.0, 0.9, 0.75, 0.5, 0.0]) {
            assert!((time - wanted).abs() < 1e-6, "{time} is not {wanted}");
        }
    }

    #[test]
    fn bad_grids_are_refused() {
        assert_eq!(
            Schedule::new(0, 3.0),
            Err(ScheduleError::NoStep { found: 0 })
        );
        assert!(Schedule::new(4, 0.0).is_err());
        assert!(Schedule::new(4, f32::NAN).is_err());
    }
}
