//! Approving a plan: it is shown, somebody says yes, and that is noted beside it.

use std::io::Write as _;

use crate::cli::exit::Exit;
use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::generate::opened;
use crate::generate::plan::{Approval, is_approved};

use super::options::ApproveOptions;
use super::run::{Look, shown};
use super::terminal::{Person, Terminal};

/// Asks whether the plan is approved. The exit status is 1 if it is not, 2 if nobody can be asked or if the plan has
/// faults.
pub fn approve(options: &ApproveOptions) -> Result<Exit> {
    let path = &options.plan;
    if path.as_os_str() == "-" {
        let what =
            "a plan on standard input has no place where its approval could be noted; name a file";
        return Err(Error::Usage(what.to_owned()));
    }
    let Some(opened) = opened::open(path)? else { return Ok(Exit::Trouble) };
    let name = path.display().to_string();
    if is_approved(&opened.plan, path) == Approval::Yes {
        say(&format!("{name} is approved already"));
        return Ok(Exit::Ok);
    }
    let agreed = match options.yes {
        true => true,
        false => {
            let Some(mut terminal) = Terminal::open() else {
                let what = format!(
                    "{name}: there is no terminal to ask on; look at it with chatml-gen plan, and \
                     approve it with --yes"
                );
                return Err(Error::Unfit(what));
            };
            let text = shown(&opened, path, 0, &Look::Text)?;
            agrees(&mut terminal, &text)?
        }
    };
    if !agreed {
        say(&format!("{name} is not approved"));
        return Ok(Exit::Found);
    }
    let place = crate::generate::plan::approve(&opened.plan, path)?;
    say(&format!("{name} is approved: {}", place.display()));
    Ok(Exit::Ok)
}

/// Shows the plan and asks until there is an answer; none at all is a no.
fn agrees(person: &mut impl Person, shown: &str) -> Result<bool> {
    let mut text = format!("{shown}\nApprove this plan? [y/N] ");
    loop {
        let Some(answer) = person.ask(&text)? else { return Ok(false) };
        match answer.to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            _ => text = "Please answer y or n: ".to_owned(),
        }
    }
}

fn say(what: &str) {
    // A closed standard error is no reason to fail.
    let _ = writeln!(std::io::stderr(), "chatml-gen: {}", sanitize(what));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script(Vec<&'static str>, Vec<String>);

    impl Person for Script {
        fn ask(&mut self, text: &str) -> Result<Option<String>> {
            self.1.push(text.to_owned());
            Ok(self.0.pop().map(str::to_owned))
        }
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answers, wanted) in [
            (vec!["y"], true),
            (vec!["YES"], true),
            (vec!["n"], false),
            (vec![""], false),
            (vec![], false),
            (vec!["yes", "what?"], true),
            (vec!["what?"], false),
        ] {
            let mut person = Script(answers.clone(), Vec::new());
            assert_eq!(agrees(&mut person, "the plan").unwrap(), wanted, "{answers:?}");
            assert!(person.1[0].starts_with("the plan\n"));
        }
    }
}
