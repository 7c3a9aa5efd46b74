//! Captions of a recording, WebVTT and SubRip: what in them is not spoken.

use super::speaker::is_time;

/// A line with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Its number in the document, from 1.
    pub number: u64,
    /// Bytes of the conversation before it.
    pub before: usize,
    /// A time stands before it, so that somebody may begin to speak.
    pub is_timed: bool,
    pub text: String,
    /// Why it is no text, if it is none.
    pub broken: Option<String>,
}

/// Takes away what is for the player: the header, notes, numbers and times. In documents that are no captions it takes
/// nothing.
#[derive(Default)]
pub(super) struct Captions {
    is_on: bool,
    /// Within a header, a note or a style, up to a blank line.
    skips: bool,
    is_behind_text: bool,
    is_behind_time: bool,
    /// A line behind a blank one: the name of a caption if a time follows it.
    held: Option<Line>,
}

impl Captions {
    /// What is spoken up to this line and was not given before. The line itself may be held back until the next.
    pub(super) fn spoken(&mut self, line: Line) -> [Option<Line>; 2] {
        let is_blank = line.text.trim().is_empty();
        let begins = !std::mem::replace(&mut self.is_behind_text, !is_blank);
        if line.number == 1 && is_header(&line.text) {
            (self.is_on, self.skips) = (true, true);
        }
        self.skips &= !is_blank;
        if is_timing(&line.text) {
            (self.is_on, self.is_behind_time) = (true, true);
            self.held = None;
            return [None, None];
        }
        let held = self.held.take();
        self.skips |= self.is_on && begins && is_note(&line.text);
        if self.skips || self.is_on && is_blank {
            return [held, None];
        }
        let mut line = line;
        if self.is_on {
            line.is_timed = std::mem::take(&mut self.is_behind_time);
            line.text = without_markup(&line.text);
        }
        if begins && !is_blank {
            self.held = Some(line);
            return [held, None];
        }
        [held, Some(line)]
    }

    /// The conversation ends: the line that was held back.
    pub(super) fn rest(&mut self) -> Option<Line> {
        self.is_behind_text = false;
        self.held.take()
    }
}

/// Tags of captions, in small letters: emphasis, classes, rubies, languages, colours, and the end of a voice.
const TAGS: [&str; 9] = ["i", "b", "u", "c", "ruby", "rt", "lang", "font", "/v"];

/// The characters that captions write by name.
const NAMED: [(&str, &str); 6] =
    [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""), ("&amp;", "&")];

/// A line without what says how it is shown: tags, times within the line, and places such as `{\an8}`. The tag of
/// a voice stays.
fn without_markup(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let close = if tag.starts_with('<') { '>' } else { '}' };
        rest = match tag.find(close).filter(|end| is_markup(&tag[..*end])) {
            Some(end) => &tag[end + 1..],
            None => {
                out.push_str(&tag[..1]);
                &tag[1..]
            }
        };
    }
    out.push_str(rest);
    NAMED.iter().fold(out, |out, (name, is)| match out.contains(name) {
        true => out.replace(name, is),
        false => out,
    })
}

/// Whether this is markup: what stands within brackets, with the bracket that opens it.
fn is_markup(tag: &str) -> bool {
    if let Some(inside) = tag.strip_prefix('{') {
        return inside.starts_with('\\');
    }
    let inside = tag[1..].to_ascii_lowercase();
    let name = inside.strip_prefix('/').filter(|name| *name != "v").unwrap_or(&inside);
    let name = name.split([' ', '.', '\t']).next().unwrap_or_default();
    TAGS.contains(&name) || inside.contains(':') && is_time(&inside)
}

/// The first line of WebVTT.
pub(super) fn is_header(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}');
    line.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Blocks that are not shown.
fn is_note(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    ["NOTE", "STYLE", "REGION"].contains(&word)
}

/// `00:00:01.000 --> 00:00:04.000`, with settings behind it if need be.
pub(super) fn is_timing(line: &str) -> bool {
    let is_point = |text: Option<&str>| text.is_some_and(|one| one.contains(':') && is_time(one));
    line.split_once("-->").is_some_and(|(from, to)| {
        is_point(Some(from.trim())) && is_point(to.split_whitespace().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut captions = Captions::default();
        let lines = (1..).zip(text.lines());
        let lines = lines.map(|(number, text)| Line {
            number,
            before: 0,
            is_timed: false,
            text: text.to_owned(),
            broken: None,
        });
        let mut out: Vec<Line> = lines.flat_map(|line| captions.spoken(line)).flatten().collect();
        out.extend(captions.rest());
        out.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn what_is_for_the_player_is_left_out() {
        let text = "WEBVTT - a call\nKind: captions\n\nNOTE made\nby hand\n\n4f-1/2-0\n00:00:01.000 --> 00:00:04.000 \
                    align:start\n<v A>Hello\nthere</v>\n\n00:05.000 --> 00:06.000\n42\n";
        assert_eq!(all(text), ["<v A>Hello", "there", "42"]);
        let text =
            "1\n00:00:01,000 --> 00:00:04,000\nA: x\n\n2\n00:00:05,000 --> 00:00:06,000\ny\n";
        assert_eq!(all(text), ["A: x", "y"]);
    }

    #[test]
    fn markup_is_taken_off() {
        let table = [
            ("<v A><i>Hi</i> &amp; <c.red>bye</c></v>", "<v A>Hi & bye"),
            ("{\\an8}a <00:00:01.000>b", "a b"),
            ("<font color=\"red\">a</font>&nbsp;{b} <d> 1 < 2 &amp;lt;", "a {b} <d> 1 < 2 &lt;"),
            ("<", "<"),
        ];
        for (line, wanted) in table {
            assert_eq!(without_markup(line), wanted);
        }
    }

    #[test]
    fn other_documents_stay_as_they_are() {
        let text = "A: x\n\nNOTE\n1\n\n2\nx --> y\n\nlast";
        assert_eq!(all(text), text.lines().collect::<Vec<_>>());
    }
}
