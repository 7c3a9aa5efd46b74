//! From the bytes of a plan to a [`Plan`], or to all that is wrong with it.

mod accepted;

use std::path::Path;

use regex::Regex;
use sha2::{Digest as _, Sha256};

use crate::generate::node::{Fault, Node};
use crate::quality::without_keys;
use crate::rules::PROFILES;

use super::check::{Faults, check, shown};
use super::files::Files;
use super::form::instead;
use super::keys::MOST_TURNS;
use super::templates::{self, Template};
use super::view::View;
use super::{
    Backend, BackendKind, Budget, Output, Plan, Prompt, System, Task, Values, axes, backends,
    cells, tools, tree,
};

/// SHA-256 in hex, as sha256sum shows it.
pub fn digest(bytes: &[u8]) -> String {
    super::lock::hex(&Sha256::digest(bytes))
}

/// Keys of a plan that say who makes its examples and at what cost, and not what they are.
const OF_MAKING: [&str; 4] = ["backend", "backends", "budget", "max_candidates"];

/// SHA-256 in hex of what a plan says of its examples, however it is written.
fn content(root: &Node) -> String {
    let mut plan = root.to_json();
    if let Some(plan) = plan.as_object_mut() {
        plan.retain(|key, _| !OF_MAKING.contains(&key.as_str()));
    }
    digest(plan.to_string().as_bytes())
}

impl Plan {
    /// Reads the plan that stands at `path`; the files that it names must be there.
    ///
    /// All that is wrong is told at once, in the order of the lines.
    pub fn read(path: &Path, bytes: &[u8]) -> Result<Plan, Vec<Fault>> {
        let root = tree::parse(bytes)?;
        let mut faults = Faults::default();
        check(&root, &mut faults);
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let mut reader = Reader {
            root: &root,
            top: View::top(&root),
            files: Files::new(&folder),
            faults: &mut faults,
        };
        let mut plan = reader.plan();
        plan.digest = digest(bytes);
        plan.content = content(&root);
        plan.files = std::mem::take(&mut reader.files.named);
        plan.file = path.display().to_string();
        plan.folder = folder;
        if faults.0.is_empty() {
            let line = root.get("count").map_or(1, |node| node.line);
            if let Err((key, reason, advice)) = cells::possible(&plan) {
                let node = key.strip_prefix("axis.").and_then(|name| axis_node(&root, name));
                faults.add(node.map_or(line, |node| node.line), &key, reason, &advice);
            }
        }
        faults.0.sort();
        faults.0.dedup();
        if faults.0.is_empty() { Ok(plan) } else { Err(faults.0) }
    }

    /// The backend of this name, whether or not examples are asked of it.
    pub fn backend(&self, name: &str) -> Option<&Backend> {
        self.backends.iter().chain(&self.spare).find(|backend| backend.name == name)
    }
}

fn axis_node<'n>(root: &'n Node, name: &str) -> Option<&'n Node> {
    let is = |node: &&Node| node.get("name").and_then(Node::text) == Some(name);
    root.get("axis")?.list()?.iter().find(is)
}

impl Fault {
    /// The fault on one line, without any access key that it would repeat:
    /// `plan.toml:12: axis.topic.weights: 3 weights for 4 values; give one for each`.
    pub fn told(&self, file: &str) -> String {
        let mut text = format!("{file}:{}: ", self.line);
        if !self.key.is_empty() {
            text.push_str(&self.key);
            text.push_str(": ");
        }
        text.push_str(&self.reason);
        if let Some(suggestion) = &self.suggestion {
            text.push_str("; ");
            text.push_str(suggestion);
        }
        without_keys(&text)
    }
}

struct Reader<'r> {
    root: &'r Node,
    top: View<'r>,
    files: Files,
    faults: &'r mut Faults,
}

