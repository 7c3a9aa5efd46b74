//! What is said while a run is under way: on the terminal, and as events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::json::to_json_line;
use crate::cli::report;
use crate::cli::terminal::sanitize;
use crate::error::Result;
use crate::generate::backend::{Carrier, Event, GivenUp};
use crate::generate::talk::say;

use super::production::Production;
use super::schedule::PATIENCE;

impl Production<'_> {
    /// Tells that nothing more is tried for a cell.
    pub(super) fn tell_closed(&mut self, cell: usize) -> Result<()> {
        let values: Vec<String> = match self.cells.all().get(cell) {
            Some(cell) => {
                cell.named(self.plan).map(|(axis, value)| format!("{axis} {value}")).collect()
            }
            None => Vec::new(),
        };
        let values = if values.is_empty() { "the only cell".to_owned() } else { values.join(", ") };
        let others = self.schedule.cells().any(|(_, quota, closed)| quota > 0 && !closed);
        let then = match others {
            true => "what it lacks is made of the other cells",
            false => "there is no other cell to make what it lacks",
        };
        if !self.quiet {
            self.progress.clear();
            say(&format!("gave up on {}: {PATIENCE} rejected in a row; {then}", sanitize(&values)));
        }
        self.tell("closed", json!({"cell": values, "rejected_in_a_row": PATIENCE}))
    }

    /// Tells an event.
    pub(super) fn tell(&mut self, event: &str, more: Value) -> Result<()> {
        if self.events.is_none() {
            return Ok(());
        }
        let mut line = json!({"event": event, "seconds": self.started.elapsed().as_secs_f64()});
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        self.events.write(&to_json_line(&line))
    }

    /// Tells what happened to the models: who waits long or goes without one wants to know why.
    pub(super) fn tell_events(&mut self) -> Result<()> {
        let events = self.carrier.map(Carrier::events).unwrap_or_default();
        for event in events {
            let words = sanitize(&event.to_string()).into_owned();
            if !self.quiet {
                self.progress.clear();
                say(&words);
                if let Event::GivenUp(gone) = event {
                    self.gone.push(gone.backend);
                }
            }
            self.tell("backend", json!({"what": words}))?;
        }
        Ok(())
    }

    /// Was said why these backends are given up?
    pub(super) fn was_told(&self, gone: &GivenUp) -> bool {
        gone.backend.split(", ").all(|name| self.gone.iter().any(|told| told == name))
    }

    /// Shows how far the run is.
    pub(super) fn show(&mut self) {
        let tally = &self.intake.tally;
        let (accepted, wanted) = (tally.accepted, self.wanted);
        let rejected = tally.candidates - accepted;
        let carrier = self.carrier;
        self.progress.tell(|elapsed| {
            let mut line = format!(
                "{} of {} accepted, {} rejected",
                report::count(accepted),
                report::count(wanted),
                report::count(rejected)
            );
            if let Some(tally) = carrier.map(Carrier::tally) {
                line += &format!(", {} in flight", tally.in_flight);
                if let Some(usd) = tally.usd {
                    line += &format!(", ${usd:.2}");
                }
            }
            if accepted > 0 && accepted < wanted {
                let left = elapsed.as_secs_f64() * (wanted - accepted) as f64 / accepted as f64;
                if let Ok(left) = Duration::try_from_secs_f64(left) {
                    line += &format!(", {} left", report::duration(left));
                }
            }
            line
        });
    }
}
