//! The templates of a plan, filled in with what an example is to be.
//!
//! A template can be right by its form and still fail on a value: `{{ topic | int }}`. Such a fault must not wait for
//! the request that meets it, in the middle of a run that was paid for. So a plan is tried on examples when it is
//! opened ([`check`]).

use std::collections::HashMap;

use minijinja::{Environment, Value};

use crate::generate::example::{Example, TRIED};
use crate::generate::node::Fault;
use crate::generate::plan::{Cells, Plan, Template, environment};
use crate::record::text::{QUOTE_BYTES, quote};

use super::Steering;

/// Templates that are tried on one example: of more, each example has some. So a plan with thousands of system prompts
/// is opened in some tens of milliseconds as well.
const AT_ONCE: usize = 16;

/// The templates of a plan, as the engine has them: each by its number.
#[derive(Debug)]
pub(super) struct Templates<'p> {
    plan: &'p Plan,
    environment: Environment<'p>,
    /// The first of each key: those that share one follow each other.
    first: HashMap<&'p str, usize>,
}

/// The first fault of a template of the plan with values that its examples have.
pub fn check(plan: &Plan, cells: &Cells) -> Result<(), Fault> {
    let texts = plan.templates.iter().enumerate();
    let filled: Vec<usize> =
        texts.filter(|(_, of)| of.text.contains('{')).map(|(number, _)| number).collect();
    if filled.is_empty() {
        return Ok(());
    }
    let templates = Templates::compiled(plan)?;
    let apart = filled.len().div_ceil(AT_ONCE);
    let steering = Steering::default();
    for slot in 0..plan.count.min(TRIED) {
        let example = Example::new(plan, cells, slot, 0);
        let context = templates.context(&example, &steering);
        for number in filled.iter().skip(slot as usize % apart).step_by(apart) {
            templates.render(*number, &example, &context)?;
        }
    }
    Ok(())
}

/// What to do about a template that fails.
const ADVICE: &str = "correct the template, or the values that it cannot take";

impl<'p> Templates<'p> {
    /// Those of the plan, which were checked when it was read.
    pub(super) fn new(plan: &'p Plan) -> Result<Templates<'p>, String> {
        Templates::compiled(plan).map_err(|fault| fault.told(&plan.file))
    }

    fn compiled(plan: &'p Plan) -> Result<Templates<'p>, Fault> {
        let (mut environment, mut first) = (environment(), HashMap::new());
        for (number, template) in plan.templates.iter().enumerate() {
            first.entry(template.key.as_str()).or_insert(number);
            environment
                .add_template_owned(number.to_string(), template.text.as_str())
                .map_err(|error| template.fault(&error, ADVICE))?;
        }
        Ok(Templates { plan, environment, first })
    }

    /// The template of a key, the `nth` of those that share it, for an example. The error is a fault of the plan.
    pub(super) fn fill(
        &self,
        key: &str,
        nth: usize,
        example: &Example,
        steering: &Steering,
    ) -> Result<String, String> {
        let number = self.first.get(key).map(|first| first + nth);
        let is_there = |number: &usize| *number < self.plan.templates.len();
        let Some(number) = number.filter(is_there) else {
            return Err(format!("{}: {key}: is missing", self.plan.file));
        };
        let context = self.context(example, steering);
        self.render(number, example, &context).map_err(|fault| fault.told(&self.plan.file))
    }

    fn render(&self, number: usize, example: &Example, context: &Value) -> Result<String, Fault> {
        let template = &self.plan.templates[number];
        let made =
            self.environment.get_template(&number.to_string()).and_then(|one| one.render(context));
        made.map_err(|error| {
            let fault = template.fault(&error, ADVICE);
            let reason = format!("{}{}", self.values(template, example), fault.reason);
            Fault { reason, ..fault }
        })
    }

    /// What the example has where the template names an axis: `with topic = "a": `.
    fn values(&self, template: &Template, example: &Example) -> String {
        let named = match self.environment.template_from_str(&template.text) {
            Ok(read) => read.undeclared_variables(false),
            Err(_) => return String::new(),
        };
        let values = example.bindings.iter().filter(|(name, _)| named.contains(*name));
        let values: Vec<String> =
            values.map(|(name, value)| format!("{name} = {}", quote(value, QUOTE_BYTES))).collect();
        if values.is_empty() { String::new() } else { format!("with {}: ", values.join(", ")) }
    }

    /// What a template can name.
    fn context(&self, example: &Example, steering: &Steering) -> Value {
        let task = &self.plan.task;
        let axes =
            example.bindings.iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
        let avoid: Vec<Value> =
            steering.avoid.iter().map(|text| Value::from(text.as_str())).collect();
        let set = [
            ("task", Value::from(task.kind.as_str())),
            ("domain", Value::from(task.domain.as_str())),
            ("language", Value::from(task.language.as_str())),
            ("tone", Value::from(task.tone.as_deref().unwrap_or_default())),
            ("turns", Value::from(example.turns)),
            ("negative", Value::from(example.is_negative())),
            ("avoid", Value::from(avoid)),
        ];
        let set = set.into_iter().map(|(name, value)| (name.to_owned(), value));
        // What the tool sets has its type; an axis of the same name does not exist.
        Value::from_pairs(axes.chain(set))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn fault(text: &str) -> Option<String> {
        let plan = Plan::read(Path::new("p.toml"), text.as_bytes()).unwrap();
        check(&plan, &plan.cells()).err().map(|fault| fault.told(&plan.file))
    }

    const MODEL: &str = "[backend.m]\nkind = \"command\"\ncommand = [\"true\"]\n";

    #[test]
    fn a_value_that_a_template_cannot_take_is_found_with_its_line_before_anything_is_asked() {
        let axes =
            "[[axis]]\nname = \"size\"\nvalues = [\"7\", \"8\", \"nine\"]\nweights = [50, 40, 1]\n";
        let advice = "correct the template, or the values that it cannot take";
        let wanted = format!(
            "with size = \"nine\": line 2 of the template: invalid float literal; {advice}"
        );
        for (key, table, line) in [
            ("system.prompts", "[system]\nmode = \"varied\"\nprompts = [\"You.\",\n", 10),
            ("prompt.user_template", "[prompt]\nuser_template = ", 8),
            ("prompt.system", "[prompt]\nsystem = ", 8),
            ("quality.judge.prompt", "[quality.judge]\nbackend = \"m\"\nprompt = ", 9),
        ] {
            let end = if key == "system.prompts" { "]\n" } else { "\n" };
            let plan = |text: &str| {
                format!("count = 91\nmax_candidates = 300\n{axes}{table}\"{text}\"{end}{MODEL}")
            };
            assert_eq!(
                fault(&plan("a\\n{{ size | int }}")),
                Some(format!("p.toml:{line}: {key}: {wanted}"))
            );
            assert_eq!(fault(&plan("a\\n{{ size }} {{ avoid | join }} {{ turns + 1 }}")), None);
        }
    }
}
