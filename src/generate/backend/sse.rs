//! Events of a stream (`text/event-stream`), as far as chat APIs use them: the data of each.
//!
//! Lines end in a line feed, a carriage return or both; `data:` lines make up an event, which an empty line ends.
//! What is left when the stream ends without that line is no event: it may be half of one.

use std::io::{self, BufRead};
use std::time::{Duration, Instant};

/// Reads events.
pub(super) struct Events<R> {
    from: R,
    /// Bytes that may still be read.
    left: u64,
    /// Most bytes of one event.
    most: usize,
    /// How long comments may come in place of an event.
    patience: Duration,
    line: Vec<u8>,
    /// The last line ended in a carriage return: a line feed behind it belongs to it.
    after_return: bool,
    begun: bool,
}

/// What comes next of a stream.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// The data of an event.
    Event(String),
    /// The stream ended.
    End,
    /// More than may be read.
    TooLarge,
    /// Data that is not UTF-8.
    Garbled,
    /// Nothing but comments, for too long.
    Comments,
}

impl<R: BufRead> Events<R> {
    /// Reads from `from`, at most `all` bytes and at most `most` of them for one event. Comments, by which a server
    /// says that it is there, may come for so long in place of an event.
    pub(super) fn new(from: R, all: u64, most: usize, patience: Duration) -> Events<R> {
        let line = Vec::new();
        Events { from, left: all, most, patience, line, after_return: false, begun: false }
    }

    /// The next event with data.
    pub(super) fn next(&mut self) -> io::Result<Next> {
        let mut data: Option<Vec<u8>> = None;
        let start = Instant::now();
        loop {
            match self.read_line()? {
                Line::End => return Ok(Next::End),
                Line::TooLarge => return Ok(Next::TooLarge),
                Line::Whole => {}
            }
            let mut line = self.line.as_slice();
            if !std::mem::replace(&mut self.begun, true) {
                line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
            }
            if line.is_empty() {
                if let Some(data) = data.take() {
                    return Ok(String::from_utf8(data).map_or(Next::Garbled, Next::Event));
                }
            } else if let Some(rest) = field(line, b"data") {
                let data = match &mut data {
                    Some(data) => {
                        data.push(b'\n');
                        data
                    }
                    None => data.insert(Vec::new()),
                };
                if data.len() + rest.len() > self.most {
                    return Ok(Next::TooLarge);
                }
                data.extend_from_slice(rest);
            }
            if data.is_none() && start.elapsed() > self.patience {
                return Ok(Next::Comments);
            }
        }
    }

    /// Reads a line without its end into `self.line`.
    fn read_line(&mut self) -> io::Result<Line> {
        self.line.clear();
        loop {
            let bytes = match self.from.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                return Ok(Line::End);
            }
            if std::mem::take(&mut self.after_return) && bytes.first() == Some(&b'\n') {
                self.from.consume(1);
                self.left = self.left.saturating_sub(1);
                continue;
            }
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            let text = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            let taken = text.len() + usize::from(end.is_some());
            if self.line.len() + text.len() > self.most || taken as u64 > self.left {
                return Ok(Line::TooLarge);
            }
            self.line.extend_from_slice(text);
            self.after_return = end.and_then(|end| bytes.get(end)) == Some(&b'\r');
            self.from.consume(taken);
            self.left -= taken as u64;
            if end.is_some() {
                return Ok(Line::Whole);
            }
        }
    }

    /// Bytes of the line that was not read to its end.
    pub(super) fn held(&self) -> usize {
        self.line.len()
    }

    /// Reads to the end, so that the connection can serve again; nothing of it counts any more.
    pub(super) fn drain(mut self) {
        while self.left > 0 {
            match self.from.fill_buf().map(<[u8]>::len) {
                Ok(0) | Err(_) => break,
                Ok(length) => {
                    self.from.consume(length);
                    self.left = self.left.saturating_sub(length as u64);
                }
            }
        }
    }
}

enum Line {
    Whole,
    End,
    TooLarge,
}

/// The value of a line, if it is of this field.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(rest);
    }
    let value = rest.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], buffer: usize) -> Vec<Next> {
        let from = BufReader::with_capacity(buffer, bytes);
        let mut events = Events::new(from, 1000, 100, Duration::from_secs(60));
        let mut all = Vec::new();
        loop {
            let next = events.next().unwrap();
            let last = !matches!(next, Next::Event(_));
            all.push(next);
            if last {
                return all;
            }
        }
    }

    fn events(texts: &[&str]) -> Vec<Next> {
        let mut all: Vec<Next> = texts.iter().map(|text| Next::Event((*text).to_owned())).collect();
        all.push(Next::End);
        all
    }

    #[test]
    fn events_are_read_whatever_ends_their_lines() {
        let table: &[(&[u8], &[&str])] = &[
            (b"data: a\n\ndata: b\n\n", &["a", "b"]),
            (b"data:a\r\n\r\ndata:  b\r\n\r\n", &["a", " b"]),
            (b"data: a\r\rdata: b\r\r", &["a", "b"]),
            (b"\xef\xbb\xbfdata: a\n\n", &["a"]),
            (b": ping\n\nevent: x\nid: 1\nretry: 5\ndata: a\ndata: b\n\n", &["a\nb"]),
            (b"data\n\n", &[""]),
            (b"database: a\n\n", &[]),
            (b"\n\n\n", &[]),
            (b"", &[]),
        ];
        for (bytes, texts) in table {
            for buffer in [1, 2, 3, 64] {
                assert_eq!(read(bytes, buffer), events(texts), "{}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn comments_and_blank_lines_in_place_of_events_end() {
        for bytes in [&b":::\n\n:\n"[..], b"\n\n"] {
            let mut events = Events::new(bytes, 99, 99, Duration::ZERO);
            assert_eq!(events.next().unwrap(), Next::Comments);
        }
        let mut events = Events::new(&b"data: a\n\n: b\n"[..], 99, 99, Duration::ZERO);
        assert_eq!(events.next().unwrap(), Next::Event("a".to_owned()));
        assert_eq!(events.next().unwrap(), Next::Comments);
    }

    #[test]
    fn half_an_event_is_none() {
        assert_eq!(read(b"data: a\n\ndata: b\n", 64), events(&["a"]));
        assert_eq!(read(b"data: a\n\ndata: b", 64), events(&["a"]));
    }

    #[test]
    fn more_than_may_be_read_is_not_read() {
        let long = format!("data: {}\n\n", "x".repeat(200));
        assert_eq!(read(long.as_bytes(), 16), [Next::TooLarge]);
        let parts = format!("{}\n", "data: xxxxxxxxxxxxxxxx\n".repeat(9));
        assert_eq!(read(parts.as_bytes(), 16), [Next::TooLarge]);
        let many = "data: x\n\n".repeat(200);
        assert_eq!(read(many.as_bytes(), 16).last(), Some(&Next::TooLarge));
        assert_eq!(read(b"data: \xff\n\n", 16), [Next::Garbled]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            texts in prop::collection::vec("[ -~é]{0,30}", 0..6),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            buffer in 1_usize..40,
        ) {
            let bytes: String =
                texts.iter().map(|text| format!("data: {text}{end}{end}")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assert_eq!(read(bytes.as_bytes(), buffer), events(&texts));
        }
    }
}
