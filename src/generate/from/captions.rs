//! Captions of a recording, WebVTT and SubRip: what in them is not spoken.

use super::speaker::is_time;

/// A line with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Its number in the document, from 1.
    pub number: u64,
    /// Bytes of the conversation before it.
    pub before: usize,
    pub text: String,
}

/// Takes away what is for the player: the header, notes, numbers and times. In documents that are no captions it takes
/// nothing.
#[derive(Default)]
pub(super) struct Captions {
    is_on: bool,
    /// Within a header, a note or a style, up to a blank line.
    skips: bool,
    is_behind_text: bool,
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
            self.is_on = true;
            self.held = None;
            return [None, None];
        }
        let held = self.held.take();
        self.skips |= self.is_on && begins && is_note(&line.text);
        if self.skips || self.is_on && is_blank {
            return [held, None];
        }
        let mut line = line;
        if self.is_on && line.text.trim_end().ends_with(VOICE_END) {
            line.text.truncate(line.text.trim_end().len() - VOICE_END.len());
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

/// The end of what one voice says.
pub(super) const VOICE_END: &str = "</v>";

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
        let lines = lines.map(|(number, text)| Line { number, before: 0, text: text.to_owned() });
        let mut out: Vec<Line> = lines.flat_map(|line| captions.spoken(line)).flatten().collect();
        out.extend(captions.rest());
        assert!(out.iter().all(|line| {
            text.lines()
                .nth(line.number as usize - 1)
                .is_some_and(|one| one.starts_with(&line.text))
        }));
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
    fn other_documents_stay_as_they_are() {
        let text = "A: x\n\nNOTE\n1\n\n2\nx --> y\n\nlast";
        assert_eq!(all(text), text.lines().collect::<Vec<_>>());
    }
}
