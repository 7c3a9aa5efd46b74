//! How a question about a section is worded, by templates.

use std::collections::BTreeMap;

use minijinja::Environment;
use minijinja::value::Value;

use crate::error::{Error, Result};
use crate::generate::draw::Draw;
use crate::record::text::{QUOTE_BYTES, quote};

use super::engine::{add, environment, reason};

/// Wordings for a heading that stands alone.
const ALONE: [&str; 5] = [
    "What should I know about {{ heading }}?",
    "Can you explain this to me: {{ heading }}?",
    "Tell me about {{ heading }}.",
    "Please explain: {{ heading }}",
    "I have a question about {{ heading }}.",
];

/// Wordings for a heading below others, which may not say enough by itself.
const BELOW: [&str; 5] = [
    "{{ title }}: what should I know about {{ heading }}?",
    "Can you explain {{ heading }} to me? It is about {{ title }}.",
    "Tell me about {{ heading }} ({{ title }}).",
    "About {{ title }}: please explain {{ heading }}.",
    "I have a question about {{ heading }} in {{ title }}.",
];

/// Wordings for a heading that begins with `How to`, of which `{{ way }}` is the rest.
const WAY: [&str; 4] = [
    "How do I {{ way }}?",
    "How can I {{ way }}?",
    "Please tell me how to {{ way }}.",
    "I need to {{ way }}. How does that work?",
];

/// Templates that are tried where those before make a question that was asked already. There is no need of more: what
/// is asked in the same words by so many is asked so by all.
const TRIED: usize = 16;

/// Templates that are alike in what they are for, of which one is drawn.
pub(super) struct Templates {
    environment: Environment<'static>,
    /// Names of those for a heading alone.
    alone: Vec<String>,
    /// For one below others.
    below: Vec<String>,
    /// For one that tells a way, if there are such.
    ways: Vec<String>,
    /// Those of `below` that say where the heading stands, if there are such.
    placed: Vec<String>,
}

/// A heading that is asked about.
pub(super) struct Topic<'t> {
    pub heading: &'t str,
    /// The heading of the document that it stands below: the outermost above it, or itself.
    pub title: &'t str,
    /// The headings above it, of which there may be none.
    pub parents: &'t str,
    /// Other sections of the document have the same heading, so that it says too little by itself.
    pub is_shared: bool,
}

impl Topic<'_> {
    /// The heading says too little by itself, and there is something above it that says more.
    fn needs_place(&self) -> bool {
        self.is_shared && !self.parents.is_empty()
    }

    /// The question that the heading is, if it is one.
    pub(super) fn asked(&self) -> Option<String> {
        self.heading.ends_with('?').then(|| match self.needs_place() {
            true => format!("{}: {}", self.parents, self.heading),
            false => self.heading.to_owned(),
        })
    }
}

impl Templates {
    /// The wordings that stand here.
    pub(super) fn usual() -> Result<Templates> {
        let mut environment = environment();
        for line in ALONE.into_iter().chain(BELOW).chain(WAY) {
            add(&mut environment, line, line)?;
        }
        let [alone, below, ways] =
            [&ALONE[..], &BELOW, &WAY].map(|set| set.iter().map(|line| line.to_string()).collect());
        let below: Vec<String> = below;
        Ok(Templates { environment, alone, placed: below.clone(), below, ways })
    }