impl Reader<'_> {
    fn plan(&mut self) -> Plan {
        let top = self.top;
        let count = top.whole("count").unwrap_or(1);
        let max_candidates = top.whole("max_candidates").unwrap_or(count.saturating_mul(3));
        if max_candidates < count {
            let reason = format!("{max_candidates} is less than count, {count}");
            let line = top.line("max_candidates");
            self.faults.add(
                line,
                "max_candidates",
                reason,
                "3 times count leaves room for refusals",
            );
        }
        let axes = axes::read(top, &mut self.files, self.faults);
        let (backends, spare) = backends::read(top, &mut self.files, self.faults);
        let plan = Plan {
            name: top.text("name").unwrap_or_default(),
            seed: top.whole("seed").unwrap_or(0),
            count,
            max_candidates,
            batch: top.whole("batch").unwrap_or(50) as usize,
            lookahead: top.whole("lookahead").unwrap_or(0) as usize,
            task: self.task(),
            system: self.system(),
            turns: self.turns(),
            axes,
            prompt: self.prompt(),
            grammar: self.root.get("grammar").cloned(),
            tools: tools::read(top, self.faults),
            dedup: self.dedup(),
            quality: self.quality(&backends, &spare),
            backends,
            spare,
            budget: self.budget(),
            output: self.output(),
            digest: String::new(),
            content: String::new(),
            templates: self.templates(),
            files: Vec::new(),
            file: String::new(),
            folder: std::path::PathBuf::new(),
        };
        self.between(&plan);
        templates::check(&plan.templates, &self.names(&plan), self.faults);
        plan
    }

    fn task(&mut self) -> Task {
        let view = self.top.sub("task");
        let length = view.sub("response_length");
        let words = (length.whole("min_words"), length.whole("max_words"));
        if let (Some(least), Some(most)) = words
            && least > most
        {
            let key = "task.response_length.max_words";
            let reason = format!("{most} is less than min_words, {least}");
            self.faults.add(length.line("max_words"), key, reason, "");
        }
        let targets = view.texts("targets");
        let known: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        for target in targets.iter().filter(|target| !known.contains(&target.as_str())) {
            let reason = format!("{} is no profile", shown(target));
            let line = view.line("targets");
            self.faults.add(line, "task.targets", reason, &instead(target, &known));
        }
        Task {
            kind: view.text("type").unwrap_or_default(),
            domain: view.text("domain").unwrap_or_default(),
            language: view.text("language").unwrap_or_default(),
            tone: view.text("tone").filter(|tone| !tone.trim().is_empty()),
            words,
            formats: view.texts("formats"),
            forbidden: view.texts("forbidden").iter().filter_map(|r| Regex::new(r).ok()).collect(),
            negatives: view.number("negatives").unwrap_or(0.0),
            typos: view.number("typos").unwrap_or(0.0),
            targets,
        }
    }

    fn system(&mut self) -> System {
        let view = self.top.sub("system");
        let mut prompts = view.texts("prompts");
        let mode = view.text("mode").unwrap_or_else(|| {
            match prompts.len() {
                0 => "none",
                1 => "fixed",
                _ => "varied",
            }
            .to_owned()
        });
        let reason = match (mode.as_str(), prompts.len()) {
            ("none", 1..) => Some("mode is none, and yet there are prompts"),
            ("fixed", 0) => Some("mode is fixed, and there is no prompt"),
            ("fixed", 2..) => Some("mode is fixed, and there are several prompts"),
            ("varied", 0..2) => Some("mode is varied, and there are not two prompts"),
            _ => None,
        };
        if let Some(reason) = reason {
            let advice = "none takes no prompt, fixed one, varied two or more";
            self.faults.add(view.line("prompts"), "system.prompts", reason, advice);
        }
        match mode.as_str() {
            "none" => System::None,
            "fixed" => prompts.pop().map_or(System::None, System::Fixed),
            _ => System::Varied(prompts),
        }
    }

    fn turns(&mut self) -> Vec<(u32, f64)> {
        let view = self.top.sub("turns");
        let Some(node) = view.node("dist") else { return vec![(1, 1.0)] };
        let advice = "write { \"1\" = 0.7, \"2\" = 0.3 }: user turns and weights";
        let Some(entries) = node.table() else {
            let reason = format!("{}; wanted a table", node.kind());
            self.faults.add(node.line, "turns.dist", reason, advice);
            return vec![(1, 1.0)];
        };
        let mut turns: Vec<(u32, f64)> = Vec::new();
        for (name, weight) in entries {
            let number = name.parse().ok().filter(|n| (1..=MOST_TURNS as u32).contains(n));
            let share = weight.number().filter(|weight| (0.0..=1e9).contains(weight));
            match (number, share) {
                (Some(number), Some(share)) if turns.iter().all(|(other, _)| *other != number) => {
                    turns.push((number, share));
                }
                (Some(number), Some(_)) => {
                    let reason = format!("{number} turns stand here twice");
                    self.faults.add(weight.line, "turns.dist", reason, "");
                }
                (None, _) => {
                    let reason = format!("{} is no number from 1 to {MOST_TURNS}", shown(name));
                    self.faults.add(weight.line, "turns.dist", reason, advice);
                }
                (_, None) => {
                    let reason = format!("{}; wanted a weight, a number from 0", weight.kind());
                    self.faults.add(weight.line, "turns.dist", reason, "");
                }
            }
        }
        if turns.iter().all(|(_, weight)| *weight == 0.0) {
            if !entries.is_empty() && turns.len() == entries.len() {
                self.faults.add(node.line, "turns.dist", "all weights are 0", advice);
            } else if entries.is_empty() {
                self.faults.add(node.line, "turns.dist", "is empty", advice);
            }
            return vec![(1, 1.0)];
        }
        turns.sort_by_key(|(number, _)| *number);
        turns
    }

    fn prompt(&mut self) -> Prompt {
        let view = self.top.sub("prompt");
        let few = view.sub("few_shot");
        let shots = few
            .text("file")
            .and_then(|path| self.readable(&path, few.line("file"), "prompt.few_shot.file"));
        let prompt = Prompt {
            system: view.text("system"),
            user: view.text("user_template"),
            per_request: view.whole("per_request").unwrap_or(1) as usize,
            verbalized: view.flag("verbalized"),
            turn_by_turn: view.flag("turn_by_turn"),
            vary: view.flag("vary"),
            shots,
            shot_count: few.whole("k").unwrap_or(0) as usize,
            own_count: few.whole("mix_own").unwrap_or(0) as usize,
        };
        if prompt.turn_by_turn && prompt.verbalized {
            let reason = "cannot go with turn_by_turn: a turn has no candidates to choose from";
            self.faults.add(
                view.line("verbalized"),
                "prompt.verbalized",
                reason,
                "take one of them out",
            );
        }
        if prompt.turn_by_turn && prompt.per_request > 1 {
            let reason = "cannot go with turn_by_turn: a request then asks for one turn";
            self.faults.add(
                view.line("per_request"),
                "prompt.per_request",
                reason,
                "take one of them out",
            );
        }
        prompt
    }

    /// The place of a file that can be read, or a fault.
    fn readable(&mut self, path: &str, line: usize, key: &str) -> Option<std::path::PathBuf> {
        match self.files.readable(Path::new(path)) {
            Ok(place) => Some(place),
            Err(reason) => {
                let reason = format!("{}: {reason}", shown(path));
                self.faults.add(line, key, reason, self.files.advice());
                None
            }
        }
    }

    fn budget(&mut self) -> Budget {
        let view = self.top.sub("budget");
        Budget { usd: view.number("usd"), tokens: view.whole("tokens"), wall: view.time("wall") }
    }

    fn output(&mut self) -> Output {
        let view = self.top.sub("output");
        Output {
            metadata: view.text("meta").as_deref() == Some("inline"),
            validation: view.number("validation").unwrap_or(0.0),
        }
    }

    /// What several sections must agree in.
    fn between(&mut self, plan: &Plan) {
        let template = plan.backends.iter().any(|b| matches!(b.kind, BackendKind::Template));
        let backends_told = self.top.node("backend").is_some();
        if template && plan.grammar.is_none() {
            let reason = match backends_told {
                true => "is missing, and a backend of kind template makes examples of it",
                false => "is missing, and there is no backend",
            };
            let advice = "write a [grammar], or a [backend.NAME] of kind openai, command or replay";
            self.faults.add(1, "grammar", reason, advice);
        }
        if plan.budget.usd.is_some() {
            let unpriced = plan.backends.iter().chain(&plan.spare).find(|b| match &b.kind {
                BackendKind::OpenAi(server) => server.price.is_none(),
                BackendKind::Command(program) => program.price.is_none(),
                BackendKind::Template | BackendKind::Replay(_) => false,
            });
            if let Some(backend) = unpriced {
                let line = self.top.sub("budget").line("usd");
                let reason = format!("what backend {} costs is not known", backend.name);
                let advice =
                    format!("write backend.{}.price, with 0 if it costs nothing", backend.name);
                self.faults.add(line, "budget.usd", reason, &advice);
            }
        }
    }

    /// Names of axes that templates can use.
    fn names(&self, plan: &Plan) -> Vec<String> {
        let written = self.top.items("axis").iter().filter_map(|node| node.get("name")?.text());
        let mut names = Vec::new();
        for name in written {
            let axis = plan.axes.iter().find(|axis| axis.name == name);
            // One that could not be read is told as such, and not again where it is named.
            if axis.is_none_or(|axis| matches!(axis.values, Values::Tree(_))) {
                names.push(format!("{name}_group"));
            }
            names.push(name.to_owned());
        }
        names
    }

    fn templates(&self) -> Vec<Template> {
        let mut templates = Vec::new();
        let system = self.top.sub("system");
        for node in system.node("prompts").and_then(Node::list).unwrap_or_default() {
            templates.extend(template(node, "system.prompts"));
        }
        let prompt = self.top.sub("prompt");
        templates.extend(prompt.node("system").and_then(|n| template(n, "prompt.system")));
        let user = prompt.node("user_template");
        templates.extend(user.and_then(|n| template(n, "prompt.user_template")));
        let judge = self.top.sub("quality").sub("judge").node("prompt");
        templates.extend(judge.and_then(|n| template(n, "quality.judge.prompt")));
        templates
    }
}

fn template(node: &Node, key: &str) -> Option<Template> {
    Some(Template { line: node.line, key: key.to_owned(), text: node.text()?.to_owned() })
}
