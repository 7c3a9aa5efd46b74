//! What a run knows of its models before it asks them: which have no key, and what was spent on them before.

use crate::generate::backend::{self, Keys, Tally as Spent};
use crate::generate::journal::Known;
use crate::generate::plan::{Backend, BackendKind, Plan, Price};

use super::config::Config;

/// Prices are for so many tokens.
const PRICED: f64 = 1e6;

/// The backends whose key is in a variable that is not set: a server on the same machine is asked without one.
pub(super) fn without_key(plan: &Plan) -> impl Iterator<Item = String> {
    plan.backends.iter().filter_map(|backend| match &backend.kind {
        BackendKind::OpenAi(server) => {
            let variable = server.key_env.as_ref()?;
            let unset = std::env::var_os(variable).is_none() && server.key_file.is_none();
            unset.then(|| {
                format!(
                    "backend {}: {variable} is not set, so it is asked without a key",
                    backend.name
                )
            })
        }
        BackendKind::Template | BackendKind::Command(_) | BackendKind::Replay(_) => None,
    })
}

/// What was spent on answers of the journal counts towards the budget.
pub(super) fn carrier_settings(plan: &Plan, config: &Config, known: &Known) -> backend::Settings {
    backend::Settings {
        keys: Keys::environment(),
        roots: std::env::var_os(backend::ROOTS).filter(|name| !name.is_empty()).map(Into::into),
        concurrency: config.concurrency,
        spent: Spent { tokens: known.spent(), usd: cost(plan, known), ..Spent::default() },
        ..backend::Settings::default()
    }
}

/// What the answers of the journal cost, each by the price of the backend that gave it; none if that has no price.
fn cost(plan: &Plan, known: &Known) -> Option<f64> {
    let backends = || plan.backends.iter().chain(&plan.spare);
    let price = |of: &Backend| match &of.kind {
        BackendKind::OpenAi(server) => server.price,
        BackendKind::Command(program) => program.price,
        // Nobody is paid.
        BackendKind::Template | BackendKind::Replay(_) => Some(Price { input: 0.0, output: 0.0 }),
    };
    // What a backend took that the plan has no more is priced as the first that it has a price for.
    let other = || {
        let paid =
            |of: &&Backend| !matches!(of.kind, BackendKind::Template | BackendKind::Replay(_));
        backends().filter(paid).find_map(price)
    };
    let mut usd = 0.0;
    for (name, spent) in known.spent_by() {
        let price = match backends().find(|of| of.name == name) {
            Some(of) => price(of),
            None => other(),
        }?;
        usd += (spent.input as f64 * price.input + spent.output as f64 * price.output) / PRICED;
    }
    Some(usd)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_answer_of_a_journal_costs_what_its_backend_takes() {
        let backend = |name: &str, price: &str| {
            format!("[backend.{name}]\nkind = \"command\"\ncommand = \"cat\"\n{price}\n")
        };
        let price =
            |of: u32| format!("price = {{ in_per_mtok = {of}, out_per_mtok = {} }}", 2 * of);
        let answer = |backend: &str, slot: u32| {
            format!(
                "{{\"event\":\"answer\",\"hash\":\"{slot}\",\"slot\":{slot},\"attempt\":0,\"step\":0,\"text\":\"x\",\
                 \"backend\":\"{backend}\",\"usage\":{{\"input\":1000000,\"output\":1000000}}}}\n"
            )
        };
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("j");
        let cost = |backends: &str, journal: &Path| {
            let plan =
                Plan::read(Path::new("p"), format!("count = 5\n{backends}").as_bytes()).unwrap();
            super::cost(&plan, &Known::read(journal).unwrap())
        };
        std::fs::write(&journal, answer("one", 0) + &answer("two", 1) + &answer("two", 2)).unwrap();
        let (one, two) = (backend("one", &price(1)), backend("two", &price(10)));
        assert_eq!(cost(&format!("{one}{two}"), &journal), Some(63.0));
        assert_eq!(cost(&one, &journal), Some(9.0), "the plan has no backend two");
        assert_eq!(cost(&format!("{one}{}", backend("two", "")), &journal), None);
        std::fs::write(&journal, "").unwrap();
        assert_eq!(cost(&one, &journal), Some(0.0));
    }
}