    /// The templates of a file, one a line; blank lines and those that begin with # are none. One that says where the
    /// heading stands is for headings below others, as long as there is another.
    pub(super) fn of_lines(name: &str, text: &str) -> Result<Templates> {
        let mut environment = environment();
        let (mut alone, mut below, mut placed) = (Vec::new(), Vec::new(), Vec::new());
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("{name}:{number}");
            let used = add(&mut environment, &place, line)?;
            let known = ["heading", "title", "parents"];
            let unknown = used.iter().find(|name| !known.contains(&name.as_str()));
            if let Some(unknown) = unknown {
                let unknown = quote(unknown, QUOTE_BYTES);
                let what = format!("{place}: no {unknown}; there are heading, title and parents");
                return Err(Error::Unfit(what));
            }
            match used.iter().all(|name| name == "heading") {
                true => alone.push(place.clone()),
                false => placed.push(place.clone()),
            }
            below.push(place);
        }
        if below.is_empty() {
            return Err(Error::Unfit(format!("{name}: there is no template in it")));
        }
        if alone.is_empty() {
            alone.clone_from(&below);
        }
        Ok(Templates { environment, alone, below, ways: Vec::new(), placed })
    }

    /// Do the templates say where a heading stands, so that others of the same words are another question?
    pub(super) fn tell_places(&self) -> bool {
        !self.placed.is_empty()
    }

    /// The question about a topic: the heading itself if it is one. Of the templates one is drawn; if what it makes is
    /// `taken`, the next ones are tried, and if theirs are as well, it is what the drawn one makes.
    pub(super) fn question(
        &self,
        topic: &Topic<'_>,
        draw: &mut Draw,
        taken: impl Fn(&str) -> bool,
    ) -> std::result::Result<String, String> {
        if let Some(question) = topic.asked() {
            return Ok(question);
        }
        let needs_place = topic.needs_place();
        let way = topic.heading.get(..7).filter(|start| start.eq_ignore_ascii_case("how to "));
        let way = way.map_or(String::new(), |start| small(&topic.heading[start.len()..]));
        let set = match topic.parents.is_empty() {
            _ if !way.is_empty() && !needs_place && !self.ways.is_empty() => &self.ways,
            true => &self.alone,
            false if needs_place && self.tell_places() => &self.placed,
            false => &self.below,
        };
        let title = if needs_place { topic.parents } else { topic.title };
        let context = [
            ("heading", Value::from(topic.heading)),
            ("title", Value::from(title)),
            ("parents", Value::from(topic.parents)),
            ("way", Value::from(way)),
        ];
        let context: Value = context.into_iter().collect::<BTreeMap<_, _>>().into();
        let (drawn, mut first) = (draw.below(set.len()), None);
        for name in set.iter().cycle().skip(drawn).take(set.len().min(TRIED)) {
            let made = self.environment.get_template(name).and_then(|one| one.render(&context));
            let made = made.map_err(|error| format!("the template fails: {}", reason(&error)))?;
            if !taken(&made) {
                return Ok(made);
            }
            first.get_or_insert(made);
        }
        Ok(first.unwrap_or_default())
    }
}

/// A text with its first letter small, unless it begins with a name or an abbreviation in capitals.
fn small(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draw::Purpose;

    fn asked(templates: &Templates, heading: &str, title: &str) -> Vec<String> {
        let parents = if title == heading { "" } else { title };
        let topic = Topic { heading, title, parents, is_shared: false };
        let one = |n| {
            templates
                .question(&topic, &mut Draw::new(0, n, 0, Purpose::Phrasing), |_| false)
                .unwrap()
        };
        let mut all: Vec<String> = (0..100).map(one).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn a_heading_becomes_a_question_in_several_wordings() {
        let usual = Templates::usual().unwrap();
        assert_eq!(asked(&usual, "Why?", "T"), ["Why?"]);
        assert!(asked(&usual, "How to Reset it", "T").contains(&"How do I reset it?".to_owned()));
        assert!(asked(&usual, "Limits", "Limits").contains(&"Tell me about Limits.".to_owned()));
        assert!(asked(&usual, "Limits", "T").contains(&"Tell me about Limits (T).".to_owned()));
        assert_eq!(small("SSL and TLS"), "SSL and TLS");
    }

    #[test]
    fn the_title_is_never_empty_and_where_a_heading_stands_is_said_of_those_below_others() {
        let text =
            "{{ title }}: {{ heading }}?\nWhat is {{ heading }}?\n{{ parents }} / {{ heading }}\n";
        let own = Templates::of_lines("t", text).unwrap();
        assert_eq!(asked(&own, "Kettle", "Kettle"), ["What is Kettle?"]);
        assert_eq!(asked(&own, "How to fill it", "How to fill it"), ["What is How to fill it?"]);
        assert_eq!(asked(&own, "Lid", "Kettle"), ["Kettle / Lid", "Kettle: Lid?", "What is Lid?"]);
        let text = "{% if parents %}{{ parents }}: {% endif %}{{ heading }} in {{ title }}?";
        let own = Templates::of_lines("t", text).unwrap();
        assert_eq!(asked(&own, "Kettle", "Kettle"), ["Kettle in Kettle?"]);
        assert_eq!(asked(&own, "Lid", "Kettle"), ["Kettle: Lid in Kettle?"]);
    }

    #[test]
    fn own_templates_are_checked_when_they_are_read() {
        let own = Templates::of_lines("t", "# mine\n\n{{ heading }}, {{ title }}!\n").unwrap();
        assert_eq!(asked(&own, "A", "B"), ["A, B!"]);
        for (text, why) in [
            ("{{ head }}", "t:1: no \"head\"; there are heading, title and parents"),
            ("\n{{ heading", "t:2: syntax error"),
            ("\n# none\n", "t: there is no template in it"),
        ] {
            let error = Templates::of_lines("t", text).err().map(|error| error.to_string());
            assert!(error.as_ref().is_some_and(|error| error.starts_with(why)), "{error:?}");
        }
    }
}
