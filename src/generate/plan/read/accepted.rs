//! What a plan accepts: repetitions, signs of bad data, the judge.

use crate::generate::node::Node;
use crate::generate::plan::check::shown;
use crate::generate::plan::form::instead;
use crate::generate::plan::view::View;
use crate::generate::plan::{Backend, BackendKind, Dedup, Judge, On, Quality};
use crate::generate::reason::{REASONS, When};

use super::Reader;

impl Reader<'_> {
    pub(super) fn dedup(&mut self) -> Dedup {
        let view = self.top.sub("dedup");
        let against = view.node("against").and_then(Node::list).unwrap_or_default();
        let against = against
            .iter()
            .filter_map(|node| self.readable(node.text()?, node.line, "dedup.against"))
            .collect();
        let share = |name| view.number(name).filter(|share| *share > 0.0);
        Dedup {
            on: match view.text("on").as_deref() {
                Some("conversation") => On::Conversation,
                _ => On::User,
            },
            exact: view.flag("exact"),
            near: share("near"),
            against,
            max_same_opening: share("max_same_opening"),
        }
    }

    pub(super) fn quality(&mut self, backends: &[Backend], spare: &[Backend]) -> Quality {
        let view = self.top.sub("quality");
        let usual = || {
            let usual = REASONS.iter().filter(|info| info.when != When::Asked);
            usual.map(|info| info.name.to_owned()).collect()
        };
        let reject = match view.node("reject") {
            Some(_) => view.texts("reject"),
            None => usual(),
        };
        let known: Vec<&str> = REASONS.iter().map(|info| info.name).collect();
        for name in reject.iter().filter(|name| !known.contains(&name.as_str())) {
            let reason = format!("{} is no reason that is known", shown(name));
            let line = view.line("reject");
            self.faults.add(line, "quality.reject", reason, &instead(name, &known));
        }
        let judge = view.sub("judge");
        let judge = (judge.is_written() && judge.flag("enabled"))
            .then(|| self.judge(judge, backends, spare))
            .flatten();
        Quality { strip_think: view.flag("strip_think"), reject, judge }
    }

    fn judge(&mut self, view: View<'_>, backends: &[Backend], spare: &[Backend]) -> Option<Judge> {
        let at = "quality.judge.backend";
        let line = view.line("backend");
        let name = match view.text("backend") {
            Some(name) => name,
            None => backends.first()?.name.clone(),
        };
        let all = || backends.iter().chain(spare);
        let Some(backend) = all().find(|backend| backend.name == name) else {
            let names: Vec<&str> = all().map(|backend| backend.name.as_str()).collect();
            let reason = format!("there is no backend {}", shown(&name));
            self.faults.add(line, at, reason, &instead(&name, &names));
            return None;
        };
        if matches!(backend.kind, BackendKind::Template) {
            let reason = format!("{} is of kind template, which judges nothing", shown(&name));
            self.faults.add(line, at, reason, "name a backend that is a model");
        }
        Some(Judge {
            backend: name,
            min: view.number("min").unwrap_or(7.0),
            prompt: view.text("prompt"),
        })
    }
}
