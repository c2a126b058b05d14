//! A progress bar on the terminal; without a terminal, a line for each step.

use std::{cell::RefCell, io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// The progress of the current step.
#[derive(Default)]
pub struct Progress {
    bar: RefCell<Option<ProgressBar>>,
    subject: RefCell<String>,
}

impl Progress {
    /// Sets what the following steps measure.
    pub fn subject(&self, subject: &str) {
        *self.subject.borrow_mut() = subject.to_owned();
    }

    /// Begins a step of a number of parts, and ends the previous one.
    pub fn begin(&self, step: &str, parts: usize) {
        self.end();
        let message = format!("{}: {step}", self.subject.borrow());
        if !std::io::stderr().is_terminal() {
            eprintln!("{message} ({parts})");
        }
        let bar = ProgressBar::new(parts as u64).with_message(message);
        if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} {msg} (about {eta} left)") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        *self.bar.borrow_mut() = Some(bar);
    }

    /// Completes one part.
    pub fn step(&self) {
        if let Some(bar) = &*self.bar.borrow() {
            bar.inc(1);
        }
    }

    pub fn end(&self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
