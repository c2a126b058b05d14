//! Numbers by Zipf's law: the first is the most common.

use fastrand::Rng;

/// Draws from `0..count`.
pub struct Zipf {
    /// The chance of a number up to this one.
    up_to: Vec<f64>,
}

impl Zipf {
    /// The chance of a number is one over its rank to the power of `exponent`.
    pub fn new(count: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = (1..=count)
            .map(|rank| {
                sum += (rank as f64).powf(-exponent);
                sum
            })
            .collect();
        up_to.iter_mut().for_each(|chance| *chance /= sum);
        Self { up_to }
    }

    pub fn draw(&self, random: &mut Rng) -> usize {
        let chance = random.f64();
        self.up_to.partition_point(|up_to| *up_to < chance).min(self.up_to.len() - 1)
    }
}
