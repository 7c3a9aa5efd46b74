//! What the sections of a document are asked about, so that no two are asked for by the same words.
//!
//! Of those that stand below the same headings and have the same one themselves, only the first is used: which of them
//! an answer belongs to could not be told. That is found by the headings, and not by the wording that is drawn, so that
//! which sections are used does not depend on the seed.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use crate::generate::accept::key_of;
use crate::generate::draw::{Draw, Purpose};
use crate::similar::Key;

use super::earlier::{Earlier, Same};
use super::part::Pair;
use super::sections::Section;
use super::templates::{Templates, Topic};
use super::topic::{as_question, topic_of};

/// The sections, and what was asked of them so far.
pub(super) struct Subjects<'d, R> {
    templates: &'d Templates,
    seed: u64,
    sections: &'d [Section],
    /// Is the heading of a section text?
    readable: R,
    /// How many sections have a topic, in small letters.
    topics: HashMap<String, u32>,
    /// The questions that headings are as they stand: no wording of another one is to be the same.
    fixed: HashSet<Key>,
    /// By the headings.
    places: Earlier,
    /// By the wording.
    questions: Earlier,
}

/// The headings of a section.
struct Headings<'d> {
    own: Cow<'d, str>,
    /// Those that it stands below, the outermost first.
    above: Vec<&'d str>,
    parents: String,
}

impl<'d, R: Fn(&Section) -> bool> Subjects<'d, R> {
    /// Of these sections nothing was asked yet.
    pub(super) fn new(
        templates: &'d Templates,
        seed: u64,
        sections: &'d [Section],
        readable: R,
    ) -> Subjects<'d, R> {
        let mut topics: HashMap<String, u32> = HashMap::new();
        for section in sections {
            *topics.entry(topic(section).to_lowercase()).or_default() += 1;
        }
        let (fixed, places, questions) = (HashSet::new(), Earlier::default(), Earlier::default());
        let mut all =
            Subjects { templates, seed, sections, readable, topics, fixed, places, questions };
        let asks = |section: &&Section| topic(section).ends_with('?');
        let asked = |section: &Section| all.topic(&all.headings(section)).asked();
        let fixed = sections.iter().filter(asks).filter_map(asked);
        all.fixed = fixed.map(|question| key_of([&*question])).collect();
        all
    }

    /// The section at this place with its answer, or why it is not used.
    pub(super) fn pair(&mut self, at: usize, answer: String) -> Result<Pair, String> {
        let section = &self.sections[at];
        let headings = self.headings(section);
        let topic = self.topic(&headings);
        let place = match self.templates.tell_places() || topic.asked().is_some() {
            true => key_of(headings.above.iter().copied().chain([topic.heading])),
            false => key_of([topic.heading]),
        };
        self.places.find(place, &answer).map_or(Ok(()), |same| Err(told(same)))?;
        let number = xxh3_64(format!("{}\n{answer}", section.heading).as_bytes());
        let mut draw = Draw::new(self.seed, number, 0, Purpose::Phrasing);
        let question = self.templates.question(&topic, &mut draw, |question| {
            let key = key_of([question]);
            self.fixed.contains(&key) || self.questions.has(key)
        })?;
        if question.trim().is_empty() {
            return Err("the template makes no question of it".to_owned());
        }
        let key = key_of([&*question]);
        self.questions.find(key, &answer).map_or(Ok(()), |same| Err(told(same)))?;
        self.places.note(place, &answer, section.line);
        self.questions.note(key, &answer, section.line);
        let heading = Some(section.heading.clone());
        Ok(Pair { line: section.line, heading, question, answer })
    }

    /// The headings of a section. One that is no text is told as what cannot be used, and takes nothing below it along.
    fn headings(&self, section: &'d Section) -> Headings<'d> {
        let mut above = Vec::new();
        let mut parent = section.parent;
        while let Some(section) = parent.and_then(|at| self.sections.get(at)) {
            if (self.readable)(section) {
                above.push(topic_of(&section.heading));
            }
            parent = section.parent;
        }
        above.reverse();
        Headings { own: topic(section), parents: above.join(" > "), above }
    }

    fn topic<'h>(&self, headings: &'h Headings<'d>) -> Topic<'h> {
        let heading = &*headings.own;
        Topic {
            heading,
            title: headings.above.first().copied().unwrap_or(heading),
            parents: &headings.parents,
            is_shared: self.topics.get(&heading.to_lowercase()).is_some_and(|many| *many > 1),
        }
    }
}

/// What a section is about.
fn topic(section: &Section) -> Cow<'_, str> {
    as_question(topic_of(&section.heading))
}

fn told(same: Same) -> String {
    match same {
        Same::Question(line) => format!("asks the same as the section in line {line}"),
        Same::Both(line) => format!("repeats the section in line {line}"),
    }
}
